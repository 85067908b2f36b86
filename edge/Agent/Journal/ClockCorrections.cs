using Monitoring.Wire.Records;

namespace Monitoring.Agent.Journal;

/// <summary>
/// Remembers what was written while the clock was not known to be right, and says by how much it
/// was wrong once that is known: the clock that cannot be set ties each record to the right time.
/// </summary>
public sealed class ClockCorrections
{
    /// <summary>What a clock may be off without a correction; readings take longer.</summary>
    public const long ToleranceMs = 500;

    /// <summary>What a clock said that was set more often than this is not put right.</summary>
    private const int SpansMax = 64;

    /// <param name="ZeroMs">What the clock would have said at the start of the agent.</param>
    private readonly record struct Span(Guid Boot, long First, long Last, long ZeroMs);

    private readonly List<Span> _spans = [];

    /// <summary>What a clock would have said at the start of the agent.</summary>
    public static long ZeroMs(long timeMs, Boot boot) => timeMs - boot.MonotonicMs;

    /// <summary>These records are in the journal, from that offset on.</summary>
    public void Written(long offset, IEnumerable<JournalRecord> records)
    {
        foreach (var record in records)
        {
            if (record is JournalRecord.Image { Clock: ClockState.Unsynced } image)
            {
                Add(image.Boot.Id, offset, ZeroMs(image.TimeMs, image.Boot));
            }

            offset++;
        }
    }

    /// <summary>The clock is right now: what has to be said of the records before.</summary>
    public IReadOnlyList<JournalRecord.Correction> Synced(long zeroMs, long nowMs)
    {
        List<JournalRecord.Correction> corrections =
        [
            .. _spans.Where(span => Math.Abs(zeroMs - span.ZeroMs) > ToleranceMs)
                .Select(span => new JournalRecord.Correction(
                    span.Boot, span.First, span.Last, zeroMs - span.ZeroMs, nowMs)),
        ];
        _spans.Clear();
        return corrections;
    }

    private void Add(Guid boot, long offset, long zeroMs)
    {
        if (_spans.Count > 0 && _spans[^1] is var last
            && Math.Abs(last.ZeroMs - zeroMs) <= ToleranceMs)
        {
            _spans[^1] = last with { Last = offset };
            return;
        }

        if (_spans.Count == SpansMax)
        {
            _spans.RemoveAt(0);
        }

        _spans.Add(new Span(boot, offset, offset, zeroMs));
    }
}
