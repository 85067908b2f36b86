using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;
using static Monitoring.Tests.Core.Contracts;

namespace Monitoring.Tests.Core;

/// <summary>
/// Numbers that were published, or worked out by hand from the text of a law, for each preset.
/// Masses are in tonnes, money in minor units.
/// </summary>
public sealed class VectorTests
{
    private const long Tonne = 1_000_000;

    [Fact]
    public void Csapr_takes_two_for_one_above_the_assurance_level()
    {
        var contract = Preset("csapr");
        // Enough was bought that nobody is short by itself.
        var settlement = Settle(
            contract,
            [Account("a", 600), Account("b", 400), Account("c", 200), Account("d", 150)],
            520, 360, 190, 130);

        Assert.Equal((1_200 * Tonne, 20 * Tonne),
            (settlement.Bubble.EmittedGrams, settlement.Bubble.ExcessGrams));
        Assert.Equal([29 * Tonne, 4 * Tonne, 0, 7 * Tonne],
            settlement.Members.Select(member => member.MakeGoodGrams));
        Assert.All(settlement.Members, member => Assert.Equal(0, member.OwnExcessGrams));
        Assert.Empty(settlement.Charges);
    }

    [Fact]
    public void Csapr_takes_two_for_one_of_a_members_own_shortage_too()
    {
        var settlement = Settle(Preset("csapr"), 403, 290, 190, 90);

        Assert.Equal(0, settlement.Bubble.ExcessGrams);
        Assert.Equal(3 * Tonne, settlement.Members[0].OwnExcessGrams);
        Assert.Equal(6 * Tonne, settlement.Members[0].MakeGoodGrams);
    }

    [Fact]
    public void Arp_of_2018_charges_3941_dollars_a_ton_and_deducts_as_many()
    {
        var settlement = Settle(Preset("arp"), 6_026, 3_000);

        Assert.Equal(102_466_00, Assert.Single(settlement.Charges).MinorUnits);
        Assert.Equal(
            [new CarryOver("unit-1", 0, 26 * Tonne), new CarryOver("unit-2", 1_000 * Tonne, 0)],
            settlement.Carried);
    }

    [Theory]
    [InlineData(0.49, 0)]
    [InlineData(0.50, 1)]
    [InlineData(1.49, 1)]
    public void A_ton_is_rounded_for_each_location_before_the_sum(double each, int tons)
    {
        var contract = Preset("arp");
        var period = First(contract);
        var facts = PeriodFacts.Of(
        [
            Mass(contract, period, "unit-1", (decimal)each),
            Mass(contract, period, "unit-1", (decimal)each) with { Source = "other-stack" },
        ]);
        var settlement = SettlementRules.Settle(contract, period, facts, PeriodStanding.Plain);

        Assert.Equal(2 * tons * Tonne, settlement.Members[0].EmittedGrams);
    }

    // Budgets 20 000, bank 3 000: two thirds of a bank are used one for one, the rest two for one.
    [Theory]
    [InlineData(10_000, 0, 0, 300, 0)]
    [InlineData(10_200, 200, 0, 100, 0)]
    [InlineData(10_250, 200, 100, 0, 0)]
    [InlineData(10_251, 200, 100, 0, 1)]
    public void Nbp_flow_control_lets_300_banked_cover_250(
        int emitted, int oneToOne, int beyond, int left, int excess)
    {
        var contract = Preset("nbp");
        var settlement = Settle(
            contract,
            [
                Account("unit-1", 10_000) with { BankedGrams = 300 * Tonne },
                Account("unit-2", 10_000) with { BankedGrams = 2_700 * Tonne },
            ],
            emitted, 0);
        var member = settlement.Members[0];

        Assert.Equal((oneToOne * Tonne, beyond * Tonne, left * Tonne, excess * Tonne),
            (member.Coverage.BankedOneToOne, member.Coverage.BankedBeyond,
                member.Coverage.Carried, member.OwnExcessGrams));
        Assert.Equal(3 * excess * Tonne, member.MakeGoodGrams);
    }

    [Fact]
    public void A_bank_of_a_tenth_of_the_budgets_is_used_one_for_one()
    {
        var settlement = Settle(
            Preset("nbp"),
            [
                Account("unit-1", 10_000) with { BankedGrams = 300 * Tonne },
                Account("unit-2", 10_000) with { BankedGrams = 1_700 * Tonne },
            ],
            10_300, 0);

        Assert.Equal(300 * Tonne, settlement.Members[0].Coverage.BankedOneToOne);
        Assert.Equal(0, settlement.Members[0].OwnExcessGrams);
    }

