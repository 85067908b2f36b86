using System.Globalization;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Tests.Core;

/// <summary>Indicative plans: spans, what they say of a time, and their misses.</summary>
public sealed class PlanTests
{
    [Theory]
    [InlineData("2026", "2025-12-31T22:00 2026-12-31T22:00")]
    [InlineData("2026-Q1", "2025-12-31T22:00 2026-03-31T21:00")]
    [InlineData("2026-Q4", "2026-09-30T21:00 2026-12-31T22:00")]
    [InlineData("2026-03", "2026-02-28T22:00 2026-03-31T21:00")]
    [InlineData("2026-03-29", "2026-03-28T22:00 2026-03-29T21:00")]
    [InlineData("2026-03-15/2026-03-28", "2026-03-14T22:00 2026-03-28T22:00")]
    [InlineData("cluster-bubble/2025-12-31T22:00:00Z", "2025-12-31T22:00 2026-12-31T22:00")]
    [InlineData("2026-Q5", null)]
    [InlineData("2026-02-30", null)]
    [InlineData("2026-03-28/2026-03-15", null)]
    [InlineData("1026", null)]
    [InlineData("next year", null)]
    [InlineData("", null)]
    public void A_span_is_of_local_days(string text, string? expected)
    {
        static string Show(DateTimeOffset at) =>
            at.ToString("yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture);
        Assert.Equal(
            expected,
            PlanSpan.Parse(Contracts.Preset("cluster"), text) is var (from, until)
                ? $"{Show(from)} {Show(until)}"
                : null);
    }

    [Fact]
    public void Every_fault_of_a_plan_is_named()
    {
        Assert.Equal(
            [
                "line 1: '?' is no span; " + PlanSpan.Remedy,
                "line 2: 'hot metal' is no name of a product; use letters, digits and hyphens",
                "line 3: a unit has 1 to 20 characters, such as MWh",
                "line 4: quantity and grams are not below 0; 0 stands for a standstill",
                "line 5: 'c' cuts 'a'",
            ],
            PlanRules.FaultsOf(
            [
                Line("?", 0, 0), Line("a", 0, 10, "hot metal"),
                Line("a", 0, 10) with { Unit = "" }, Line("b", 10, 20) with { Grams = -1 },
                Line("c", 5, 10),
            ]).Select(fault => fault.Problem));
        Assert.Contains(
            PlanRules.FaultsOf([Line("a", 0, 10), Line("a", 0, 10)]),
            fault => fault == (1, "line 2: steel has a line for 'a' already"));
        Assert.Equal(
            "a plan has 1 to 500 lines, not 0", PlanRules.FaultsOf([]).Single().Problem);
    }

    /// <summary>20 g in the first 10 ms, nothing in the next, then 5 g of two.</summary>
    [Theory]
    [InlineData(0, 30, 25_000L)]
    [InlineData(0, 5, 10_000L)]
    [InlineData(5, 25, 12_500L)]
    [InlineData(10, 20, 0L)]
    [InlineData(0, 31, null)]
    [InlineData(-1, 5, null)]
    public void A_plan_says_what_is_emitted_in_a_time_or_nothing(
        long fromMs, long untilMs, long? expected) => Assert.Equal(
            expected,
            PlanRules.MilligramsIn(
                new PlanSubmitted("a", 1, 0,
                [
                    Line("c", 20, 30, "iron") with { Grams = 3 },
                    Line("c", 20, 30) with { Grams = 2 }, Line("b", 10, 20) with { Grams = 0 },
                    Line("a", 0, 10) with { Grams = 20 },
                ]),
                fromMs, untilMs));

    [Fact]
    public void Only_what_was_planned_before_it_began_can_be_scored()
    {
        var teller = new Teller(new FundTerms
        {
            Currency = "EUR",
            Allowances = new AllowanceTerms { Bubble = "b", Pollutant = "nox" },
            Planners = ["a"],
            PlanSpanOf = text => text switch
            {
                "one" => (100, 200), "two" => (200, 300), _ => null,
            },
        });
        string Plan(string id, long nowMs, params (string Span, long Grams)[] lines)
        {
            teller.NowMs = nowMs;
            return teller.Ask(id, new FundCommand.SubmitPlan(
                "a", [.. lines.Select(one => Line(one.Span, 0, 0) with { Grams = one.Grams })]));
        }

        Assert.Equal("Accepted", Plan("1", 50, ("one", 10), ("two", 20)));
        Assert.Equal("Accepted", Plan("2", 150, ("one", 11), ("two", 22)));
        Assert.Equal("Accepted", Plan("3", 250, ("two", 99)));
        Assert.Equal("PlanNotUsable", Plan("4", 260, ("three", 1)));
        Assert.Equal(
            "NoSuchMember", teller.Ask("5", new FundCommand.SubmitPlan("b", [Line("one", 0, 0)])));
        Assert.Equal(
            ["one 1 10 True", "two 2 22 True"],
            PlanRules.SpansOf(teller.State, "a").Select(span =>
                $"{span.Span} {span.Version} {span.Grams} {span.IsMadeBefore}"));
        Assert.Equal(3, teller.State.Plans.Count);
    }

    [Fact]
    public void The_error_is_what_was_missed_of_what_came()
    {
        Assert.Equal(
            40.0m, PlanRules.ErrorPercent([(110, 100), (40, 50), (30, 0), (50, 100)]));
        Assert.Null(PlanRules.ErrorPercent([]));
        Assert.Null(PlanRules.ErrorPercent([(5, 0)]));
    }

    private static PlannedLine Line(
        string span, long fromMs, long untilMs, string product = "steel") =>
        new(span, product, 1, "t", 1) { FromMs = fromMs, UntilMs = untilMs };
}
