using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Monitoring.Agent.Journal;

/// <summary>An open file and what it holds; or why there is none.</summary>
/// <param name="MovedTo">Where a damaged file is kept; null: there was none.</param>
/// <param name="IsNew">Nothing was there.</param>
internal sealed record FileOpening(
    JournalDisk? Disk, JournalPosition Position, OpenFault? Fault, string? MovedTo,
    bool IsNew = false);

/// <summary>Opens the file of a journal, whatever state it is in.</summary>
internal static class JournalFile
{
    private const int SqliteReadOnly = 8;
    private const int PageBytes = 4096;

    /// <param name="known">What is known to have been written to it; else None.</param>
    public static FileOpening Open(
        string path, JournalLimits limits, string newEpoch, JournalPosition known,
        DateTimeOffset now)
    {
        var opening = TryOpen(path, limits, newEpoch, known);
        if (opening.Fault is not { Kind: OpenFaultKind.Damaged } damage)
        {
            return opening;
        }

        try
        {
            var movedTo = MoveAside(path, now);
            var again = TryOpen(path, limits, newEpoch, JournalPosition.None);
            return again.Disk is null
                ? again with { Fault = new OpenFault(OpenFaultKind.Disk, again.Fault!.Detail) }
                : again with { Fault = damage, MovedTo = movedTo };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            var detail = $"{damage.Detail}, and it cannot be moved aside: {e.Message}";
            return opening with { Fault = new OpenFault(OpenFaultKind.Disk, detail) };
        }
    }

    private static string MoveAside(string path, DateTimeOffset now)
    {
        var stamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var movedTo = $"{path}.damaged-{stamp}";
        foreach (var part in new[] { "", "-wal", "-shm" })
        {
            if (File.Exists(path + part))
            {
                File.Move(path + part, movedTo + part, overwrite: true);
            }
        }

        // They are for a person to look at; they must not fill the disk.
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var old = Directory.GetFiles(folder, Path.GetFileName(path) + ".damaged-*Z")
            .OrderDescending(StringComparer.Ordinal).Skip(JournalLimits.DamagedKept);
        foreach (var file in old)
        {
            File.Delete(file);
            File.Delete(file + "-wal");
        }

        return movedTo;
    }

    private static FileOpening TryOpen(
        string path, JournalLimits limits, string newEpoch, JournalPosition known)
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
            Sync(path);
            connection.Open();

            // One owner: a second agent on the same folder would give one offset two contents.
            JournalSchema.Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");
            var isNew = (long)JournalSchema.Scalar(connection, "PRAGMA page_count")! == 0;
            Prepare(connection, limits, isNew);
            var check = (string)JournalSchema.Scalar(connection, "PRAGMA quick_check(1)")!;
            var fault = check == "ok"
                ? JournalSchema.Migrate(connection, newEpoch)
                : new OpenFault(OpenFaultKind.Damaged, check);
            return fault is null
                ? Judge(path, connection, known) with { IsNew = isNew }
                : Close(connection, fault);
        }
        catch (SqliteException e) when (e.SqliteErrorCode == SqliteReadOnly && Takes(path))
        {
            return Close(connection, new OpenFault(
                OpenFaultKind.Damaged, "its head forbids to write it, although the disk does not"));
        }
        catch (SqliteException e)
        {
            return Close(connection, OpenFault.Of(e));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Close(connection, new OpenFault(OpenFaultKind.Disk, e.Message));
        }
        catch (Exception e) when (e is InvalidCastException or InvalidOperationException)
        {
            return Close(connection, new OpenFault(
                OpenFaultKind.Damaged, "its tables hold what they cannot"));
        }
    }

    private static FileOpening Judge(
        string path, SqliteConnection connection, JournalPosition known)
    {
        var disk = new JournalDisk(connection);
        if (disk.ReadPosition(out var fault) is not { } position)
        {
            return Close(connection, new OpenFault(OpenFaultKind.Damaged, fault!));
        }

        var written = position.Epoch == known.Epoch
            ? known.Last
            : JournalWitness.LastOf(path, position.Epoch);
        return position.Last >= written
            ? new FileOpening(disk, position, null, null)
            : Close(connection, new OpenFault(
                OpenFaultKind.Damaged,
                $"it ends at {position.Last}, although {written} was written"));
    }

    private static FileOpening Close(SqliteConnection connection, OpenFault fault)
    {
        connection.Dispose();
        return new FileOpening(null, JournalPosition.None, fault, null);
    }

    /// <summary>
    /// A process that died between writing and syncing left what is read as written and may still
    /// go with the power. All of it is synced before any of it can be sent.
    /// </summary>
    private static void Sync(string path)
    {
        foreach (var file in new[] { path, path + "-wal" }.Where(File.Exists))
        {
            using var handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(handle);
        }
    }

    /// <summary>Whether the disk takes anything at that place.</summary>
    private static bool Takes(string path)
    {
        try
        {
            File.WriteAllText(path + "-probe", "");
            File.Delete(path + "-probe");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static void Prepare(
        SqliteConnection connection, JournalLimits limits, bool isNew)
    {
        // One owner: a second agent on the same folder would give one offset two contents.
        JournalSchema.Execute(connection, "PRAGMA locking_mode = EXCLUSIVE");

        if (isNew)
        {
            // It is a choice for the whole life of a file.
            JournalSchema.Execute(connection, "PRAGMA auto_vacuum = INCREMENTAL");
        }

        JournalSchema.Execute(connection, "PRAGMA journal_mode = WAL");
        JournalSchema.Execute(connection, "PRAGMA synchronous = FULL");
        JournalSchema.Execute(connection, $"PRAGMA journal_size_limit = {16 << 20}");

        // Pages are never full to the last byte; the byte limit is reached before this one.
        var pagesMax = (limits.BytesMax * 2 + (32L << 20)) / PageBytes;
        JournalSchema.Execute(connection, $"PRAGMA max_page_count = {pagesMax}");
        JournalSchema.Execute(connection, "BEGIN IMMEDIATE; COMMIT");
    }
}
