using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Data.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Journal;

/// <summary>
/// An open journal file. It carries out what the rules say, one durable transaction a change, and
/// throws SqliteException where the disk does not take it. Used under the lock of its journal.
/// </summary>
internal sealed class JournalDisk : IDisposable
{
    private const int PageBytes = 4096;

    /// <summary>Pages that are given back to the file system at one append.</summary>
    private const int PagesReturnedAtOnce = 256;

    private readonly SqliteConnection _connection;
    private readonly SqliteCommand _begin;
    private readonly SqliteCommand _commit;
    private readonly SqliteCommand _held;
    private readonly SqliteCommand _freePages;
    private readonly SqliteCommand _insert;
    private readonly SqliteCommand _keepTime;
    private readonly SqliteCommand _setMeta;

    public JournalDisk(SqliteConnection connection)
    {
        _connection = connection;

        // What each append needs is kept: to parse it anew would cost more than to run it.
        _begin = Command("BEGIN IMMEDIATE");
        _commit = Command("COMMIT");
        _freePages = Command("PRAGMA freelist_count");
        _held = Command(
            "SELECT offset, bytes, crc FROM record WHERE offset >= $from ORDER BY offset",
            ("$from", SqliteType.Integer));
        _insert = Command(
            "INSERT INTO record(offset, bytes, crc) VALUES ($offset, $bytes, $crc)",
            ("$offset", SqliteType.Integer), ("$bytes", SqliteType.Blob),
            ("$crc", SqliteType.Integer));
        _keepTime = Command(
            "INSERT OR REPLACE INTO device_time VALUES ($device, $time)",
            ("$device", SqliteType.Text), ("$time", SqliteType.Integer));
        _setMeta = Command(
            """
            INSERT OR REPLACE INTO meta VALUES
            ('last', $last), ('committed', $committed), ('marks', $marks), ('bd_seq', $bdSeq),
            ('check', $check)
            """,
            ("$last", SqliteType.Text), ("$committed", SqliteType.Text),
            ("$marks", SqliteType.Text), ("$bdSeq", SqliteType.Text),
            ("$check", SqliteType.Text));
        BdSeq = JournalSchema.ReadNumber(connection, "bd_seq") ?? 0;
    }

    /// <summary>The number of the next MQTT session; written with the next change.</summary>
    public long BdSeq { get; set; }

    /// <summary>Bytes of pages that are in the file and hold nothing.</summary>
    public long FreeBytes => PageBytes * FreePages;

    /// <summary>Of the records, as the limits count them.</summary>
    public long UsedBytes
    {
        get
        {
            using var command = Command(
                "SELECT COALESCE(SUM(LENGTH(bytes) + $overhead), 0) FROM record");
            command.Parameters.AddWithValue("$overhead", JournalLimits.RecordOverheadBytes);
            return (long)command.ExecuteScalar()!;
        }
    }

    /// <summary>What the file says it holds, or null and why that cannot be.</summary>
    public JournalPosition? ReadPosition(out string? fault)
    {
        var meta = new Dictionary<string, string>(StringComparer.Ordinal);
        using (var command = Command("SELECT key, value FROM meta"))
        using (var reader = command.ExecuteReader())
        {
            while (reader.Read())
            {
                meta[reader.GetString(0)] = reader.GetString(1);
            }
        }

        fault = "its tables lack rows, or a bit of them has changed";
        var (epoch, check) = (meta.GetValueOrDefault("epoch", ""), meta.GetValueOrDefault("check"));
        if (epoch.Length != 32 || MarksOf(meta.GetValueOrDefault("marks", "")) is not { } marks
            || Number(meta, "committed") is not { } committed
            || Number(meta, "last") is not { } lastGiven || Number(meta, "bd_seq") is not { } bdSeq
            || (check is { Length: > 0 } && check != Check(epoch, meta["last"], meta["committed"],
                meta["marks"], meta["bd_seq"])))
        {
            return null;
        }

        BdSeq = bdSeq;
        fault = "its offsets have holes";
        using var held = Command(
            """
            SELECT COUNT(*), COALESCE(MIN(offset), $last + 1), COALESCE(MAX(offset), $last)
            FROM record
            """);
        held.Parameters.AddWithValue("$last", lastGiven);
        using var row = held.ExecuteReader();
        row.Read();
        var (count, first, last) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        if (count != last - first + 1 || last != lastGiven || committed > last)
        {
            return null;
        }

        fault = null;
        return new JournalPosition(epoch, first, last, committed, UsedBytes)
        {
            Marks = marks,
        };
    }

    public Dictionary<string, long> LastTimes()
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

    /// <summary>
    /// Records from an offset on; one whose bytes have changed is all zeros. To be gone through
    /// before the next change and before it is asked for again.
    /// </summary>
    public IEnumerable<HeldRecord> Held(long from)
    {
        _held.Parameters[0].Value = from;
        using var reader = _held.ExecuteReader();
        while (reader.Read())
        {
            var (offset, bytes) = (reader.GetInt64(0), reader.GetValue(1) as byte[] ?? []);
            var isSound = reader.IsDBNull(2)
                || reader.GetInt64(2) == RecordCheck.Of(offset, bytes);
            yield return new HeldRecord(offset, isSound ? bytes : new byte[bytes.Length]);
        }
    }

