using CsCheck;
using Monitoring.Core.Alerts;
using Monitoring.Core.Contracts;
using Monitoring.Core.Forecast;

namespace Monitoring.Tests.Core;

public sealed class AlertTests
{
    private static readonly AlertKey Key = new("demo", "member-a", AlertLevel.Member);
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddYears(56);

    [Fact]
    public void An_alert_is_raised_at_its_threshold_and_cleared_below_the_hysteresis()
    {
        // Limit 1000, raised at 80 %, cleared below 75 %.
        var seen = new (string Period, long? Value, string Transitions)[]
        {
            ("p1", null, ""),
            ("p1", 799, ""),
            ("p1", 800, "Raised/ReachedThreshold/p1"),
            ("p1", 900, ""),
            ("p1", 750, ""),
            ("p1", null, ""),
            ("p1", 749, "Cleared/FellBelowHysteresis/p1"),
            ("p1", 799, ""),
            ("p1", 801, "Raised/ReachedThreshold/p1"),
            ("p2", 10, "Cleared/PeriodEnded/p1"),
            ("p2", 900, "Raised/ReachedThreshold/p2"),
            ("p3", 900, "Cleared/PeriodEnded/p2 Raised/ReachedThreshold/p3"),
            ("p4", null, "Cleared/PeriodEnded/p3"),
            ("p5", null, ""),
        };
        var state = AlertState.Initial(Key);
        var ids = new HashSet<string>();
        foreach (var (period, value, expected) in seen)
        {
            var step = AlertRules.Step(state, Seen(period, value), Now);
            var told = step.Transitions.Select(it => $"{it.Change}/{it.Reason}/{it.PeriodId}");

            Assert.Equal(expected, string.Join(' ', told));
            Assert.All(step.Transitions, it => Assert.True(ids.Add(it.Id)));
            // Told again from the same state, as after a crash, it is the same transition.
            Assert.Equal(
                step.Transitions.AsEnumerable(),
                AlertRules.Step(state, Seen(period, value), Now).Transitions.AsEnumerable());
            state = step.State;
        }
    }

    [Theory]
    [InlineData(0, 0, false)]
    [InlineData(1, 0, true)]
    [InlineData(long.MaxValue, long.MaxValue, true)]
    [InlineData(0, 100, false)]
    public void A_limit_of_nothing_is_reached_by_anything(long value, long limit, bool raised)
    {
        var seen = Seen("p1", value) with { LimitMilligrams = limit };

        Assert.Equal(raised, AlertRules.Step(AlertState.Initial(Key), seen, Now).State.IsRaised);
    }

    [Fact]
    public void Raised_and_cleared_alternate_whatever_is_seen() =>
        Gen.Select(Gen.Int[1, 3], Gen.Nullable(Gen.Long[0, 2_000])).Array[0, 60].Sample(all =>
        {
            var state = AlertState.Initial(Key);
            var told = new List<AlertTransition>();
            var period = 1;
            foreach (var (step, value) in all)
            {
                period += step == 3 ? 1 : 0;
                var next = AlertRules.Step(state, Seen($"p{period}", value), Now);
                told.AddRange(next.Transitions);
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

        var seen = AlertRules.Observe(contract, period, uses, true);

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

    private static AlertObservation Seen(string period, long? value) => new()
    {
        Key = Key,
        PeriodId = period,
        ValueMilligrams = value,
        LimitMilligrams = 1_000,
        ThresholdPercent = 80,
        HysteresisPercent = 5,
        IsProvisional = true,
    };
}
