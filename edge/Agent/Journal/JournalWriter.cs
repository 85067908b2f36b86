using Monitoring.Wire.Records;

namespace Monitoring.Agent.Journal;

/// <summary>
/// Appends the images of each cycle. While the disk takes none they wait in memory, up to a limit;
/// what must be dropped then is named by a gap record. Used by one thread.
/// </summary>
public sealed class JournalWriter(DiskJournal journal, Log log)
{
    private readonly Queue<JournalRecord> _waiting = new();
    private JournalRecord.Gap? _dropped;
    private bool _hasFailed;

    public int Waiting => _waiting.Count;

    /// <summary>What is owed to the records that were written under a wrong clock.</summary>
    public ClockCorrections Clock { get; } = new();

    /// <summary>Images that were lost since the start of the agent; a gap record says so.</summary>
    public long Dropped { get; private set; }

    /// <summary>True where everything that waited is on the disk now.</summary>
    public bool Write(
        IEnumerable<JournalRecord> newest, long nowMs, bool isClockSynced = false)
    {
        foreach (var record in newest)
        {
            _waiting.Enqueue(record);
        }

        DropAboveLimit();
        if (_waiting.Count == 0 && _dropped is null)
        {
            return true;
        }

        JournalRecord[] records = _dropped is null ? [.. _waiting] : [_dropped, .. _waiting];
        switch (journal.Append(records, nowMs, isClockSynced))
        {
            case AppendOutcome.Failed failed:
                if (!_hasFailed)
                {
                    log.JournalWriteFailed(failed.Detail, _waiting.Count);
                }

                _hasFailed = true;
                return false;
            case AppendOutcome.Appended appended:
                Clock.Written(appended.First, records);
                if (appended.GaveUp is { } gap)
                {
                    log.JournalGaveUp(gap.First, gap.Last, Reasons.NameOf(gap.Reason));
                }

                break;
        }

        if (_hasFailed)
        {
            log.JournalWritesAgain();
        }

        _hasFailed = false;
        _waiting.Clear();
        _dropped = null;
        return true;
    }

    /// <summary>Images were lost before they came here; the first of them at that time.</summary>
    public void Lose(long images, long timeMs)
    {
        // 0 to 0: these images never had an offset. The time is that of the first of them.
        _dropped ??= new JournalRecord.Gap(0, 0, Reason.JournalWriteFailed, timeMs);
        Dropped += images;
        log.ImagesDropped(images);
    }

    private void DropAboveLimit()
    {
        var above = _waiting.Count - AgentLimits.ImagesInMemoryMax;
        if (above > 0)
        {
            Lose(above, _waiting.Peek().TimeMs);
        }

        for (; above > 0; above--)
        {
            if (_waiting.Dequeue() is JournalRecord.Correction owed)
            {
                _waiting.Enqueue(owed);
            }
        }
    }
}
