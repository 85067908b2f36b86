using System.Security.Cryptography;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Server.Transparency;

namespace Monitoring.Server.Storage;

/// <summary>One file of a backup.</summary>
public sealed record BackupFile(string Name, long Bytes, string Sha256);

/// <summary>What a backup holds.</summary>
/// <param name="RecordsUpTo">The newest record in it.</param>
public sealed record BackupList(
    DateTimeOffset MadeAt, long RecordsUpTo, IReadOnlyList<BackupFile> Files);

/// <summary>A backup cannot be made, or is not what it was.</summary>
public sealed class BackupException(string message) : Exception(message);

/// <summary>
/// A copy of everything that a hub keeps, made while it runs. The books are copied first: so
/// nothing in them rests on a record that the copy of the log does not have. What the hub did in
/// between it does again from the log, as after a crash.
/// </summary>
public static class Backup
{
    /// <summary>In the order in which they are copied.</summary>
    private static readonly string[] Stores = [BooksName, RecordsName];

    private const string BooksName = "books.db";
    private const string RecordsName = "records.db";
    private const string ListName = "backup.json";
    private const string ArchiveFolder = "archive";

    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(2);

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true,
    };

    /// <summary>Why no backup of this folder to that one is begun; null: it can be.</summary>
    public static string? FaultOfMaking(string data, string to) =>
        Stores.FirstOrDefault(name => !File.Exists(Path.Combine(data, name))) is { } missing
            ? $"{data} has no {missing}; name the hub's folder with --data."
            : FaultOfTarget(to);

    /// <summary>Why a backup is not restored to this folder; null: it can be.</summary>
    public static string? FaultOfRestoring(string from, string data) =>
        File.Exists(Path.Combine(from, ListName))
            ? FaultOfTarget(data)
            : $"{from} has no {ListName}, so it is no backup, or one that was cut short.";

    /// <summary>Copies what is in the folder; the target appears when all of it is safe.</summary>
    /// <exception cref="BackupException">The copy is not sound.</exception>
    public static async Task<BackupList> MakeAsync(
        string data, string to, TimeProvider time, Action<string> tell)
    {
        var part = NewPart(to);
        foreach (var name in Stores)
        {
            await CopyDatabaseAsync(
                Path.Combine(data, name), Path.Combine(part, name), time, tell);
        }

        var archives = ArchivesIn(part);
        Directory.CreateDirectory(Path.Combine(part, ArchiveFolder));
        foreach (var name in archives)
        {
            tell($"{name} ...");
            await CopyDurablyAsync(Path.Combine(data, name), Path.Combine(part, name));
        }

        // A log goes on under its key or not at all; a hub that never ran has none.
        string[] keys = File.Exists(Path.Combine(data, LogKey.FileName)) ? [LogKey.FileName] : [];
        foreach (var name in keys)
        {
            await CopyDurablyAsync(Path.Combine(data, name), Path.Combine(part, name));
        }

        var list = new BackupList(
            time.GetUtcNow(), Check(part),
            [.. Stores.Concat(archives).Concat(keys).Select(name => Describe(part, name))]);
        await WriteDurablyAsync(
            Path.Combine(part, ListName), JsonSerializer.SerializeToUtf8Bytes(list, Json));
        Finish(part, to);
        return list;
    }

    /// <summary>Puts a backup where a hub can run; the folder appears when it is whole.</summary>
    /// <exception cref="BackupException">A file of it is missing or was changed.</exception>
    public static async Task<BackupList> RestoreAsync(
        string from, string data, Action<string> tell)
    {
        var list = ReadList(from);
        var part = NewPart(data);
        Directory.CreateDirectory(Path.Combine(part, ArchiveFolder));
        foreach (var file in list.Files)
        {
            tell($"{file.Name}: {file.Bytes} bytes ...");
            if (!File.Exists(Path.Combine(from, file.Name)) || Describe(from, file.Name) != file)
            {
                throw new BackupException(
                    $"{Path.Combine(from, file.Name)} is not what it was when the backup was "
                        + "made; take another backup.");
            }

            await CopyDurablyAsync(
                Path.Combine(from, file.Name), Path.Combine(part, file.Name));
        }

        Finish(part, data);
        return list;
    }

    private static string? FaultOfTarget(string folder) =>
        File.Exists(folder)
            || (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
            ? $"{folder} is there and not empty; name a new folder."
            : null;

    private static string NewPart(string folder)
    {
        // What a copy that was cut short has left.
        var part = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)) + ".part";
        if (Directory.Exists(part))
        {
            Directory.Delete(part, true);
        }

        Directory.CreateDirectory(part);
        return part;
    }

    private static void Finish(string part, string folder)
    {
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder);
        }

        Directory.Move(part, folder);
    }

    private static async Task CopyDatabaseAsync(
        string from, string to, TimeProvider time, Action<string> tell)
    {
        var total = new FileInfo(from).Length;
        tell($"{Path.GetFileName(from)}: {total} bytes ...");
        var copy = Task.Run(() => CopyDatabase(from, to));
        while (await Task.WhenAny(copy, Task.Delay(ProgressEvery, time)) != copy)
        {
            var done = File.Exists(to) ? new FileInfo(to).Length : 0;
            tell($"{Path.GetFileName(from)}: {done} of {total} bytes");
        }

        await copy;
        await using var file = new FileStream(to, FileMode.Open, FileAccess.ReadWrite);
        file.Flush(flushToDisk: true);
    }

    /// <summary>One read transaction, which holds up no writer.</summary>
    private static void CopyDatabase(string from, string to)
    {
        using var source = Open(from, SqliteOpenMode.ReadWrite);
        using var target = Open(to, SqliteOpenMode.ReadWriteCreate);
        source.BackupDatabase(target);
        target.Execute("PRAGMA journal_mode = DELETE");
        var verdict = target.QueryFirst<string>("PRAGMA quick_check(1)");
        if (verdict != "ok")
        {
            throw new BackupException($"{from} is damaged: {verdict}");
        }
    }

    /// <summary>The newest record of the copy, once nothing in its books is ahead of it.</summary>
    private static long Check(string folder)
    {
        using var books = Open(Path.Combine(folder, BooksName), SqliteOpenMode.ReadOnly);
        using var records = Open(Path.Combine(folder, RecordsName), SqliteOpenMode.ReadOnly);
        var newest = records.QuerySingleOrDefault<long>(
            "SELECT seq FROM sqlite_sequence WHERE name = 'record'");
        var needed = books.QuerySingle<long>("SELECT COALESCE(MAX(log_id), 0) FROM window");
        return needed <= newest
            ? newest
            : throw new BackupException(
                $"The books rest on record {needed}, and the log ends at {newest}.");
    }

    /// <summary>The archives of a copied log; a log of an early release has none.</summary>
    private static List<string> ArchivesIn(string folder)
    {
        using var records = Open(Path.Combine(folder, RecordsName), SqliteOpenMode.ReadOnly);
        var hasArchives = records.QuerySingle<long>(
            "SELECT COUNT(*) FROM sqlite_master WHERE name = 'archive'") > 0;
        return hasArchives
            ? records.Query<string>("SELECT file FROM archive WHERE file <> '' ORDER BY first")
                .Select(name => Path.Combine(ArchiveFolder, name)).ToList()
            : [];
    }

    private static BackupList ReadList(string folder)
    {
        try
        {
            return JsonSerializer.Deserialize<BackupList>(
                File.ReadAllBytes(Path.Combine(folder, ListName)), Json)
                ?? throw new BackupException($"{ListName} is empty.");
        }
        catch (JsonException e)
        {
            throw new BackupException($"{Path.Combine(folder, ListName)}: {e.Message}");
        }
    }

    private static BackupFile Describe(string folder, string name)
    {
        using var file = File.OpenRead(Path.Combine(folder, name));
        return new BackupFile(
            name, file.Length, Convert.ToHexStringLower(SHA256.HashData(file)));
    }

    private static async Task CopyDurablyAsync(string from, string to)
    {
        await using var source = File.OpenRead(from);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = File.GetUnixFileMode(from);
        }

        await using var target = new FileStream(to, options);
        await source.CopyToAsync(target);
        target.Flush(flushToDisk: true);
    }

    private static async Task WriteDurablyAsync(string path, byte[] bytes)
    {
        await using var file = new FileStream(path, FileMode.CreateNew);
        await file.WriteAsync(bytes);
        file.Flush(flushToDisk: true);
    }

    private static SqliteConnection Open(string path, SqliteOpenMode mode)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = path, Mode = mode, Pooling = false, DefaultTimeout = 30,
        }.ConnectionString);
        connection.Open();
        return connection;
    }
}
