using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core;

public sealed class SettlementTests
{
    private static readonly DateTimeOffset Noon = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_worked_example_of_the_research_comes_out_to_the_gram_and_the_cent()
    {
        // Four members, 1000 t, over by 26.2 t; 500.00 a tonne, which is 0.50 a kilogram.
        var settlement = Settle(
            [415_000_000, 300_000_000, 185_000_000, 100_000_000], 50,
            [430_400_000, 310_200_000, 180_000_000, 105_600_000]);

        Assert.Equal(26_200_000, settlement.Bubble.ExcessGrams);
        Assert.Equal(
            [15_400_000, 10_200_000, 0, 5_600_000],
            settlement.Members.Select(member => member.OwnExcessGrams));
        Assert.Equal(
            [12_932_051, 8_565_385, 0, 4_702_564],
            settlement.Members.Select(member => member.ApportionedGrams));
        Assert.Equal(13_100_00, settlement.TotalMinorUnits);
        Assert.Equal(
            [("m0", 6_466_03), ("m1", 4_282_69), ("m3", 2_351_28)],
            settlement.Charges.Select(charge => (charge.Member, charge.MinorUnits)));
    }

    [Fact]
    public void The_assurance_vector_of_csapr_comes_out()
    {
        // Levels 472/354/236/118 against 520/360/190/130, over 1180 by 20, held twice: 29/4/0/7.
        // Tonnes stand as grams; the doubled excess is split by the same own excesses.
        var settlement = Settle([472, 354, 236, 118], 0, [520, 360, 190, 130]);

        Assert.Equal(20, settlement.Bubble.ExcessGrams);
        Assert.Equal([48, 6, 0, 12], settlement.Members.Select(member => member.OwnExcessGrams));
        Assert.Equal(
            [29, 4, 0, 7],
            Monitoring.Core.LargestRemainder.Split(
                2 * settlement.Bubble.ExcessGrams,
                [.. settlement.Members.Select(member => member.OwnExcessGrams)]));
    }

    [Fact]
    public void Nobody_pays_while_the_bubble_holds_although_a_member_is_over()
    {
        var settlement = Settle([100, 100], 5_000, [150, 50]);

        Assert.False(settlement.Bubble.IsBroken);
        Assert.Equal(50, settlement.Members[0].OwnExcessGrams);
        Assert.Equal(0, settlement.Members[0].ApportionedGrams);
        Assert.Empty(settlement.Charges);
    }

    [Theory]
    [InlineData(Apportionment.ProRata)]
    [InlineData(Apportionment.OwnExcess)]
    public void Where_nobody_emits_who_owes_from_before_answers(Apportionment apportion)
    {
        var contract = Contract([10, 0], 1_000);
        contract = contract with
        {
            Breach = contract.Breach with { Apportion = apportion },
            Bank = new BankRule(BankKind.Free, 0, 1_000),
        };
        var settlement = SettlementRules.Settle(
            contract, Period.Containing(contract, Noon), PeriodFacts.Of([]),
            PeriodStanding.Plain with
            {
                Accounts =
                [
                    new MemberAccount("m0", 10), new MemberAccount("m1", 0) { OwedGrams = 30 },
                ],
            });

        Assert.Equal(20, settlement.Bubble.ExcessGrams);
        Assert.Equal([0L, 20L], settlement.Members.Select(member => member.ApportionedGrams));
    }

    [Fact]
    public void Milligrams_are_rounded_to_grams_once_a_member()
    {
        var contract = Contract([0, 0], 1_000);
        var period = Period.Containing(contract, Noon);
        // 1.2 + 1.3 g are 2.5 g and so 3 g; rounded one by one they would be 2 g.
        var settlement = SettlementRules.Settle(
            contract, period, [Mass("m0", 1_200, 0), Mass("m0", 1_300, 1), Mass("m1", 499, 0)],
            new Dictionary<string, int> { ["m0"] = 6, ["m1"] = 6 });

        Assert.Equal([3L, 0L], settlement.Members.Select(member => member.EmittedGrams));
        Assert.Equal(3, settlement.TotalMinorUnits);
        Assert.Equal(
            [(2, 6), (1, 6)],
            settlement.Members.Select(it => (it.WindowsKnown, it.WindowsExpected)));
        Assert.Contains(
            "2 of 6 windows are known", Monitoring.Core.TraceText.Render(
                settlement.Trace, TimeZoneInfo.Utc));
    }

