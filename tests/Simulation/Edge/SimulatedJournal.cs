using System.Collections.Immutable;
using Monitoring.Agent.Journal;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Simulation;

/// <summary>
/// The shell of a journal over a simulated disk, in the life of one process: it does what
/// <see cref="DiskJournal"/> does with SQLite, and the rules are the product's own.
/// </summary>
public sealed class SimulatedJournal
{
    private const long Plenty = long.MaxValue / 2;
    private const string OneEpochForAll = "00000000000000000000000000000001";

    private readonly SimulatedDisk _disk;
    private readonly JournalLimits _limits;
    private readonly Dice _dice;
    private readonly Mutation _mutation;
    private bool _isOpen;

    public SimulatedJournal(
        SimulatedDisk disk, JournalLimits limits, Dice dice, Mutation mutation, long wallMs)
    {
        (_disk, _limits, _dice, _mutation) = (disk, limits, dice, mutation);
        Open(wallMs);
    }

    public JournalPosition Position { get; private set; } = JournalPosition.None;

    /// <summary>The process or the power went while it wrote.</summary>
    public bool HasDied { get; private set; }

    /// <summary>The next append opens a file that failed again; there is always a next one.
    /// </summary>
    public void Reopen(long wallMs)
    {
        if (!_isOpen && !HasDied)
        {
            Open(wallMs);
        }
    }

    public bool Append(IEnumerable<JournalRecord> records, long wallMs, bool isClockSynced)
    {
        Reopen(wallMs);
        if (!_isOpen || HasDied)
        {
            return false;
        }

        var room = _disk.State == DiskState.Full ? _disk.FreeBytes : Plenty;
        return Apply(
            _disk.Seen!, Position, new JournalAppend(
                [.. records.Select(RecordFormat.Encode)], wallMs, isClockSynced, room));
    }

    public JournalEntry? Read(long offset) =>
        _isOpen && _disk.State != DiskState.Failing
        && _disk.Seen!.Records.TryGetValue(offset, out var bytes)
            ? new JournalEntry(offset, RecordFormat.Decode(bytes, out _)!, bytes.Length)
            : null;

    public void Trim(long upTo, long wallMs) =>
        Position = JournalRules.Commit(Position, upTo, wallMs, _limits);

    public bool Rewind(string epoch, long upTo)
    {
        var rewound = JournalRules.Rewind(Position, epoch, upTo);
        Position = rewound ?? Position;
        return rewound is not null;
    }

    public int NextBdSeq()
    {
        if (!_isOpen)
        {
            return 0;
        }

        var next = _disk.Seen!.BdSeq;
        var isKept = Write(
            _disk.Seen with { Position = Position, BdSeq = (next + 1) % 256 });
        return isKept ? next : 0;
    }

    private bool Apply(JournalImage image, JournalPosition before, JournalAppend append)
    {
        var held = image.Records.Where(record => record.Key >= before.First)
            .Select(record => new HeldRecord(record.Key, record.Value));
        var change = JournalRules.Append(before, append, held, _limits);
        if (_mutation == Mutation.GapUntold && change.GaveUp is not null)
        {
            change = Untold(change, append);
        }

        var records = image.Records.ToBuilder();
        for (var offset = before.First; offset <= change.DeleteUpTo; offset++)
        {
            records.Remove(offset);
        }

        var next = before.Last;
        foreach (var bytes in change.Records)
        {
            records.Add(++next, bytes);
        }

        var isWritten = Write(
            image with { Position = change.After, Records = records.ToImmutable() });
        Position = isWritten ? change.After : Position;
        return isWritten;
    }

    private static JournalChange Untold(JournalChange change, JournalAppend append) => change with
    {
        Records = append.Records,
        After = change.After with
        {
            Last = change.After.Last - change.Records.Length + append.Records.Length,
        },
    };

    private bool Write(JournalImage image)
    {
        var answer = _disk.Write(
            image, isSynced: _mutation != Mutation.PublishBeforeFsync || _dice.Hits(0.1));
        HasDied |= answer == WriteAnswer.Died;
        _isOpen &= answer is WriteAnswer.Synced or WriteAnswer.Full;
        return answer == WriteAnswer.Synced;
    }

    private void Open(long wallMs)
    {
        if (_disk.State == DiskState.Failing)
        {
            return;
        }

        if (!Position.IsOpen)
        {
            // What the process before wrote and did not sync may be sent now.
            _disk.Sync();
        }

        _isOpen = true;
        var isGapOwed = _disk.IsDamaged;
        if (_disk.Seen is not { } found)
        {
            var epoch = _dice.NextGuid().ToString("N");
            found = new JournalImage(
                JournalPosition.None with
                {
                    Epoch = _mutation == Mutation.OffsetsReused ? OneEpochForAll : epoch,
                },
                ImmutableSortedDictionary<long, byte[]>.Empty, 0);
            _isOpen = Write(found);
        }

        if (!_isOpen || !Settle(found, isGapOwed, wallMs))
        {
            _isOpen = false;
            return;
        }

        _disk.Repaired();
    }

    /// <summary>Brings a file that was just opened and what this process knows together.</summary>
    private bool Settle(JournalImage found, bool isGapOwed, long wallMs)
    {
        if (found.Position.Epoch != Position.Epoch)
        {
            if (isGapOwed)
            {
                return Add(
                    found, new JournalRecord.Gap(0, 0, Reason.JournalCorrupt, wallMs));
            }

            Position = found.Position;
            return true;
        }

        // What an append left that was said to have failed nobody has seen: it comes again.
        var records = found.Records.RemoveRange(
            found.Records.Keys.Where(offset => offset > Position.Last));
        var position = Position with
        {
            First = found.Position.First,
            UsedBytes = records.Values.Sum(JournalRules.SizeOf),
        };
        var image = found with { Position = position, Records = records };
        var firstWaiting = Position.FirstWaiting;
        if (position.First > firstWaiting)
        {
            return Add(image, new JournalRecord.Gap(
                firstWaiting, position.First - 1, Reason.JournalWriteFailed, wallMs));
        }

        Position = position;
        return Write(image);
    }

    private bool Add(JournalImage to, JournalRecord.Gap gap) => Apply(
        to, to.Position,
        new JournalAppend([RecordFormat.Encode(gap)], gap.TimeMs, false, Plenty));
}