    /// <summary>One transaction, one fsync: the whole change or nothing.</summary>
    /// <param name="times">The last time of each device, to keep.</param>
    public void Apply(
        JournalPosition before, JournalChange change, IReadOnlyDictionary<string, long> times)
    {
        InTransaction(() =>
        {
            if (change.DeleteUpTo >= before.First)
            {
                Delete("offset <= $at", change.DeleteUpTo);
            }

            var offset = before.Last;
            foreach (var bytes in change.Records)
            {
                offset++;
                Run(_insert, offset, bytes, (long)RecordCheck.Of(offset, bytes));
            }

            foreach (var (device, timeMs) in times)
            {
                Run(_keepTime, device, timeMs);
            }

            SetMeta(change.After);
        });
        ReturnPages();
    }

    /// <summary>
    /// Takes back what an append left that was said to have failed: nobody has seen it.
    /// </summary>
    public void TakeBack(JournalPosition to) => InTransaction(() =>
    {
        Delete("offset > $at", to.Last);
        SetMeta(to);
    });

    /// <summary>Writes the gap in the place of a record that cannot be read any more.</summary>
    public void Replace(long offset, JournalRecord.Gap gap)
    {
        var bytes = RecordFormat.Encode(gap);
        using var command = Command("UPDATE record SET bytes = $b, crc = $c WHERE offset = $o");
        command.Parameters.AddWithValue("$b", bytes);
        command.Parameters.AddWithValue("$c", (long)RecordCheck.Of(offset, bytes));
        command.Parameters.AddWithValue("$o", offset);
        command.ExecuteNonQuery();
    }

    /// <summary>Writes the position alone.</summary>
    public void Keep(JournalPosition position) => SetMeta(position);

    public void Dispose()
    {
        Array.ForEach(
            [_begin, _commit, _held, _freePages, _insert, _keepTime, _setMeta],
            command => command.Dispose());
        _connection.Dispose();
    }

    private void InTransaction(Action change)
    {
        Run(_begin);
        try
        {
            change();
            Run(_commit);
        }
        catch
        {
            RollBack();
            throw;
        }
    }

    private void RollBack()
    {
        try
        {
            JournalSchema.Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // SQLite has done so by itself, as it does where the disk is full.
        }
    }

    private void SetMeta(JournalPosition position)
    {
        var (last, committed) = (Text(position.Last), Text(position.Committed));
        var (marks, bdSeq) = (Text(position.Marks), Text(BdSeq));
        Run(
            _setMeta, last, committed, marks, bdSeq,
            Check(position.Epoch, last, committed, marks, bdSeq));
    }

    /// <summary>
    /// A quarter of the file may be empty, for the next records. What is beyond goes back to the
    /// file system, a little at a time.
    /// </summary>
    private void ReturnPages()
    {
        var free = FreePages;
        if (free > PagesReturnedAtOnce && free > Pragma("page_count") / 4)
        {
            using var command = Command($"PRAGMA incremental_vacuum({PagesReturnedAtOnce})");
            using var reader = command.ExecuteReader();
            while (reader.Read())
            {
                // Each step returns one page.
            }
        }
    }

    private void Delete(string where, long at)
    {
        using var command = Command($"DELETE FROM record WHERE {where}");
        command.Parameters.AddWithValue("$at", at);
        command.ExecuteNonQuery();
    }

    private long FreePages => (long)_freePages.ExecuteScalar()!;

    private long Pragma(string name) =>
        (long)JournalSchema.Scalar(_connection, $"PRAGMA {name}")!;

    private SqliteCommand Command(string sql, params (string Name, SqliteType Type)[] parameters)
    {
        var command = _connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, type) in parameters)
        {
            command.Parameters.Add(name, type);
        }

        return command;
    }

    private static void Run(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }

        command.ExecuteNonQuery();
    }

    private static string Check(params ReadOnlySpan<string> values) =>
        Text(RecordCheck.Of(string.Join('|', values)));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Text(ImmutableArray<CommitMark> marks) =>
        string.Join(' ', marks.Select(mark => $"{Text(mark.UpTo)}:{Text(mark.AtMs)}"));

    private static long? Number(Dictionary<string, string> meta, string key) =>
        long.TryParse(meta.GetValueOrDefault(key), CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static ImmutableArray<CommitMark>? MarksOf(string text)
    {
        var marks = ImmutableArray.CreateBuilder<CommitMark>();
        foreach (var one in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = one.IndexOf(':', StringComparison.Ordinal);
            if (colon < 0
                || !long.TryParse(one[..colon], CultureInfo.InvariantCulture, out var upTo)
                || !long.TryParse(one[(colon + 1)..], CultureInfo.InvariantCulture, out var atMs))
            {
                return null;
            }

            marks.Add(new CommitMark(upTo, atMs));
        }

        return marks.ToImmutable();
    }
}
