using System.Collections.Immutable;
using Monitoring.Agent.Journal;

namespace Monitoring.Tests.Simulation;

/// <summary>What a journal's file holds.</summary>
public sealed record JournalImage(
    JournalPosition Position, ImmutableSortedDictionary<long, byte[]> Records, int BdSeq);

public enum DiskState
{
    Healthy,

    /// <summary>It takes nothing that makes the file longer.</summary>
    Full,

    /// <summary>It answers with errors, whatever it did.</summary>
    Failing,
}

public enum WriteAnswer
{
    Synced,
    Full,
    Failed,

    /// <summary>The process or the power went in the midst of it: there is no answer.</summary>
    Died,
}

/// <summary>
/// A disk with one journal on it. What is written is in the cache until it is synced; a power cut
/// keeps what was synced and, of what was not, as much from the start on as it happens to.
/// </summary>
public sealed class SimulatedDisk(Dice dice, Func<Odds> odds, Action<JournalImage> synced)
{
    private readonly List<JournalImage> _unsynced = [];
    private JournalImage? _durable;

    public DiskState State { get; set; }

    /// <summary>A file that was not readable was put aside.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Space that deleted records left in the file, where it can grow no more.</summary>
    public long FreeBytes { get; private set; }

    /// <summary>What a process sees: the cache before the platter. Null: no file.</summary>
    public JournalImage? Seen => _unsynced.Count > 0 ? _unsynced[^1] : _durable;

    public JournalImage? Durable => _durable;

    public WriteAnswer Write(JournalImage image, bool isSynced = true)
    {
        if (dice.Hits(odds().DiesInWrite))
        {
            KeepSome(image);
            return WriteAnswer.Died;
        }

        var grows = image.Position.UsedBytes - (Seen?.Position.UsedBytes ?? 0);
        if (State == DiskState.Failing)
        {
            KeepSome(image);
            return WriteAnswer.Failed;
        }

        if (State == DiskState.Full && grows > FreeBytes)
        {
            return WriteAnswer.Full;
        }

        FreeBytes = Math.Max(0, FreeBytes - grows);
        _unsynced.Add(image);
        if (isSynced)
        {
            Sync();
        }

        return WriteAnswer.Synced;
    }

    public void Sync()
    {
        if (_unsynced.Count > 0)
        {
            SetDurable(_unsynced[^1]);
        }
    }

    public void CutPower()
    {
        var kept = dice.Next(0, _unsynced.Count + 1);
        if (kept > 0)
        {
            SetDurable(_unsynced[kept - 1]);
        }

        _unsynced.Clear();
    }

    /// <summary>Nothing of the file can be read any more.</summary>
    public void Damage()
    {
        _unsynced.Clear();
        IsDamaged |= _durable is not null;
        _durable = null;
        FreeBytes = 0;
    }

    public void Repaired() => IsDamaged = false;

    private void KeepSome(JournalImage image)
    {
        if (dice.Hits(0.5))
        {
            _unsynced.Add(image);
        }
    }

    private void SetDurable(JournalImage image)
    {
        _durable = image;
        _unsynced.Clear();
        synced(image);
    }
}
