using Monitoring.Core.Validity;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Core;

public sealed class StatusTests
{
    [Theory]
    [InlineData(Quality.Good, Reason.None, true, "valid")]
    [InlineData(Quality.Good, Reason.None, false, "no-signal")]
    [InlineData(Quality.Good, Reason.Maintenance, true, "maintenance")]
    [InlineData(Quality.Uncertain, Reason.None, true, "uncertain")]
    [InlineData(Quality.Uncertain, Reason.CycleOverrun, true, "cycle-overrun->uncertain")]
    [InlineData(Quality.Uncertain, Reason.ClockUnsynced, true, "clock-unsynced->clock-doubtful")]
    [InlineData(Quality.Uncertain, Reason.Unregistered, true, "unregistered->uncertain")]
    [InlineData(Quality.Uncertain, Reason.WarmUp, true, "warm-up")]
    [InlineData(Quality.Bad, Reason.None, true, "unexplained")]
    [InlineData(Quality.Bad, Reason.Unregistered, true, "unregistered->unexplained")]
    [InlineData(Quality.Bad, Reason.Timeout, false, "timeout->no-signal")]
    [InlineData(Quality.Bad, Reason.Sentinel, false, "sentinel->no-signal")]
    [InlineData(Quality.Bad, Reason.Calibration, true, "calibration")]
    [InlineData(Quality.Bad, Reason.ZeroSpanCheck, true, "zero-span-check")]
    [InlineData(Quality.Bad, Reason.Fault, true, "fault")]
    [InlineData(Quality.Bad, Reason.OutOfRange, true, "out-of-range")]
    [InlineData(Quality.Bad, Reason.OutOfRange, false, "out-of-range->no-signal")]
    [InlineData(Quality.Stale, Reason.None, true, "no-signal")]
    public void Quality_reason_and_presence_give_one_status(
        Quality quality, Reason reason, bool hasValue, string rule)
    {
        PointValue? value = hasValue ? PointValue.Real(1) : null;
        var status = Statuses.Of(new Reading("nox", value, quality, reason, 0));

        Assert.Equal(rule, Statuses.RuleOf(status, reason));
    }

    [Fact]
    public void Every_reason_and_quality_has_a_status_with_a_name()
    {
        foreach (var quality in Enum.GetValues<Quality>())
        {
            foreach (var reason in Enum.GetValues<Reason>())
            {
                var reading = new Reading("nox", PointValue.Real(1), quality, reason, 0);
                var name = Statuses.NameOf(Statuses.Of(reading));

                Assert.Equal(Statuses.Of(reading), Statuses.Parse(name));
                Assert.Equal(quality == Quality.Good && reason == Reason.None, name == "valid");
            }
        }
    }

    [Fact]
    public void The_published_map_of_statuses_is_the_one_that_is_used()
    {
        var rows = Shipped.Text("docs/legal-averages.md").Split('\n')
            .SkipWhile(line => line != "| status | EN 17255 | MODC | HJ 212 |").Skip(2)
            .TakeWhile(line => line.StartsWith('|'));

        Assert.Equal(
            Enum.GetValues<Status>().Select(StatusFlags.Of).Select(flag =>
                $"| {Statuses.NameOf(flag.Status)} | {flag.En17255 ?? "-"} | {flag.Modc ?? "-"} "
                + $"| {flag.Hj212 ?? "-"} |"),
            rows);
    }
}
