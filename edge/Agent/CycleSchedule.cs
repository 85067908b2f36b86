namespace Monitoring.Agent;

/// <summary>
/// When cycles fire: half a cycle past the multiples of the cycle in UTC. So every gateway of a
/// cluster reads at the same instants, and none of them at the edge of an averaging window.
/// </summary>
public static class CycleSchedule
{
    /// <summary>The first instant after this one.</summary>
    public static DateTimeOffset Next(DateTimeOffset after, TimeSpan cycle)
    {
        var half = cycle.Ticks / 2;
        var multiples = (after.UtcTicks - half) / cycle.Ticks;
        return new DateTimeOffset((multiples + 1) * cycle.Ticks + half, TimeSpan.Zero);
    }

    /// <summary>The instant after a cycle has ended, and how many were missed meanwhile.</summary>
    public static (DateTimeOffset Next, long Skipped) After(
        DateTimeOffset deadline, DateTimeOffset now, TimeSpan cycle)
    {
        // A timer may fire a little early; a clock may be set back by more than that.
        var wentBack = now < deadline - cycle;
        var next = Next(wentBack || now > deadline ? now : deadline, cycle);
        var skipped = wentBack ? 0 : (next - deadline).Ticks / cycle.Ticks - 1;
        return (next, skipped);
    }
}
