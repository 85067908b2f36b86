using CsCheck;
using Monitoring.Core.Alerts;
using Monitoring.Core.Contracts;
using Monitoring.Core.Forecast;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core;

public sealed class AlertTests
{
    private static readonly AlertKey Key = new("demo", "p1", "member-a", AlertLevel.Member);
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);

    [Fact]
    public void An_alert_is_raised_at_its_threshold_and_cleared_below_the_hysteresis()
    {
        // Limit 1000, raised at 80 %, cleared below 75 %.
        var seen = new (long? Value, string Transition)[]
        {
            (null, ""),
            (799, ""),
            (800, "Raised/ReachedThreshold"),
            (900, ""),
            (750, ""),
            (null, ""),
            (749, "Cleared/FellBelowHysteresis"),
            (799, ""),
            (801, "Raised/ReachedThreshold"),
        };
        var state = AlertState.Initial(Key);
        var ids = new HashSet<string>();
        foreach (var (value, expected) in seen)
        {
            var step = AlertRules.Step(state, Seen(value), Now);
            Assert.Equal(expected, Told(step));
            Assert.True(step.Transition is not { } it || ids.Add(it.Id));

            // Told again from the same state, as after a crash, it is the same transition.
            Assert.Equal(step.Transition, AlertRules.Step(state, Seen(value), Now).Transition);
            state = step.State;
        }

        Assert.Equal("Cleared/PeriodEnded", Told(AlertRules.End(state, Seen(900), Now)));
        state = AlertRules.End(state, Seen(900), Now).State;
        Assert.Equal("", Told(AlertRules.End(state, Seen(900), Now)));
    }

    private static string Told(AlertStep step) =>
        step.Transition is { } it ? $"{it.Change}/{it.Reason}" : "";

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, true)]
    [InlineData(long.MaxValue, long.MaxValue, true)]
    [InlineData(0, 100, false)]
    public void A_limit_of_nothing_is_reached_by_anything(long value, long limit, bool raised)
    {
        var seen = Seen(value) with { LimitMilligrams = limit };

        Assert.Equal(raised, AlertRules.Step(AlertState.Initial(Key), seen, Now).State.IsRaised);
    }

    [Fact]
    public void Raised_and_cleared_alternate_whatever_is_seen() =>
        Gen.Nullable(Gen.Long[0, 2_000]).Array[0, 60].Sample(all =>
        {
            var state = AlertState.Initial(Key);
            var told = new List<AlertTransition>();
            foreach (var value in all)
            {
                var next = AlertRules.Step(state, Seen(value), Now);
                told.AddRange(next.Transition is { } it ? [it] : []);
                state = next.State;
            }

            Assert.All(told.Select((it, i) => (it, i)), pair => Assert.Equal(
                pair.i % 2 == 0 ? AlertChange.Raised : AlertChange.Cleared, pair.it.Change));
            Assert.Equal(told.Count, state.Transitions);
            Assert.Equal(told.Count % 2 == 1, state.IsRaised);
        });

    [Fact]
    public void The_contract_says_what_is_watched()
    {
        var contract = Shipped.Contract;
        var period = Period.Containing(contract, Now);
        var elapsed = TimeSpan.FromSeconds(10);
        var uses = new Dictionary<string, MemberUse>
        {
            ["member-a"] = new(200_000, elapsed),
            ["member-b"] = new(230_000, elapsed),
        };

        var seen = AlertRules.Observe(
            contract, period, QuotaLimits.Given(contract, period), uses, true);

        Assert.Equal(
            [
                "member-a Forecast 1200000 of 300000 at 80",
                "member-a Member 200000 of 300000 at 100",
                "member-b Forecast 1380000 of 1680000 at 80",
                "member-b Member 230000 of 1680000 at 100",
                "demo-bubble Bubble 430000 of 1980000 at 100",
            ],
            seen.Select(it => $"{it.Key.Subject} {it.Key.Level} {it.ValueMilligrams} "
                + $"of {it.LimitMilligrams} at {it.ThresholdPercent}"));
    }

    /// <summary>
    /// Of 300 and 1680 g: 100 g were sold, 50 g are banked, 30 g are owed; nothing is borrowed,
    /// though the contract would let it.
    /// </summary>
    [Fact]
    public void Limits_are_what_is_held_after_sales_with_the_bank_and_less_what_is_owed()
    {
        var contract = Shipped.Contract with
        {
            Bank = new BankRule(BankKind.Free, 0, 1_000) { BorrowPercent = 10 },
        };
        var period = Period.Containing(contract, Now);
        var limits = StandingLimits.Of(contract, period, PeriodStanding.Plain with
        {
            Accounts =
            [
                new MemberAccount("member-a", 400) { BankedGrams = 50 },
                new MemberAccount("member-b", 1_580) { OwedGrams = 30 },
            ],
        });
        Assert.Equal(2_000, limits.BubbleGrams);
        Assert.Equal(
            [new Holding("member-a", 450), new Holding("member-b", 1_550)], limits.Members);
        var uses = new Dictionary<string, MemberUse>
        {
            ["member-a"] = new(420_000, TimeSpan.FromSeconds(60)),
        };
        Assert.All(
            AlertRules.Observe(contract, period, limits, uses, true)
                .Where(seen => seen.Key is { Subject: "member-a", Level: AlertLevel.Member }),
            seen => Assert.Null(AlertRules.Step(
                AlertState.Initial(seen.Key), seen, Now).Transition));

        // More is owed than held: nothing may be emitted, and less than nothing is no limit.
        limits = StandingLimits.Of(contract, period, PeriodStanding.Plain with
        {
            Accounts = [new MemberAccount("member-a", 300) { OwedGrams = 400 }],
        });
        Assert.Equal((0, 1_580), (limits.Members[0].Grams, limits.BubbleGrams));
    }

    [Theory]
    [InlineData(100, 0, null)]
    [InlineData(100, -5, null)]
    [InlineData(100, 10, 600L)]
    [InlineData(0, 10, 0L)]
    [InlineData(1, 40, 2L)]
    [InlineData(700, 60, 700L)]
    [InlineData(700, 70, 700L)]
    [InlineData(long.MaxValue / 10, 30, (long.MaxValue / 10) * 2)]
    public void A_linear_forecast_goes_on_at_the_rate_so_far(
        long used, int elapsed, long? expected) =>
        Assert.Equal(
            expected,
            LinearForecast.AtPeriodEnd(
                used, TimeSpan.FromSeconds(elapsed), TimeSpan.FromSeconds(60)));

    private static AlertObservation Seen(long? value) => new()
    {
        Key = Key,
        ValueMilligrams = value,
        LimitMilligrams = 1_000,
        ThresholdPercent = 80,
        HysteresisPercent = 5,
        IsProvisional = true,
    };
}
