using System.Collections.Immutable;
using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Journal;

/// <summary>A record as the disk holds it, for the rules to look at.</summary>
public readonly record struct HeldRecord(long Offset, byte[] Bytes);

/// <summary>What is to be appended, and what the rules must know of this moment.</summary>
/// <param name="Records">Their encoded forms, in order.</param>
/// <param name="NowMs">UTC milliseconds.</param>
/// <param name="IsClockSynced">Else nothing is judged by its age.</param>
/// <param name="RoomBytes">What the disk has left above the floor of free space.</param>
public sealed record JournalAppend(
    ImmutableArray<byte[]> Records, long NowMs, bool IsClockSynced, long RoomBytes);

/// <summary>
/// What a disk has to do in one durable transaction: delete up to an offset, then append. Only
/// when that has succeeded does <see cref="After"/> hold.
/// </summary>
/// <param name="DeleteUpTo">Everything up to here goes; First - 1 for nothing.</param>
/// <param name="Records">The first of them gets the offset after the last one held.</param>
/// <param name="GaveUp">The gap record among them; null: nothing unsent was given up.</param>
public sealed record JournalChange(
    JournalPosition After, long DeleteUpTo, ImmutableArray<byte[]> Records,
    JournalRecord.Gap? GaveUp);

/// <summary>
/// The rules of the journal: which offset comes next, which commit is obeyed, what goes when
/// there is no room. No I/O and no clock, so that they can be simulated over any disk.
/// </summary>
public static class JournalRules
{
    /// <summary>The share of the journal that is given up at once: gaps stay few.</summary>
    private const int GiveUpShare = 16;

    /// <summary>
    /// What the hub has is kept only while the journal is below this share of its limit.
    /// </summary>
    private const int GraceShare = 4;

    /// <summary>Commits that are remembered with their time, for the grace.</summary>
    private const int MarksMax = 32;

    /// <summary>What the hub has and goes without need, at one append.</summary>
    private const int ForgottenAtOnceMax = 4_096;

    public static long SizeOf(byte[] bytes) => bytes.Length + JournalLimits.RecordOverheadBytes;

    /// <summary>Whether a commit is obeyed. In order of precedence.</summary>
    public static TrimOutcome JudgeCommit(JournalPosition position, string epoch, long upTo)
    {
        if (epoch != position.Epoch)
        {
            return TrimOutcome.ForeignEpoch;
        }

        if (upTo > position.Last)
        {
            return TrimOutcome.BeyondLast;
        }

        return upTo <= position.Committed ? TrimOutcome.AlreadyTrimmed : TrimOutcome.Trimmed;
    }

    /// <summary>
    /// The hub has everything up to there. It may be forgotten from now on, and is when the grace
    /// is over or there is need of room.
    /// </summary>
    public static JournalPosition Commit(
        JournalPosition position, long upTo, long nowMs, JournalLimits limits)
    {
        Invariant.That(upTo > position.Committed && upTo <= position.Last);
        var (marks, everyMs) = (position.Marks, limits.Grace.TotalMilliseconds / MarksMax);
        marks = !marks.IsEmpty && nowMs - marks[^1].AtMs < everyMs
            ? marks.SetItem(marks.Length - 1, marks[^1] with { UpTo = upTo })
            : marks.Add(new CommitMark(upTo, nowMs));

        // Without the oldest mark its records count with the next one: they stay a little longer.
        marks = marks.Length > MarksMax + 1 ? marks.RemoveAt(0) : marks;
        return position with { Committed = upTo, Marks = marks };
    }

    /// <summary>
    /// A hub whose store was put back to an older state asks for what it has no more. It gets what
    /// is still held; null: there is nothing to go back to.
    /// </summary>
    public static JournalPosition? Rewind(JournalPosition position, string epoch, long upTo)
    {
        var committed = Math.Max(upTo, position.First - 1);
        return epoch == position.Epoch && committed < position.Committed
            ? position with
            {
                Committed = committed,
                Marks = [.. position.Marks.Where(mark => mark.UpTo <= committed)],
            }
            : null;
    }

    /// <summary>Makes room and appends.</summary>
    /// <param name="oldest">The records held, from the oldest on; read as far as is needed.</param>
    public static JournalChange Append(
        JournalPosition position, JournalAppend append, IEnumerable<HeldRecord> oldest,
        JournalLimits limits)
    {
        var removal = new Removal(position, append, limits);
        foreach (var record in oldest)
        {
            if (!removal.Takes(record))
            {
                break;
            }
        }

        var records = append.Records.AddRange(removal.Carried.Select(RecordFormat.Encode));
        if (removal.Gap is { } gap)
        {
            records = records.Add(RecordFormat.Encode(gap));
        }

        var after = position with
        {
            First = removal.UpTo + 1,
            Last = position.Last + records.Length,
            UsedBytes = position.UsedBytes - removal.FreedBytes + records.Sum(SizeOf),
            Marks = [.. position.Marks.Where(mark => mark.UpTo > removal.UpTo)],
        };
        return new JournalChange(after, removal.UpTo, records, removal.Gap);
    }

