using Monitoring.Core;
using Monitoring.Core.Settlement;
using static Monitoring.Tests.Core.Contracts;

namespace Monitoring.Tests.Core;

/// <summary>
/// The year 2026 of four members, twice: as it was settled, and after the audit of one analyser.
/// Section 6.3 of the research behind the contracts; masses in grams, money in cents.
/// </summary>
public sealed class ClusterYearTests
{
    private static readonly MemberAccount[] AfterTheSale =
        [Account("a", 415), Account("b", 300), Account("c", 185), Account("d", 100)];

    private sealed record Row(
        string Member, long Emitted, long Holding, long OwnExcess, long Apportioned, long Within,
        long Over, long Charge, long MakeGood);

    private static readonly Row[] First =
    [
        new("a", 430_400_000, 415_000_000, 15_400_000, 12_932_051,
            41_746_80, 6_466_03, 48_212_83, 25_864_102),
        new("b", 310_200_000, 300_000_000, 10_200_000, 8_565_385,
            30_163_46, 4_282_69, 34_446_15, 17_130_770),
        new("c", 180_000_000, 185_000_000, 0, 0,
            18_000_00, 0, 18_000_00, 0),
        new("d", 105_600_000, 100_000_000, 5_600_000, 4_702_564,
            10_089_74, 2_351_28, 12_441_02, 9_405_128),
    ];

    [Fact]
    public void The_first_pass_comes_out_to_the_gram_and_the_cent()
    {
        var settlement = Settle(Preset("cluster"), AfterTheSale, 430.4m, 310.2m, 180, 105.6m);

        Assert.Equal(First, settlement.Members.Zip(settlement.Charges, (member, charge) => new Row(
            member.Member, member.EmittedGrams, member.HoldingGrams, member.OwnExcessGrams,
            member.ApportionedGrams, charge.Lines[0].MinorUnits, charge.Lines[1].MinorUnits,
            charge.MinorUnits, member.MakeGoodGrams)));
        Assert.Equal(
            (1_026_200_000, 1_000_000_000, 26_200_000),
            (settlement.Bubble.EmittedGrams, settlement.Bubble.CapGrams,
                settlement.Bubble.ExcessGrams));
        Assert.Equal(113_100_00, settlement.TotalMinorUnits);
        Assert.Equal(52_400_000, settlement.Members.Sum(member => member.MakeGoodGrams));
    }

    [Fact]
    public void After_the_audit_of_b_the_others_get_credit_too_and_are_told_why()
    {
        var contract = Preset("cluster");
        var first = Settle(contract, AfterTheSale, 430.4m, 310.2m, 180, 105.6m);
        var revised = Settle(contract, AfterTheSale, 430.4m, 304.2m, 180, 105.6m);

        Assert.Equal(
            [12_344_444L, 3_366_667L, 0L, 4_488_889L],
            revised.Members.Select(member => member.ApportionedGrams));
        Assert.Equal(
            [47_977_78L, 31_766_66L, 18_000_00L, 12_355_56L],
            revised.Charges.Select(charge => charge.MinorUnits));
        var restatement = Restatement.Of(contract, first, revised);
        Assert.Equal(
            [("a", -235_05L), ("b", -2_679_49L), ("c", 0L), ("d", -85_46L)],
            restatement.Members.Select(member => (member.Member, member.MinorUnits)));
        Assert.Equal(-3_000_00, restatement.MinorUnits);
        Assert.Equal(
            [ChangeReason.SharedSlack, ChangeReason.OwnMass, ChangeReason.None,
                ChangeReason.SharedSlack],
            restatement.Members.Select(member => member.Reason));
        Assert.Contains(
            "although your own data did not change: b emitted 6000000 g less",
            restatement.NoticeTo("a", contract, Language.English), StringComparison.Ordinal);
        Assert.Contains(
            "хоча ваші дані не змінилися", restatement.NoticeTo("d", contract, Language.Ukrainian),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Rounding_of_one_gram_may_fall_when_another_emits_more()
    {
        // Holdings 3/47/19/8/13: largest remainder gives one unit less to the fourth.
        var before = SettlementTests.Settle([3, 47, 19, 8, 13], 0, [6, 39, 9, 9, 39]);
        var after = SettlementTests.Settle([3, 47, 19, 8, 13], 0, [6, 39, 12, 9, 39]);

        Assert.Equal([1L, 0, 0, 1, 10], before.Members.Select(member => member.ApportionedGrams));
        Assert.Equal([2L, 0, 0, 0, 13], after.Members.Select(member => member.ApportionedGrams));
    }
}