    [Fact]
    public void What_is_emitted_outside_the_season_does_not_count()
    {
        var contract = Preset("nbp");
        var period = First(contract);
        // Hour 3000 of the year is 6 May; hour 100 is in January.
        var facts = PeriodFacts.Of(
        [
            Mass(contract, period, "unit-1", 7), Mass(contract, period, "unit-1", 900, hour: 100),
        ]);

        Assert.Equal(7 * Tonne, SettlementRules.Settle(
            contract, period, facts, PeriodStanding.Plain).Members[0].EmittedGrams);
    }

    [Fact]
    public void The_swedish_plant_pays_79785_kronor_net()
    {
        // 24 680 kg and 135 790 MWh at a refund of 8.50 a MWh, which the others make it.
        var contract = Preset("se-nox");
        var period = First(contract);
        var settlement = SettlementRules.Settle(
            contract, period, Emitted(contract, period, 24.680m, 145.320m),
            PeriodStanding.Plain with
            {
                Activities =
                [
                    new Activity("plant-1", period.Start, period.End, 135_790),
                    new Activity("plant-2", period.Start, period.End, 864_210),
                ],
            });

        Assert.Equal(170_000 * 50_00, settlement.TotalMinorUnits);
        Assert.Equal(
            -79_785_00, settlement.Refunds[0].MinorUnits - settlement.Charges[0].MinorUnits);
        Assert.Equal(settlement.TotalMinorUnits, settlement.Refunds.Sum(it => it.MinorUnits));
    }

    [Fact]
    public void Where_all_stood_still_nothing_goes_back()
    {
        var contract = Preset("se-nox");
        var period = First(contract);
        var settlement = SettlementRules.Settle(
            contract, period, Emitted(contract, period, 1, 0), PeriodStanding.Plain with
            {
                Activities =
                [
                    new Activity("plant-1", period.Start, period.End, 0),
                    new Activity("plant-2", period.Start, period.End, 0),
                ],
            });
        Assert.Equal(50_000_00, settlement.TotalMinorUnits);
        Assert.Equal([0, 0], settlement.Refunds.Select(it => it.MinorUnits));
    }

    [Fact]
    public void The_ukrainian_charge_is_2500_for_120_tonnes_with_a_limit_of_100() =>
        Assert.Equal(2_500_00, Settle(Preset("ua-charge"), 120).TotalMinorUnits);

    [Theory]
    [InlineData(100, 13_880_00)]
    [InlineData(101, 17_350_00)]      // 1 t at 25 times
    [InlineData(151, 201_260_00)]     // 50 t at 25 times, 1 t at 100 times
    public void The_russian_coefficients_are_1_25_and_100(int tonnes, long minorUnits) =>
        Assert.Equal(minorUnits, Settle(Preset("ru-charge"), tonnes).TotalMinorUnits);

    [Theory]
    [InlineData(160, 90, 50, 0, 0, 0)]        // one is over, the sum is not: nobody is liable
    [InlineData(160, 110, 31, 10, 10, 0)]     // over by 1: each for all that it is over
    public void Kyoto_holds_each_to_its_own_level_once_the_sum_fails(
        int one, int two, int three, int liableOne, int liableTwo, int liableThree)
    {
        var settlement = Settle(Preset("kyoto"), one, two, three);

        Assert.Equal([liableOne * Tonne, liableTwo * Tonne, liableThree * Tonne],
            settlement.Members.Select(member => member.ApportionedGrams));
        Assert.Equal(
            liableOne * 13 * Tonne / 10, settlement.Members[0].MakeGoodGrams);
    }

    [Theory]
    [InlineData(13_000, 20, true, true)]
    [InlineData(13_100, 20, false, true)]
    [InlineData(13_000, 22, true, true)]      // 13 t of debits, 13 t of credits
    [InlineData(13_000, 23, true, false)]     // 12 t of credits
    public void Hon_lets_a_quarter_be_1_30_times_its_credits_and_a_year_once(
        int debitsOfQuarter, int secondQuarter, bool quarterHolds, bool yearHolds)
    {
        var contract = Preset("hon");
        contract = contract with { Breach = contract.Breach with { CreditDiscountPercent = 0 } };
        var period = First(contract);
        // Hour 100 is in the first quarter, hour 3000 in the second: point 2 makes up for it there.
        var months = new[] { (100, 1), (3_000, 5) }.Select(it => (Hour: it.Item1,
            Span: contract.Bubble.Period.Months(period.Start.AddHours(it.Item1), 1)));
        var settlement = SettlementRules.Settle(
            contract, period,
            PeriodFacts.Of(
            [
                Mass(contract, period, "point-1", (50_000 + debitsOfQuarter) / 1_000m, 100),
                Mass(contract, period, "point-2", 15, 100),
                Mass(contract, period, "point-1", 50, 3_000),
                Mass(contract, period, "point-2", secondQuarter, 3_000),
            ]),
            PeriodStanding.Plain with
            {
                Activities =
                [
                    .. months.SelectMany(month => (Activity[])
                    [
                        new("point-1", month.Span.Start, month.Span.End, 50_000),
                        new("point-2", month.Span.Start, month.Span.End, 50_000),
                    ]),
                ],
            });

        Assert.Equal(4, settlement.Gates.Length);
        Assert.Equal(
            (debitsOfQuarter * 1_000L, 13_000_000L, !quarterHolds),
            (settlement.Gates[0].Grams, settlement.Gates[0].LimitGrams,
                settlement.Gates[0].IsBroken));
        Assert.Equal((35 - secondQuarter) * Tonne, settlement.Bubble.CapGrams);
        Assert.Equal(!yearHolds, settlement.Bubble.IsBroken);
    }

