using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Journal;

/// <summary>
/// The gateway's append-only record log on disk, by the rules of <see cref="JournalRules"/>. What
/// <see cref="Append"/> returned is fsynced; what a commit lets go the hub has. Offsets are dense,
/// and one offset of one epoch never has two contents. A disk that fails is tried again at each
/// append. Safe to use from several threads.
/// </summary>
public sealed class DiskJournal : IDisposable
{
    private const int SqliteFull = 13;
    private const long ReopenAfterMs = 2_000;

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly JournalLimits _limits;
    private readonly string _seed;
    private readonly DiskSpace _space;
    private JournalDisk? _disk;
    private JournalWitness? _witness;
    private JournalPosition _position = JournalPosition.None;

    // Of the last append, once it is on the disk: they are about to be sent.
    private ImmutableArray<JournalEntry> _newest = [];
    private string _fault = "";
    private long _triedMs;
    private int _epochs;
    private bool _isGapOwed;

    private DiskJournal(string path, JournalLimits limits, string seed)
    {
        (_path, _limits, _seed) = (path, limits, seed);
        _space = new DiskSpace(path);
    }

    public JournalPosition Position
    {
        get
        {
            lock (_lock)
            {
                return _position;
            }
        }
    }

    /// <summary>What the disk has left; null where that cannot be learned.</summary>
    public long? DiskFreeBytes => _space.FreeBytes;

    /// <param name="newEpoch">32 random hexadecimal digits, for a new journal.</param>
    /// <param name="now">For the name of a damaged file and the time of its gap record.</param>
    public static JournalOpening Open(
        string path, JournalLimits limits, string newEpoch, DateTimeOffset now)
    {
        var journal = new DiskJournal(path, limits, newEpoch);
        var opening = journal.OpenFile(now);
        if (opening.Fault is { Kind: OpenFaultKind.Foreign } foreign)
        {
            journal.Dispose();
            return new JournalOpening.Refused($"{path}: {foreign.Detail}");
        }

        return journal._disk is null
            ? new JournalOpening.NotYet(journal, $"{path}: {journal._fault}")
            : opening.MovedTo is { } movedTo
            ? new JournalOpening.StartedAgain(journal, opening.Fault!.Detail, movedTo)
            : new JournalOpening.Opened(journal);
    }

    /// <summary>
    /// The last time of each device under a clock that was right, in UTC milliseconds.
    /// </summary>
    public IReadOnlyDictionary<string, long> LastTimes()
    {
        lock (_lock)
        {
            return Try(disk => disk.LastTimes()) ?? [];
        }
    }

    /// <summary>One transaction, one fsync: all records or none.</summary>
    /// <param name="isClockSynced">Else no record is given up for its age.</param>
    public AppendOutcome Append(
        IReadOnlyList<JournalRecord> records, long nowMs, bool isClockSynced = false)
    {
        Invariant.That(records.Count > 0);
        ImmutableArray<byte[]> encoded = [.. records.Select(RecordFormat.Encode)];
        var times = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var image in records.OfType<JournalRecord.Image>())
        {
            if (image.Clock != ClockState.Unsynced)
            {
                times[image.Device] = image.TimeMs;
            }
        }

