using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Journal;

/// <summary>
/// The gateway's append-only record log on disk. What <see cref="Append"/> returned is fsynced;
/// what <see cref="Trim"/> took away the hub has. Offsets are dense, and one offset of one epoch
/// never has two contents. Safe to use from several threads.
/// </summary>
public sealed class DiskJournal : IDisposable
{
    /// <summary>The share of the limit that is given up at once, so that gaps stay few.</summary>
    private const int GiveUpShare = 16;

    private readonly Lock _lock = new();
    private readonly SqliteConnection _connection;
    private readonly JournalLimits _limits;
    private JournalPosition _position;
    private long? _bdSeq;

    internal DiskJournal(
        SqliteConnection connection, JournalLimits limits, JournalPosition position)
    {
        _connection = connection;
        _limits = limits;
        _position = position;
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

    /// <param name="newEpoch">32 random hexadecimal digits, for a new journal.</param>
    /// <param name="now">For the name of a damaged file and the time of its gap record.</param>
    public static JournalOpening Open(
        string path, JournalLimits limits, string newEpoch, DateTimeOffset now) =>
        JournalFile.Open(path, limits, newEpoch, now);

    /// <summary>The last record time of each device, in UTC milliseconds.</summary>
    public IReadOnlyDictionary<string, long> LastTimes()
    {
        lock (_lock)
        {
            using var command = Command("SELECT device, time_ms FROM device_time");
            using var reader = command.ExecuteReader();
            var times = new Dictionary<string, long>(StringComparer.Ordinal);
            while (reader.Read())
            {
                times.Add(reader.GetString(0), reader.GetInt64(1));
            }

            return times;
        }
    }

    /// <summary>One transaction, one fsync: all records or none.</summary>
    public AppendOutcome Append(IReadOnlyList<JournalRecord> records, long nowMs)
    {
        Invariant.That(records.Count > 0);
        lock (_lock)
        {
            try
            {
                return AppendLocked(records, nowMs);
            }
            catch (SqliteException e)
            {
                return new AppendOutcome.Failed(e.Message);
            }
        }
    }

    /// <summary>Records from an offset on, in order. One that cannot be read is a gap.</summary>
    public IReadOnlyList<JournalEntry> Read(long from, int max, long nowMs)
    {
        lock (_lock)
        {
            using var command = Command(
                "SELECT offset, bytes FROM record WHERE offset >= $from "
                + "ORDER BY offset LIMIT $max");
            command.Parameters.AddWithValue("$from", from);
            command.Parameters.AddWithValue("$max", max);
            using var reader = command.ExecuteReader();
            var entries = new List<JournalEntry>();
            while (reader.Read())
            {
                var offset = reader.GetInt64(0);
                var bytes = reader.GetFieldValue<byte[]>(1);
                var record = RecordFormat.Decode(bytes, out _)
                    ?? new JournalRecord.Gap(offset, offset, Reason.JournalCorrupt, nowMs);
                entries.Add(new JournalEntry(offset, record, bytes.Length));
            }

            return entries;
        }
    }

    /// <summary>Forgets what the hub has. Only a commit of this very journal is obeyed.</summary>
    public TrimOutcome Trim(string epoch, long upTo)
    {
        lock (_lock)
        {
            var allowed = JudgeTrim(_position, epoch, upTo);
            try
            {
                if (allowed == TrimOutcome.Trimmed)
                {
                    TrimLocked(upTo);
                }

                return allowed;
            }
            catch (SqliteException)
            {
                return TrimOutcome.NotWritten;
            }
        }
    }

    /// <summary>What a trim would answer; the rule by itself.</summary>
    public static TrimOutcome JudgeTrim(JournalPosition position, string epoch, long upTo)
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
    /// The number of the next MQTT session, 0 to 255 and round again; kept on disk.
    /// </summary>
    public int NextBdSeq()
    {
        lock (_lock)
        {
            _bdSeq ??= JournalSchema.ReadNumber(_connection, "bd_seq");
            var next = (int)(_bdSeq ?? 0);
            _bdSeq = (next + 1) % 256;
            try
            {
                SetMeta("bd_seq", _bdSeq.Value);
            }
            catch (SqliteException)
            {
                // A full disk must not keep the records that wait from being sent: count in memory.
            }

            return next;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _connection.Dispose();
        }
    }

    private void TrimLocked(long upTo)
    {
        using var transaction = _connection.BeginTransaction();
        var freed = Delete(upTo);
        SetMeta("committed", upTo);
        transaction.Commit();
        _position = _position with
        {
            First = Math.Max(_position.First, upTo + 1),
            Committed = upTo,
            UsedBytes = _position.UsedBytes - freed,
        };
    }

    private AppendOutcome.Appended AppendLocked(IReadOnlyList<JournalRecord> records, long nowMs)
    {
        var encoded = records.Select(RecordFormat.Encode).ToList();
        using var transaction = _connection.BeginTransaction();
        var position = _position;
        JournalRecord.Gap? gap = null;
        var needed = encoded.Sum(bytes => (long)bytes.Length + JournalLimits.RecordOverheadBytes);
        if (position.UsedBytes + needed > _limits.BytesMax && position.First <= position.Last)
        {
            (gap, position) = GiveUpOldest(position, needed, nowMs);
            encoded.Add(RecordFormat.Encode(gap));
        }

        var first = position.Last + 1;
        foreach (var bytes in encoded)
        {
            position = Insert(position, bytes);
        }

        foreach (var image in records.OfType<JournalRecord.Image>())
        {
            KeepTime(image);
        }

        SetMeta("last", position.Last);
        transaction.Commit();
        _position = position;
        return new AppendOutcome.Appended(first, position.Last, gap);
    }

    private JournalPosition Insert(JournalPosition position, byte[] bytes)
    {
        using var command = Command("INSERT INTO record VALUES ($offset, $bytes)");
        command.Parameters.AddWithValue("$offset", position.Last + 1);
        command.Parameters.AddWithValue("$bytes", bytes);
        command.ExecuteNonQuery();
        return position with
        {
            Last = position.Last + 1,
            UsedBytes = position.UsedBytes + bytes.Length + JournalLimits.RecordOverheadBytes,
        };
    }

    private void KeepTime(JournalRecord.Image image)
    {
        using var command = Command(
            """
            INSERT INTO device_time VALUES ($device, $time)
            ON CONFLICT (device) DO UPDATE SET time_ms = $time
            """);
        command.Parameters.AddWithValue("$device", image.Device);
        command.Parameters.AddWithValue("$time", image.TimeMs);
        command.ExecuteNonQuery();
    }

    private (JournalRecord.Gap Gap, JournalPosition After) GiveUpOldest(
        JournalPosition position, long needed, long nowMs)
    {
        var toFree = Math.Max(needed, _limits.BytesMax / GiveUpShare);
        var (upTo, freed, first) = (position.First - 1, 0L, position.First);
        using (var command = Command("SELECT offset, bytes FROM record ORDER BY offset"))
        using (var reader = command.ExecuteReader())
        {
            while (freed < toFree && reader.Read())
            {
                var bytes = reader.GetFieldValue<byte[]>(1);
                upTo = reader.GetInt64(0);
                freed += bytes.Length + JournalLimits.RecordOverheadBytes;
                if (RecordFormat.Decode(bytes, out _) is JournalRecord.Gap { First: > 0 } older)
                {
                    // A gap record that is given up in turn lives on in the new one.
                    first = Math.Min(first, older.First);
                }
            }
        }

        Delete(upTo);
        var gap = new JournalRecord.Gap(first, upTo, Reason.JournalFull, nowMs);
        return (gap, position with { First = upTo + 1, UsedBytes = position.UsedBytes - freed });
    }

    private long Delete(long upTo)
    {
        using var sum = Command(
            "SELECT COALESCE(SUM(LENGTH(bytes) + $overhead), 0) FROM record WHERE offset <= $upTo");
        sum.Parameters.AddWithValue("$overhead", JournalLimits.RecordOverheadBytes);
        sum.Parameters.AddWithValue("$upTo", upTo);
        var freed = (long)sum.ExecuteScalar()!;
        using var delete = Command("DELETE FROM record WHERE offset <= $upTo");
        delete.Parameters.AddWithValue("$upTo", upTo);
        delete.ExecuteNonQuery();
        return freed;
    }

    private void SetMeta(string key, long value)
    {
        using var command = Command("UPDATE meta SET value = $value WHERE key = $key");
        command.Parameters.AddWithValue("$key", key);
        command.Parameters.AddWithValue("$value", value.ToString(CultureInfo.InvariantCulture));
        command.ExecuteNonQuery();
    }

    private SqliteCommand Command(string sql)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command;
    }
}
