namespace Monitoring.Agent.Sampling;

/// <summary>
/// When a device is read: once in each cycle, and cycles begin at the multiples of the period in
/// UTC. The reads of a link stand around the middle of the cycle, so every gateway of a cluster
/// reads at about the same instants, and none of them at the edge of an averaging window.
/// </summary>
public static class CycleSchedule
{
    /// <summary>
    /// However busy a link is, a read begins a little after its cycle, so that a clock that is
    /// set back a little does not put it into the one before.
    /// </summary>
    private const double BusyMax = 0.9;

    /// <summary>From the begin of a cycle to the begin of the link's reads in it.</summary>
    /// <param name="busy">The share of its time that the link needs for its reads.</param>
    public static TimeSpan Phase(TimeSpan period, double busy) =>
        period * ((1 - Math.Clamp(busy, 0, BusyMax)) / 2);

    /// <summary>The first instant after this one.</summary>
    public static DateTimeOffset Next(DateTimeOffset after, TimeSpan period, TimeSpan phase)
    {
        var cycles = (after.UtcTicks - phase.Ticks) / period.Ticks;
        return new DateTimeOffset((cycles + 1) * period.Ticks + phase.Ticks, TimeSpan.Zero);
    }

    /// <summary>The instant in the cycle after the one that holds this instant.</summary>
    public static DateTimeOffset InCycleAfter(
        DateTimeOffset done, TimeSpan period, TimeSpan phase) =>
        new((done.UtcTicks / period.Ticks + 1) * period.Ticks + phase.Ticks, TimeSpan.Zero);

    /// <summary>The instant after a read has ended, and how many were missed meanwhile.</summary>
    public static (DateTimeOffset Next, long Skipped) After(
        DateTimeOffset deadline, DateTimeOffset now, TimeSpan period)
    {
        // A timer may fire a little early; a clock may be set back by more than that.
        var wentBack = now < deadline - period;
        var phase = TimeSpan.FromTicks(deadline.UtcTicks % period.Ticks);
        var next = Next(wentBack || now > deadline ? now : deadline, period, phase);
        var skipped = wentBack ? 0 : (next - deadline).Ticks / period.Ticks - 1;
        return (next, skipped);
    }
}
