namespace Monitoring.Agent.Sampling;

/// <summary>
/// When a device is read: half a period past the multiples of its period in UTC. So every gateway
/// of a cluster reads at the same instants, and none of them at the edge of an averaging window.
/// </summary>
public static class CycleSchedule
{
    /// <summary>The first instant after this one.</summary>
    public static DateTimeOffset Next(DateTimeOffset after, TimeSpan period)
    {
        var half = period.Ticks / 2;
        var multiples = (after.UtcTicks - half) / period.Ticks;
        return new DateTimeOffset((multiples + 1) * period.Ticks + half, TimeSpan.Zero);
    }

    /// <summary>The instant after a read has ended, and how many were missed meanwhile.</summary>
    public static (DateTimeOffset Next, long Skipped) After(
        DateTimeOffset deadline, DateTimeOffset now, TimeSpan period)
    {
        // A timer may fire a little early; a clock may be set back by more than that.
        var wentBack = now < deadline - period;
        var next = Next(wentBack || now > deadline ? now : deadline, period);
        var skipped = wentBack ? 0 : (next - deadline).Ticks / period.Ticks - 1;
        return (next, skipped);
    }
}
