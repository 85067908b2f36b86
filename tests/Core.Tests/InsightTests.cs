using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core;

/// <summary>What a settled period says of its levers, and of the limits that held it up.</summary>
public sealed class InsightTests
{
    private static readonly Contract Contract = Shipped.Contract with
    {
        Bubble = Shipped.Contract.Bubble with
        {
            CapGrams = 200_000,
            Holdings = [new Holding("member-a", 150_000), new Holding("member-b", 50_000)],
        },
    };

    private static readonly Period First = Period.Containing(Contract, Contract.InForce);

    private static readonly Dictionary<string, ZoneKey> Zones = new()
    {
        ["stack-a"] = ZoneKey.In("river"),
        ["stack-b"] = new ZoneKey([("hill", 500_000), ("river", 500_000)], "declared"),
    };

    private readonly Teller _teller = new(new FundTerms
    {
        Currency = "EUR",
        Allowances = new() { Bubble = "demo-bubble", Pollutant = "nox" },
    });

    /// <summary>The research's own example, as in <see cref="LeverTests"/>.</summary>
    [Fact]
    public void The_levers_of_a_period_follow_from_what_was_made()
    {
        Report(First, "stack-a", "one", 600);
        Report(First, "stack-b", "two", 400);
        Report(First.Next(Contract), "stack-a", "one", 551);
        Report(First.Next(Contract), "stack-b", "two", 550);

        // What was reported wrong is reported again.
        Report(First.Next(Contract), "stack-a", "one", 550);
        var insight = Second(180_000, 40_000, 154_000, 55_000);
        Assert.Equal(LeverGap.None, insight.Gap);
        Assert.Equal(20_370, insight.Levers!.Scale, 1e1);
        Assert.Equal(-11_000, insight.Levers.Total, 1e-6);
        foreach (var (language, expected) in ((string, string)[])
            [
                ("en", "-11.000 kg = scale +20.37"), ("uk", "-11.000 кг = обсяг +20.37"),
            ])
        {
            var text = StatementText.Render(
                FundStatement.Of(
                    _teller.State, "EUR", [], [.. _teller.State.Ledger.Entries.Values]),
                language, "2026",
                minor => $"<{minor}>", insight);
            Assert.Contains(expected, text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Where_levers_cannot_be_told_the_reason_is()
    {
        var settled = Settle(First, 180_000, 40_000);
        Assert.Equal(
            LeverGap.NoPeriodBefore,
            PeriodInsights.Of(Contract, First, settled, null, _teller.State, Zones).Gap);
        Report(First, "stack-a", "one", 600);
        Report(First, "stack-b", "two", 400);
        Report(First.Next(Contract), "stack-a", "one", 550);
        Assert.Equal(LeverGap.ActivityMissing, Second(1, 1, 1, 1).Gap);
        Report(First.Next(Contract), "stack-b", "two", 550, "MWh");
        Assert.Equal(LeverGap.UnitsDiffer, Second(1, 1, 1, 1).Gap);
        Report(First.Next(Contract), "stack-b", "three", 550);
        Assert.Equal(LeverGap.ProductsDiffer, Second(1, 1, 1, 1).Gap);
        foreach (var (period, source, quantity, unit, refused) in
            ((string, string, long, string, string)[])
            [
                ("other/2026-01-01T00:00:00Z", "stack-a", 1, "t", "NoSuchPeriod"),
                (First.Id, "stack a", 1, "t", "NameNotUsable"),
                (First.Id, "stack-a", 1, "", "NameNotUsable"),
                (First.Id, "stack-a", -1, "t", "AmountNotPositive"),
            ])
        {
            Assert.Equal(refused, _teller.Ask(
                $"bad {refused} {unit}",
                new FundCommand.ReportActivity(period, source, "one", quantity, unit)));
        }
    }

    /// <summary>
    /// Half of what stack-b emits comes down in each zone: the hill has 25 of 30 kg, the river
    /// 175 of 210. A filter at the hill is cheaper than the charge of 50 a kilogram.
    /// </summary>
    [Fact]
    public void Each_zone_has_its_own_price()
    {
        _teller.Ask("call", new FundCommand.OpenCall(new Programme(
            "air", "Filters", Purpose.Abatement, "hill", "nox", 1_000_000, long.MaxValue)));
        Assert.Equal("Accepted", _teller.Ask("apply", new FundCommand.Apply(new Project(
            "filter", "air", "member-b", "stack-b", "hill", 9_000, 9_000))));
        var broken = PeriodInsights.Of(
            Contract, First, Settle(First, 180_000, 60_000), null, _teller.State, Zones);
        Assert.Equal(
            [
                "- 40000 5000 charge", "river 35000 5000 charge", "hill 5000 1000 filter",
            ],
            broken.Tightness.Select(one =>
                $"{one.Constraint.Zone ?? "-"} {one.ExcessGrams} {one.ShadowPriceMinor} "
                    + one.Marginal));
        var line = InsightText.LinesOf(broken, isUkrainian: false, minor => $"<{minor}>").Last();
        Assert.Equal(
            "zone hill, nox: 30.000 kg of 25.000 kg; binds, its last kilogram costs <1000> "
                + "(project filter)",
            line);

        // While the sum is within the cap, a zone above its part costs nobody anything.
        var kept = PeriodInsights.Of(
            Contract, First, Settle(First, 100_000, 60_000), null, _teller.State, Zones);
        Assert.All(kept.Tightness, one => Assert.Equal(0, one.ShadowPriceMinor));
        Assert.Contains(kept.Tightness, one => one is { Binds: true, Constraint.Zone: "hill" });
        Assert.Contains(
            "поки міхур утримується",
            string.Join('\n', InsightText.LinesOf(kept, isUkrainian: true, _ => "")),
            StringComparison.Ordinal);
    }

    private PeriodInsight Second(long a1, long b1, long a2, long b2)
    {
        var next = First.Next(Contract);
        return PeriodInsights.Of(
            Contract, next, Settle(next, a2, b2), Settle(First, a1, b1), _teller.State, Zones);
    }

    private void Report(
        Period period, string source, string product, long quantity, string unit = "t") =>
        Assert.Equal("Accepted", _teller.Ask(
            $"{_teller.Books.Rows}",
            new FundCommand.ReportActivity(period.Id, source, product, quantity, unit)));

    private static PeriodSettlement Settle(Period period, long gramsA, long gramsB)
    {
        EmittedMass Mass(string name, long grams) => new(
            $"{period.Id} {name}", $"stack-{name}", $"member-{name}", "nox", period.Start,
            period.End, grams * 1_000);
        return SettlementRules.Settle(
            Contract, period, PeriodFacts.Of([Mass("a", gramsA), Mass("b", gramsB)]),
            PeriodStanding.Plain);
    }
}