    /// <summary>Goes through the records from the oldest on and says which have to go.</summary>
    private sealed class Removal
    {
        private readonly JournalPosition _position;
        private readonly JournalAppend _append;
        private readonly JournalLimits _limits;
        private readonly long _neededBytes;
        private readonly long _expiredUpTo;
        private readonly List<JournalRecord> _carried = [];
        private long _gapFirst = long.MaxValue;
        private Reason _reason;

        // Once something is given up, it goes on to here, so that the next append finds room.
        private long _freeAtLeast;
        private long _olderThanMs;

        public Removal(JournalPosition position, JournalAppend append, JournalLimits limits)
        {
            (_position, _append, _limits) = (position, append, limits);
            _neededBytes = append.Records.Sum(SizeOf);
            _expiredUpTo = ExpiredUpTo();
            _olderThanMs = append.IsClockSynced && limits.AgeMax is { } age
                ? append.NowMs - (long)age.TotalMilliseconds
                : long.MinValue;
            UpTo = position.First - 1;
        }

        public long UpTo { get; private set; }

        public long FreedBytes { get; private set; }

        /// <summary>Given up, but to be known all the same: it is appended again.</summary>
        public IEnumerable<JournalRecord> Carried => _carried;

        public JournalRecord.Gap? Gap => _reason == Reason.None
            ? null
            : new JournalRecord.Gap(_gapFirst, UpTo, _reason, _append.NowMs);

        private long UsedAfter => _position.UsedBytes - FreedBytes + _neededBytes;

        private bool IsShort => UsedAfter > _limits.BytesMax
            || _neededBytes > _append.RoomBytes + FreedBytes;

        public bool Takes(HeldRecord record)
        {
            if (record.Offset <= _position.Committed ? !MayForget(record) : !MustGiveUp(record))
            {
                return false;
            }

            UpTo = record.Offset;
            FreedBytes += SizeOf(record.Bytes);
            return true;
        }

        private bool MayForget(HeldRecord record) =>
            IsShort
            || ((record.Offset <= _expiredUpTo || UsedAfter > _limits.BytesMax / GraceShare)
                && record.Offset - _position.First < ForgottenAtOnceMax);

        private bool MustGiveUp(HeldRecord record)
        {
            var decoded = RecordFormat.Decode(record.Bytes, out _);
            var reason = UsedAfter > _limits.BytesMax ? Reason.JournalFull
                : IsShort ? Reason.DiskSpace
                : FreedBytes < _freeAtLeast ? _reason
                : IsTooOld(decoded) ? Reason.JournalAge
                : Reason.None;
            if (reason == Reason.None)
            {
                return false;
            }

            if (_reason == Reason.None)
            {
                Begin(reason);
            }

            _gapFirst = Math.Min(_gapFirst, record.Offset);
            Carry(decoded);
            return true;
        }

        private void Begin(Reason reason)
        {
            _reason = reason;
            if (reason == Reason.JournalAge)
            {
                _olderThanMs += (long)_limits.AgeMax!.Value.TotalMilliseconds / GiveUpShare;
            }
            else
            {
                _freeAtLeast = FreedBytes + Math.Min(
                    _limits.BytesMax, _position.UsedBytes) / GiveUpShare;
            }
        }

        // A wrong clock tells no age: what was written under one stays until there is need.
        private bool IsTooOld(JournalRecord? record) =>
            record is JournalRecord.Image { Clock: not ClockState.Unsynced } image
            && image.TimeMs < _olderThanMs;

        private void Carry(JournalRecord? record)
        {
            switch (record)
            {
                case JournalRecord.Gap { First: > 0 } older:
                    // A gap record that is given up in turn lives on in the new one.
                    _gapFirst = Math.Min(_gapFirst, older.First);
                    break;
                case JournalRecord.Correction correction
                    when correction.First <= _position.Committed:
                    // The hub has records that are wrong without it.
                    _carried.Add(correction);
                    break;
                case JournalRecord.Gap lost when !_carried.Exists(one =>
                    one is JournalRecord.Gap other && other.Reason == lost.Reason):
                    _carried.Add(lost);
                    break;
            }
        }

        private long ExpiredUpTo()
        {
            if (_limits.Grace <= TimeSpan.Zero)
            {
                return _position.Committed;
            }

            // A mark from far ahead is of a clock that was wrong.
            var graceMs = (long)_limits.Grace.TotalMilliseconds;
            return _position.Marks
                .Where(mark => Math.Abs(_append.NowMs - mark.AtMs) >= graceMs)
                .Select(mark => mark.UpTo).DefaultIfEmpty(0).Max();
        }
    }
}
