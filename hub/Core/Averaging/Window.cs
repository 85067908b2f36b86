using Monitoring.Wire;

namespace Monitoring.Core.Averaging;

/// <summary>
/// A half-open span of UTC milliseconds: the start belongs to it, the end does not. Windows of
/// one length follow each other without a hole, counted from 1970-01-01T00:00:00Z.
/// </summary>
public sealed record Window
{
    public Window(long startMs, long endMs)
    {
        Invariant.That(startMs < endMs);
        StartMs = startMs;
        EndMs = endMs;
    }

    public long StartMs { get; }

    public long EndMs { get; }

    public long LengthMs => EndMs - StartMs;

    public DateTimeOffset Start => DateTimeOffset.FromUnixTimeMilliseconds(StartMs);

    public DateTimeOffset End => DateTimeOffset.FromUnixTimeMilliseconds(EndMs);

    public bool Contains(long timeMs) => StartMs <= timeMs && timeMs < EndMs;

    public static Window Containing(long timeMs, TimeSpan length)
    {
        var lengthMs = (long)length.TotalMilliseconds;
        Invariant.That(lengthMs > 0);
        var into = timeMs % lengthMs;
        var startMs = timeMs - (into < 0 ? into + lengthMs : into);
        return new Window(startMs, startMs + lengthMs);
    }
}
