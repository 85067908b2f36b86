using System.Numerics;
using System.Text.Json;
using Monitoring.Verifier;

namespace Monitoring.Tests;

/// <summary>
/// Worked examples of the contract's clauses, to the gram and the cent.
/// </summary>
public sealed class ReckoningTests
{
    private const string Document = """
        {"contract": "c", "version": 1, "in_force": "2026-01-01T00:00:00Z",
         "currency": {"code": "EUR", "decimals": 2},
         "parties": [{"member": "a"}, {"member": "b"}, {"member": "c"}, {"member": "d"}],
         "bubble": {"pollutant": "so2", "mass_unit": "t", "cap": 1000, "holdings": [
            {"member": "a", "mass": HELD-A}, {"member": "b", "mass": 300},
            {"member": "c", "mass": HELD-C}, {"member": "d", "mass": 100}]},
         "breach": {"trigger": "TRIGGER", "apportion": "APPORTION",
            "variability_percent": VARIABILITY},
         "charge": {"rate_per_t": 100, "tiers": [
            {"part": "within", "times": 1}, {"part": "over", "times": 5}]},
         "rounding": {"mass": {"unit": "UNIT", "at": "member"},
            "money": {"at": "bubble", "mode": "half-away-from-zero"}},
         "fund": {"split": {"local_percent": 70, "programme_percent": 20, "reserve_percent": 10}}}
        """;

    /// <summary>Under a bubble of 1000 t were emitted 1026.2 t; one member sold 15 t.</summary>
    [Theory]
    [InlineData(
        310_200_000L, "12932051 8565385 0 4702564", "4821283 3444615 1800000 1244102", 11_310_000)]
    [InlineData(
        304_200_000L, "12344444 3366667 0 4488889", "4797778 3176666 1800000 1235556", 11_010_000)]
    public void The_worked_example_comes_out_in_both_passes(
        long ofB, string answers, string charges, int total)
    {
        var outcome = Reckoning.Of(
            Terms(), Masses(430_400_000, ofB, 180_000_000, 105_600_000), Known.Nothing);

        Assert.Equal(answers, string.Join(' ', outcome.Members.Select(it => it.AnswersFor)));
        Assert.Equal(charges, string.Join(' ', outcome.Members.Select(it => it.Charge)));
        Assert.Equal(total, outcome.Total);
    }

    /// <summary>Under a cap of 1000 t, with 18 percent of variability: 20 t too much.</summary>
    [Theory]
    [InlineData("own-excess", "14 2 0 4")]
    [InlineData("own-level", "48 6 0 12")]
    [InlineData("pro-rata", "9 6 3 2")]
    public void Members_answer_as_the_clause_says(string apportion, string answers) =>
        Assert.Equal(
            answers,
            string.Join(' ', Reckoning.Of(
                Terms(apportion: apportion, variability: 18, a: 400, c: 200, unit: "t"),
                Masses(520_000_000, 360_000_000, 190_000_000, 130_000_000), Known.Nothing)
                .Members.Select(member => member.AnswersFor / 1_000_000)));

    [Fact]
    public void A_member_above_its_own_holding_answers_alone_where_the_clause_says()
    {
        var outcome = Reckoning.Of(
            Terms(trigger: "member", apportion: "own-level"),
            Masses(430_400_000, 1, 1, 100_000_001), Known.Nothing);

        Assert.Equal(
            [15_400_000, 0, 0, 1], outcome.Members.Select(member => (int)member.AnswersFor));
        Assert.Equal(15_400_001, outcome.Excess);
    }

    [Fact]
    public void A_clause_that_is_not_known_is_named()
    {
        var text = Filled().Replace(
            "\"fund\"", "\"lottery\": {}, \"fund\"", StringComparison.Ordinal);

        Assert.Equal(
            "lottery",
            Verifier.Terms.Of(JsonDocument.Parse(text).RootElement).NotUnderstood);
        Assert.Null(Terms().NotUnderstood);
    }

    /// <summary>D's stack stands in Z1, and 40 % of what it emits comes down in Z2.</summary>
    [Fact]
    public void The_local_part_goes_where_emissions_come_down_to_the_cent()
    {
        var terms = Keyed("\"z1\": 60, \"z2\": 40");
        Assert.Null(terms.NotUnderstood);
        Mass[] masses =
        [
            .. Masses(430_400_000, 310_200_000, 180_000_000, 105_600_000).Select((mass, i) =>
                mass with { Source = $"s{i}", Zone = i == 2 ? "z2" : "z1" }),
        ];
        var outcome = Reckoning.Of(terms, masses, Known.Nothing);
        var postings = FundSplit.Of(
            terms, "p",
            [
                .. outcome.Members.Select(it =>
                    new Charge(it.Member, it.Member, it.AnswersFor, it.Charge)),
            ],
            masses, []);
        BigInteger In(string account) => -postings.Where(it => it.Account == account)
            .Aggregate(BigInteger.Zero, (sum, it) => sum + it.Amount);
        Assert.Equal(
            [63_086_52, 16_083_48, 22_620_00, 11_310_00],
            ((string[])["fund:local:z1", "fund:local:z2", "fund:programme", "fund:reserve"])
                .Select(account => (int)In(account)));
    }

    [Theory]
    [InlineData("\"z1\": 60, \"z2\": 39", "zone-key", "fund.zone_keys, which does not sum to 100")]
    [InlineData("\"z1\": 60, \"z2\": 40", "zone-of-source", "fund.local_by")]
    public void A_key_that_does_not_divide_the_whole_is_not_judged(
        string zones, string by, string said) =>
        Assert.Equal(said, Keyed(zones, by).NotUnderstood);

    private static Terms Keyed(string zones, string by = "zone-key") =>
        Verifier.Terms.Of(JsonDocument.Parse(Filled().Replace(
            "\"fund\": {",
            $"\"fund\": {{\"local_by\": \"{by}\", \"zone_keys\": [{{\"source\": \"s3\", "
                + $"\"zones\": {{{zones}}}}}], ",
            StringComparison.Ordinal)).RootElement);

    private static IEnumerable<Mass> Masses(params long[] grams) => grams.Select((mass, i) =>
        new Mass("", "s", 0, "abcd"[i].ToString(), "so2", (BigInteger)mass * 1_000));

    private static Terms Terms(
        string trigger = "aggregate", string apportion = "own-excess", int variability = 0,
        int a = 415, int c = 185, string unit = "g") =>
        Verifier.Terms.Of(JsonDocument.Parse(
            Filled(trigger, apportion, variability, a, c, unit)).RootElement);

    private static string Filled(
        string trigger = "aggregate", string apportion = "own-excess", int variability = 0,
        int a = 415, int c = 185, string unit = "g")
    {
        var values = new Dictionary<string, string>
        {
            ["TRIGGER"] = trigger, ["APPORTION"] = apportion, ["VARIABILITY"] = $"{variability}",
            ["UNIT"] = unit, ["HELD-A"] = $"{a}", ["HELD-C"] = $"{c}",
        };
        return values.Aggregate(Document, (text, value) =>
            text.Replace(value.Key, value.Value, StringComparison.Ordinal));
    }
}