    [Fact]
    public void Hon_gives_no_credit_where_data_is_missing_and_a_tenth_less_where_not()
    {
        var contract = Preset("hon");
        var period = First(contract);
        PeriodStanding Standing(int windows) => new()
        {
            Activities = [new Activity("point-2", period.Start, period.End, 40_000)],
            WindowsExpected = new Dictionary<string, int> { ["point-2"] = windows },
        };
        var facts = PeriodFacts.Of([Mass(contract, period, "point-2", 10)]);

        Assert.Equal(9_000_000, SettlementRules.Settle(
            contract, period, facts, Standing(1)).Bubble.CapGrams);
        Assert.Equal(0, SettlementRules.Settle(
            contract, period, facts, Standing(2)).Bubble.CapGrams);
    }

    // Limits 0.45 for both, 0.50 and 0.38 in the plan; heat input 1 000 each.
    [Theory]
    [InlineData(0.50, 0.40, false)]     // together 0.90 of 0.90
    [InlineData(0.52, 0.40, true)]      // together above, and each above its own
    public void Nox_averaging_passes_by_the_sum_or_by_each_units_own_limit(
        double one, double two, bool isLiable)
    {
        var settlement = Averaging(one, two, 1_000, 1_000);

        Assert.Equal(isLiable, settlement.Members.Any(member => member.ApportionedGrams > 0));
    }

    [Fact]
    public void Nox_averaging_holds_nobody_liable_while_each_keeps_its_own_limit()
    {
        // More heat in the worse unit than was planned: the sum fails, the first route does not.
        var settlement = Averaging(0.50, 0.38, 3_000, 1_000);

        Assert.Equal(80_000, settlement.Bubble.ExcessGrams);
        Assert.All(settlement.Members, member => Assert.Equal(0, member.ApportionedGrams));
    }

    [Fact]
    public void The_eu_charges_100_euro_and_carries_what_is_short()
    {
        var settlement = Settle(Preset("eu-ets"), 120_026, 80_000);

        Assert.Equal(2_600_00, settlement.TotalMinorUnits);
        Assert.Equal(26 * Tonne, settlement.Carried[0].OwedGrams);
    }

    [Fact]
    public void What_is_carried_is_owed_in_the_next_period_although_nothing_more_is_emitted()
    {
        var contract = Preset("eu-ets");
        var next = First(contract).Next(contract);
        var standing = PeriodStanding.Plain.After(
            Settle(contract, 120_026, 80_000).Carried, contract.Bubble.HoldingsIn(next));
        var settlement = SettlementRules.Settle(
            contract, next, Emitted(contract, next, 120_000, 0), standing);

        Assert.Equal(26 * Tonne, settlement.Members[0].OwnExcessGrams);
    }

    [Fact]
    public void The_nerp_falls_in_a_straight_line_and_holdings_with_it()
    {
        var contract = Preset("nerp");
        var period = First(contract);

        Assert.Equal(85_000 * Tonne, contract.Bubble.CapIn(period));
        Assert.Equal(
            [42_500 * Tonne, 28_333_333_333, 14_166_666_667],
            contract.Bubble.HoldingsIn(period).Select(holding => holding.Grams));
    }

    private static PeriodSettlement Averaging(
        double one, double two, long heatOne, long heatTwo)
    {
        var contract = Preset("nox-averaging");
        var period = First(contract);
        return SettlementRules.Settle(
            contract, period,
            Emitted(
                contract, period, (decimal)one * heatOne / 1_000, (decimal)two * heatTwo / 1_000),
            PeriodStanding.Plain with
            {
                Activities =
                [
                    new Activity("unit-1", period.Start, period.End, heatOne),
                    new Activity("unit-2", period.Start, period.End, heatTwo),
                ],
            });
    }
}
