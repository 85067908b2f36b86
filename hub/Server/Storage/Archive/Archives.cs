using System.Security.Cryptography;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Storage.Archive;

/// <summary>One archive: a closed range of the record log.</summary>
/// <param name="File">Empty once the retention of raw records has deleted it.</param>
/// <param name="Chain">The digest after its last record; it goes on from the one before.</param>
public sealed record ArchiveRow(
    long First, long Last, long Records, long FromMs, long ToMs, string File, long Bytes,
    string Sha256, string Chain, long MadeMs)
{
    public bool IsDeleted => File.Length == 0;
}

/// <summary>The retention of raw records has deleted an archive.</summary>
/// <param name="AfterDays">The setting by which it was.</param>
public sealed record DeletionRow(long First, string File, long AfterDays, long DeletedMs);

/// <summary>
/// Old records in compressed files beside <c>records.db</c>. The row of a record stays, so that
/// it is counted, found and known as a duplicate as before; its bytes are in the archive, and
/// reading goes there by itself. Only a setting deletes archives, the oldest first, and only whole
/// ones that are as they were made; what was deleted stays known.
/// </summary>
public sealed class Archives
{
    /// <summary>One file is read at once, so this bounds the memory that it takes.</summary>
    private const int RecordsPerArchive = 20_000;

    private const string Columns =
        """
        first AS First, last AS Last, records AS Records, from_ms AS FromMs, to_ms AS ToMs,
        file AS File, bytes AS Bytes, sha256 AS Sha256, chain AS Chain, made_ms AS MadeMs
        """;

    private readonly Database _records;
    private readonly Lock _gate = new();
    private (string File, Dictionary<long, byte[]> Bytes)? _newest;

    public Archives(Database records) => _records = records;