        lock (_lock)
        {
            Reopen(nowMs);
            var appended = Try(disk =>
            {
                var before = _position;
                var append = new JournalAppend(encoded, nowMs, isClockSynced, RoomBytes(disk));
                var change = JournalRules.Append(
                    before, append, disk.Held(before.First), _limits);
                disk.Apply(before, change, times);
                Take(change.After);
                _newest = records.Count == change.Records.Length
                    && records.Count <= AgentLimits.RecordsPerReadMax
                    ? [.. records.Select((record, i) => new JournalEntry(
                        before.Last + 1 + i, record, encoded[i].Length))]
                    : [];
                return new AppendOutcome.Appended(
                    before.Last + 1, change.After.Last, change.GaveUp);
            });
            return appended is null ? new AppendOutcome.Failed(_fault) : appended;
        }
    }

    /// <summary>
    /// Records from an offset on, in order. One that cannot be read any more has become a gap.
    /// </summary>
    public IReadOnlyList<JournalEntry> Read(long from, int max, long nowMs)
    {
        lock (_lock)
        {
            if (!_newest.IsEmpty && from >= _newest[0].Offset)
            {
                return [.. _newest.Skip((int)(from - _newest[0].Offset)).Take(max)];
            }

            return Try(disk =>
            {
                var entries = new List<JournalEntry>();
                foreach (var held in disk.Held(from).Take(max).ToList())
                {
                    var record = RecordFormat.Decode(held.Bytes, out _)
                        ?? Replaced(disk, held.Offset, nowMs);
                    entries.Add(new JournalEntry(held.Offset, record, held.Bytes.Length));
                }

                return entries;
            }) ?? [];
        }
    }

    /// <summary>
    /// The hub has everything up to there. Only a commit of this very journal is obeyed. It is on
    /// the disk with the next append: until then a restart sends again what the hub knows.
    /// </summary>
    public TrimOutcome Trim(string epoch, long upTo, long nowMs)
    {
        lock (_lock)
        {
            var outcome = JournalRules.JudgeCommit(_position, epoch, upTo);
            if (outcome == TrimOutcome.Trimmed)
            {
                _position = JournalRules.Commit(_position, upTo, nowMs, _limits);
            }

            return outcome;
        }
    }

    /// <summary>Goes back to what is still held after an offset; whether there was any.</summary>
    public bool Rewind(string epoch, long upTo)
    {
        lock (_lock)
        {
            var rewound = JournalRules.Rewind(_position, epoch, upTo);
            _position = rewound ?? _position;
            return rewound is not null;
        }
    }

    /// <summary>
    /// The number of the next MQTT session, 0 to 255 and round again; kept on disk.
    /// </summary>
    public int NextBdSeq()
    {
        lock (_lock)
        {
            return Try(disk =>
            {
                var next = (int)disk.BdSeq;
                disk.BdSeq = (next + 1) % 256;
                disk.Keep(_position);
                return (object)next;
            }) as int? ?? 0;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            Try(disk =>
            {
                disk.Keep(_position);
                return _position;
            });
            Close();
        }
    }

    private long RoomBytes(JournalDisk disk) =>
        _space.FreeBytes is { } free && free < _limits.FreeBytesMin
            ? disk.FreeBytes
            : long.MaxValue / 2;

    private static JournalRecord.Gap Replaced(JournalDisk disk, long offset, long nowMs)
    {
        var gap = new JournalRecord.Gap(offset, offset, Reason.JournalCorrupt, nowMs);
        disk.Replace(offset, gap);
        return gap;
    }

    private void Take(JournalPosition position)
    {
        _position = position;
        _witness?.Write(position);
    }

    /// <summary>Null where the disk failed; then the fault says how.</summary>
    private T? Try<T>(Func<JournalDisk, T> use)
        where T : class
    {
        if (_disk is null)
        {
            return null;
        }

        try
        {
            return use(_disk);
        }
        catch (SqliteException e)
        {
            _fault = e.Message;
            if (e.SqliteErrorCode != SqliteFull)
            {
                // Read-only, an I/O error, damage: nothing that is open can be relied upon.
                Close();
            }
            else if (_space.Release())
            {
                return Try(use);
            }

            return null;
        }
    }

    private void Reopen(long nowMs)
    {
        if (_disk is not null && !File.Exists(_path))
        {
            // Somebody took it away. What would be written now would end with this process.
            Close();
        }

        if (_disk is null && Math.Abs(nowMs - _triedMs) >= ReopenAfterMs)
        {
            OpenFile(DateTimeOffset.FromUnixTimeMilliseconds(nowMs));
        }
    }

    private FileOpening OpenFile(DateTimeOffset now)
    {
        var nowMs = now.ToUnixTimeMilliseconds();
        _triedMs = nowMs;
        _newest = [];
        var opening = JournalFile.Open(_path, _limits, NextEpoch(), _position, now);
        if (opening.Disk is null)
        {
            _fault = opening.Fault!.Detail;
            return opening;
        }

        _disk = opening.Disk;
        var epoch = opening.Position.Epoch;
        _isGapOwed |= opening.MovedTo is not null
            || (_position.IsOpen && _position.Epoch != epoch)
            || (opening.IsNew && JournalWitness.IsThere(_path));
        _witness = JournalWitness.Open(_path);
        if (Try(disk => Settle(disk, opening.Position, nowMs)) is { } position)
        {
            Take(position);
            _isGapOwed = false;
            _space.Keep();
        }
        else
        {
            // What the file holds is not what is known here; it is opened again from the start.
            Close();
        }

        return opening;
    }

    /// <summary>Brings a file that was just opened and what is known of it together.</summary>
    private JournalPosition Settle(JournalDisk disk, JournalPosition found, long nowMs)
    {
        var gap = _isGapOwed
            // 0 to 0: which records of the lost journal were not sent nobody knows any more.
            ? new JournalRecord.Gap(0, 0, Reason.JournalCorrupt, nowMs)
            : null;
        if (found.Epoch == _position.Epoch)
        {
            // What an append left that was said to have failed nobody has seen: it comes again.
            disk.TakeBack(_position);
            found = _position with { First = found.First, UsedBytes = disk.UsedBytes };
            gap = found.First > _position.FirstWaiting
                ? new JournalRecord.Gap(
                    _position.FirstWaiting, found.First - 1, Reason.JournalWriteFailed, nowMs)
                : null;
        }

        if (gap is null)
        {
            return found;
        }

        var append = new JournalAppend([RecordFormat.Encode(gap)], nowMs, false, long.MaxValue / 2);
        var change = JournalRules.Append(found, append, [], _limits);
        disk.Apply(found, change, new Dictionary<string, long>());
        return change.After;
    }

    /// <summary>Random as the first one was, and never the same twice.</summary>
    private string NextEpoch()
    {
        _epochs++;
        return _epochs == 1
            ? _seed
            : Convert.ToHexStringLower(
                SHA256.HashData(Encoding.ASCII.GetBytes($"{_seed} {_epochs}")))[..32];
    }

    private void Close()
    {
        try
        {
            _disk?.Dispose();
        }
        catch (SqliteException)
        {
            // The disk took the last words no more; nothing that was promised is among them.
        }

        _disk = null;
        _witness?.Dispose();
        _witness = null;
    }
}