    [Fact]
    public void A_settlement_is_the_same_whatever_the_order_of_its_facts()
    {
        var contract = Shipped.Contract;
        var period = Period.Containing(contract, Noon);
        EmittedMass[] masses =
        [
            .. Enumerable.Range(0, 6).SelectMany(i => (EmittedMass[])
                [Mass("member-a", 220_000, i), Mass("member-b", 230_000, i)]),
        ];

        var one = SettlementRules.Settle(contract, period, masses, NoWindows);
        var other = SettlementRules.Settle(
            contract, period, [.. masses.Reverse()], NoWindows);

        Assert.Equal(one.Id, other.Id);
        Assert.Equal(
            System.Text.Json.JsonSerializer.Serialize(one),
            System.Text.Json.JsonSerializer.Serialize(other));
        // 2700 - 1980 = 720 g at EUR 50 a kilogram, all of it member-a's.
        Assert.Equal([("member-a", 720L, 36_00L)],
            one.Charges.Select(it => (it.Member, it.ApportionedGrams, it.MinorUnits)));
        var zone = TimeZoneInfo.Utc;
        Assert.Equal(
            Monitoring.Core.TraceText.Render(one.Trace, zone),
            Monitoring.Core.TraceText.Render(other.Trace, zone));
    }

    [Fact]
    public void A_settlement_expands_down_to_what_the_caller_knows_of_its_facts()
    {
        var settlement = Settle([100, 100], 5_000, [150, 100]);
        var expanded = settlement.Trace.Expand(id => id == "m0-0"
            ? new Monitoring.Core.Trace { Title = "the window" }
            : null);
        var text = Monitoring.Core.TraceText.Render(expanded, TimeZoneInfo.Utc);

        Assert.Contains("the window", text);
        Assert.Contains("with: cap = 200 g (test version 1, bubble.cap)", text);
        Assert.Contains("charge of m0 = 2.50 EUR", text);
        Assert.True(
            System.Text.Json.JsonSerializer.Serialize(expanded).Length > text.Length);
    }

    private static readonly Gen<(long[] Holdings, long[] Emitted)> Cases =
        Gen.Select(Gen.Long[0, 2_000_000], Gen.Long[0, 2_000_000]).Array[1, 8].Select(pairs =>
            (Holdings: pairs.Select(pair => pair.Item1).ToArray(),
                Emitted: pairs.Select(pair => pair.Item2).ToArray()));

    [Fact]
    public void Apportionment_and_charges_conserve_and_spare_whoever_kept_its_holding() =>
        Gen.Select(Cases, Gen.Long[0, 100_000]).Sample((pair, rate) =>
        {
            var settlement = Settle(pair.Holdings, rate, pair.Emitted);

            Assert.Equal(
                settlement.Bubble.ExcessGrams, settlement.Members.Sum(it => it.ApportionedGrams));
            Assert.Equal(
                settlement.TotalMinorUnits, settlement.Charges.Sum(it => it.MinorUnits));
            Assert.All(settlement.Members, member =>
            {
                Assert.InRange(member.ApportionedGrams, 0, member.OwnExcessGrams);
                Assert.True(member.OwnExcessGrams > 0 || settlement.Charges.All(
                    charge => charge.Member != member.Member));
            });
        });

    // The shared slack shrinks for all when one emits more. Largest remainder may move one gram.
    [Fact]
    public void More_emission_of_one_never_lowers_what_anyone_is_apportioned() =>
        Gen.Select(Cases, Gen.Int[0, 7], Gen.Long[1, 1_000_000]).Sample((pair, who, more) =>
        {
            var before = Settle(pair.Holdings, 1, pair.Emitted);
            long[] raised = [.. pair.Emitted];
            raised[who % raised.Length] += more;
            var after = Settle(pair.Holdings, 1, raised);

            foreach (var (one, other) in before.Members.Zip(after.Members))
            {
                Assert.True(other.ApportionedGrams >= one.ApportionedGrams - 1);
            }
        });

    internal static Contract Contract(long[] holdings, long rateMinorUnitsPerKg) =>
        Shipped.Contract with
        {
            Id = "test",
            Parties = [.. holdings.Select((_, i) => new Party($"m{i}", "core"))],
            Bubble = Shipped.Contract.Bubble with
            {
                CapGrams = holdings.Sum(),
                Holdings = [.. holdings.Select((grams, i) => new Holding($"m{i}", grams))],
            },
            Charge = ChargeRule.OverPerKg(rateMinorUnitsPerKg),
        };

    internal static readonly Dictionary<string, int> NoWindows = [];

    internal static PeriodSettlement Settle(long[] holdings, long rate, long[] emittedGrams)
    {
        var contract = Contract(holdings, rate);
        return SettlementRules.Settle(
            contract, Period.Containing(contract, Noon),
            [.. emittedGrams.Select((grams, i) => Mass($"m{i}", grams * 1_000, 0))], NoWindows);
    }

    internal static EmittedMass Mass(string member, long milligrams, int window) => new(
        $"{member}-{window}", $"stack-{member}", member, "nox",
        Noon.AddSeconds(window * 10), Noon.AddSeconds((window * 10) + 10), milligrams);
}