    private string Folder =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(_records.Path))!, "archive");

    /// <summary>All of them, in the order of their records.</summary>
    public IReadOnlyList<ArchiveRow> All()
    {
        using var connection = _records.Connect();
        return connection.Query<ArchiveRow>($"SELECT {Columns} FROM archive ORDER BY first")
            .AsList();
    }

    /// <summary>The newest record that was deleted, and with it all before; 0 for none.</summary>
    public long DeletedUpTo()
    {
        using var connection = _records.Connect();
        return connection.QuerySingle<long>(
            "SELECT COALESCE(MAX(last), 0) FROM archive WHERE file = ''");
    }

    /// <summary>All archives that were deleted, in the order of their records.</summary>
    public IReadOnlyList<DeletionRow> Deletions()
    {
        using var connection = _records.Connect();
        return connection.Query<DeletionRow>(
            """
            SELECT first AS First, file AS File, after_days AS AfterDays, deleted_ms AS DeletedMs
            FROM deletion ORDER BY first
            """).AsList();
    }

    /// <summary>
    /// Deletes the oldest archive if all its records are of before a time; null where it is not
    /// so old. The rows of the records stay.
    /// </summary>
    /// <exception cref="RecordLogException">It is not as it was made, so it stays.</exception>
    public async Task<ArchiveRow?> DeleteNextAsync(long beforeMs, int afterDays, long nowMs)
    {
        // A crash between the two steps below has left them.
        foreach (var deleted in Deletions())
        {
            File.Delete(PathOf(deleted.File));
        }

        var all = All();
        var oldest = all.FirstOrDefault(archive => !archive.IsDeleted);
        if (oldest is null || oldest.ToMs >= beforeMs)
        {
            return null;
        }

        var before = all.LastOrDefault(archive => archive.Last < oldest.First);
        if (await FaultOfAsync(oldest, before) is { } fault)
        {
            throw new RecordLogException(fault);
        }

        using (var connection = _records.Connect())
        using (var transaction = connection.BeginTransaction())
        {
            connection.Execute(
                """
                INSERT INTO deletion VALUES(@First, @File, @afterDays, @nowMs);
                UPDATE archive SET file = '' WHERE first = @First;
                """,
                new { oldest.First, oldest.File, afterDays, nowMs }, transaction);
            transaction.Commit();
        }

        File.Delete(PathOf(oldest.File));
        return oldest;
    }

    /// <summary>
    /// Moves the oldest records that were all stored before a time into one more archive; null
    /// where there are not enough of them for a whole one.
    /// </summary>
    public async Task<ArchiveRow?> MakeNextAsync(long storedBeforeMs, long nowMs)
    {
        var before = All() is [.., var newest] ? newest : null;
        var records = ReadAfter(before?.Last ?? 0);
        if (records.Count < RecordsPerArchive
            || records.Any(record => record.ReceivedMs >= storedBeforeMs))
        {
            return null;
        }

        var (first, last) = (records[0].Id, records[^1].Id);
        var path = PathOf($"records-{first:D12}-{last:D12}.parquet");
        Directory.CreateDirectory(Folder);
        await using (var file = new FileStream(path, FileMode.Create))
        {
            await ArchiveFile.WriteAsync(file, records);
            file.Flush(flushToDisk: true);
        }

        var chain = Digest(before, records);
        var row = new ArchiveRow(
            first, last, records.Count, records.Min(record => record.TimeMs),
            records.Max(record => record.TimeMs), Path.GetFileName(path),
            new FileInfo(path).Length, await HashAsync(path), chain, nowMs);

        // Only what can be read again is taken out of the log.
        if (await FaultOfAsync(row, before) is { } fault)
        {
            throw new RecordLogException(fault);
        }

        Enter(row);
        return row;
    }

    /// <summary>
    /// Every archive that is there and not what it was when it was made, and why.
    /// </summary>
    public async IAsyncEnumerable<string> FaultsAsync()
    {
        ArchiveRow? before = null;
        foreach (var row in All())
        {
            if (!row.IsDeleted && await FaultOfAsync(row, before) is { } fault)
            {
                yield return fault;
            }

            before = row;
        }
    }

    /// <summary>The bytes of an archived record.</summary>
    /// <exception cref="RecordsDeletedException">The retention deleted it.</exception>
    /// <exception cref="RecordLogException">Its archive is missing or damaged.</exception>
    internal byte[] BytesOf(long id)
    {
        using var connection = _records.Connect();
        var row = connection.QuerySingleOrDefault<ArchiveRow>(
            $"SELECT {Columns} FROM archive WHERE first <= @id AND last >= @id", new { id })
            ?? throw new RecordLogException($"record {id} is empty and in no archive");
        if (row.IsDeleted)
        {
            throw new RecordsDeletedException(row.First, row.Last);
        }

        lock (_gate)
        {
            if (_newest?.File != row.File)
            {
                _newest = (row.File, Load(row));
            }

            return _newest.Value.Bytes.TryGetValue(id, out var bytes)
                ? bytes
                : throw new RecordLogException($"record {id} is not in {PathOf(row.File)}");
        }
    }

    private Dictionary<long, byte[]> Load(ArchiveRow row)
    {
        try
        {
            // The callers read the log on threads of their own and are not asynchronous.
            using var file = File.OpenRead(PathOf(row.File));
            return ArchiveFile.ReadAsync(file).GetAwaiter().GetResult()
                .ToDictionary(record => record.Id, record => record.Bytes);
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            throw new RecordLogException(
                $"{PathOf(row.File)} has the records {row.First} to {row.Last} and cannot be "
                    + $"read ({e.Message}); put it back from a backup");
        }
    }

    /// <summary>Null where the archive is byte for byte what it was.</summary>
    private async Task<string?> FaultOfAsync(ArchiveRow row, ArchiveRow? before)
    {
        var path = PathOf(row.File);
        if (!File.Exists(path))
        {
            return $"{path} is missing.";
        }

        if (await HashAsync(path) != row.Sha256)
        {
            return $"{path} was changed: its SHA-256 is not {row.Sha256}.";
        }

        await using var file = File.OpenRead(path);
        var records = await ArchiveFile.ReadAsync(file);
        return Digest(before, records) == row.Chain
            ? null
            : $"{path} does not go on from the archive before it: the chain was changed.";
    }

    private static string Digest(ArchiveRow? before, IEnumerable<ArchivedRecord> records) =>
        Convert.ToHexStringLower(ArchiveFile.Chain(
            before is null ? new byte[SHA256.HashSizeInBytes] : Convert.FromHexString(before.Chain),
            records));

    private static async Task<string> HashAsync(string path)
    {
        await using var file = File.OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(file));
    }

    private List<ArchivedRecord> ReadAfter(long id)
    {
        using var connection = _records.Connect();
        return
        [
            .. connection.Query<(long Id, string Plant, string Node, string? Device, string Epoch,
                long Offset, long TimeMs, long ReceivedMs, byte[] Bytes)>(
                """
                SELECT record.id, plant, node, device.name, epoch.name, "offset", time_ms,
                    received_ms, bytes
                FROM record JOIN epoch ON epoch.id = record.epoch
                    JOIN gateway ON gateway.id = epoch.gateway
                    LEFT JOIN device ON device.id = record.device
                WHERE record.id > @id ORDER BY record.id LIMIT @RecordsPerArchive
                """,
                new { id, RecordsPerArchive })
                .Select(row => new ArchivedRecord(
                    row.Id, new GatewayId(row.Plant, row.Node), row.Device,
                    (row.Epoch, row.Offset), row.TimeMs, row.ReceivedMs, row.Bytes)),
        ];
    }

    private void Enter(ArchiveRow row)
    {
        using var connection = _records.Connect();
        using var transaction = connection.BeginTransaction();
        connection.Execute(
            """
            INSERT INTO archive(first, last, records, from_ms, to_ms, file, bytes, sha256, chain,
                made_ms)
            VALUES(@First, @Last, @Records, @FromMs, @ToMs, @File, @Bytes, @Sha256, @Chain,
                @MadeMs);
            UPDATE record SET bytes = x'' WHERE id BETWEEN @First AND @Last;
            """,
            row, transaction);
        transaction.Commit();
    }

    private string PathOf(string file) => Path.Combine(Folder, file);
}
