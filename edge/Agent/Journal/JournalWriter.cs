using Monitoring.Wire.Records;

namespace Monitoring.Agent.Journal;

/// <summary>
/// Appends the images of each cycle. While the disk takes none they wait in memory, up to a limit;
/// what must be dropped then is named by a gap record. Used by one thread.
/// </summary>
public sealed class JournalWriter(DiskJournal journal, Log log)
{
    private readonly Queue<JournalRecord.Image> _waiting = new();
    private JournalRecord.Gap? _dropped;
    private bool _hasFailed;

    public int Waiting => _waiting.Count;

    /// <summary>True where everything that waited is on the disk now.</summary>
    public bool Write(IEnumerable<JournalRecord.Image> images, long nowMs)
    {
        foreach (var image in images)
        {
            _waiting.Enqueue(image);
        }

        DropAboveLimit();
        if (_waiting.Count == 0 && _dropped is null)
        {
            return true;
        }

        JournalRecord[] records = _dropped is null ? [.. _waiting] : [_dropped, .. _waiting];
        switch (journal.Append(records, nowMs))
        {
            case AppendOutcome.Failed failed:
                if (!_hasFailed)
                {
                    log.JournalWriteFailed(failed.Detail, _waiting.Count);
                }

                _hasFailed = true;
                return false;
            case AppendOutcome.Appended { GaveUp: { } gap }:
                log.JournalGaveUp(gap.First, gap.Last);
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

    private void DropAboveLimit()
    {
        var dropped = 0L;
        while (_waiting.Count > AgentLimits.ImagesInMemoryMax)
        {
            // 0 to 0: these images never had an offset. The time is that of the first of them.
            var image = _waiting.Dequeue();
            _dropped ??= new JournalRecord.Gap(0, 0, Reason.JournalWriteFailed, image.TimeMs);
            dropped++;
        }

        if (dropped > 0)
        {
            log.ImagesDropped(dropped);
        }
    }
}
