using System.Globalization;
using Microsoft.Data.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Journal;

/// <summary>Opens the file of a journal, whatever state it is in.</summary>
internal static class JournalFile
{
    private const int SqliteBusy = 5;
    private const int SqliteCorrupt = 11;
    private const int SqliteNotADatabase = 26;
    private const int PageBytes = 4096;

    public static JournalOpening Open(
        string path, JournalLimits limits, string newEpoch, DateTimeOffset now)
    {
        var (journal, fault, isDamaged) = TryOpen(path, limits, newEpoch);
        if (journal is not null)
        {
            return new JournalOpening.Opened(journal);
        }

        if (!isDamaged)
        {
            return new JournalOpening.Refused($"{path}: {fault}");
        }

        var stamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var movedTo = $"{path}.damaged-{stamp}";
        foreach (var part in new[] { "", "-wal", "-shm" })
        {
            if (File.Exists(path + part))
            {
                File.Move(path + part, movedTo + part, overwrite: true);
            }
        }

        return StartAgain(path, limits, newEpoch, now, (fault ?? "", movedTo));
    }

    private static JournalOpening StartAgain(
        string path, JournalLimits limits, string newEpoch, DateTimeOffset now,
        (string Fault, string MovedTo) damage)
    {
        var (journal, fault, _) = TryOpen(path, limits, newEpoch);
        if (journal is null)
        {
            return new JournalOpening.Refused($"{path}: {fault}");
        }

        // 0 to 0: which records of the lost journal were not yet sent, nobody knows any more.
        var nowMs = now.ToUnixTimeMilliseconds();
        var gap = new JournalRecord.Gap(0, 0, Reason.JournalCorrupt, nowMs);
        if (journal.Append([gap], nowMs) is AppendOutcome.Failed failed)
        {
            journal.Dispose();
            return new JournalOpening.Refused($"{path}: {failed.Detail}");
        }

        return new JournalOpening.StartedAgain(journal, damage.Fault, damage.MovedTo);
    }

    private static (DiskJournal? Journal, string? Fault, bool IsDamaged) TryOpen(
        string path, JournalLimits limits, string newEpoch)
    {
        // Pooling would keep the file open after it is moved aside.
        var settings = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = false,
            DefaultTimeout = 2,
        };
        var connection = new SqliteConnection(settings.ToString());
        try
        {
            connection.Open();
            Prepare(connection, limits);
            var check = (string)JournalSchema.Scalar(connection, "PRAGMA quick_check(1)")!;
            if (check != "ok")
            {
                connection.Dispose();
                return (null, check, true);
            }

            if (JournalSchema.Migrate(connection, newEpoch) is { } refused)
            {
                connection.Dispose();
                return (null, refused, false);
            }

            if (ReadPosition(connection) is { } position)
            {
                return (new DiskJournal(connection, limits, position), null, false);
            }

            connection.Dispose();
            return (null, "its offsets have holes or its tables lack rows", true);
        }
        catch (SqliteException e)
        {
            connection.Dispose();
            var isDamaged = e.SqliteErrorCode is SqliteCorrupt or SqliteNotADatabase;
            var detail = e.SqliteErrorCode == SqliteBusy ? "another process uses it" : e.Message;
            return (null, detail, isDamaged);
        }
    }

    private static void Prepare(SqliteConnection connection, JournalLimits limits)
    {
        // One owner: a second agent on the same folder would give one offset two contents.
        JournalSchema.Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
        JournalSchema.Execute(connection, "PRAGMA journal_mode = WAL");
        JournalSchema.Execute(connection, "PRAGMA synchronous = FULL");
        JournalSchema.Execute(connection, $"PRAGMA journal_size_limit = {16 << 20}");

        // Pages are never full to the last byte; the byte limit is reached before this one.
        var pagesMax = (limits.BytesMax * 2 + (32L << 20)) / PageBytes;
        JournalSchema.Execute(connection, $"PRAGMA max_page_count = {pagesMax}");
        JournalSchema.Execute(connection, "BEGIN IMMEDIATE; COMMIT");
    }

    private static JournalPosition? ReadPosition(SqliteConnection connection)
    {
        var epoch = JournalSchema.Scalar(
            connection, "SELECT value FROM meta WHERE key = 'epoch'") as string;
        var committed = JournalSchema.ReadNumber(connection, "committed");
        var lastGiven = JournalSchema.ReadNumber(connection, "last");
        if (epoch is not { Length: 32 } || committed is null || lastGiven is null
            || JournalSchema.ReadNumber(connection, "bd_seq") is null)
        {
            return null;
        }

        using var command = connection.CreateCommand();
        command.CommandText =
            """
            SELECT COUNT(*), COALESCE(MIN(offset), $last + 1), COALESCE(MAX(offset), $last),
              COALESCE(SUM(LENGTH(bytes) + $overhead), 0) FROM record
            """;
        command.Parameters.AddWithValue("$last", lastGiven.Value);
        command.Parameters.AddWithValue("$overhead", JournalLimits.RecordOverheadBytes);
        using var reader = command.ExecuteReader();
        reader.Read();
        var (count, first, last) = (reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2));
        return count == last - first + 1 && last == lastGiven && committed < first
            ? new JournalPosition(epoch, first, last, committed.Value, reader.GetInt64(3))
            : null;
    }
}
