using System.Globalization;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Archive;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Tests.Storage;

public sealed class ArchiveTests : IDisposable
{
    private const int PerArchive = 20_000;
    private const long Later = Records.StartMs + 86_400_000;

    private readonly TempFolder _folder = new();

    private string Data => _folder.File("hub");

    private string ArchiveFolder => Path.Combine(Data, "archive");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Archived_records_are_read_as_before_and_take_less_room()
    {
        await using var log = await Fill(PerArchive + 200);
        var before = log.After(0).ToList();
        var (device, fromMs) = (Records.Device("gas-analyser"), Records.StartMs + 5_000_000);
        var window = log.ReadDevice(device, fromMs, fromMs + 60_000);
        var gateways = log.Gateways();
        var made = await log.Archives.MakeNextAsync(Later, Later);
        Assert.NotNull(made);
        Assert.Equal((1, PerArchive), (made.First, made.Last));
        Assert.Null(await log.Archives.MakeNextAsync(Later, Later));

        Assert.Equal(before, log.After(0));
        Assert.Equal(60, window!.Value.Length);
        Assert.Equal(window.Value, log.ReadDevice(device, fromMs, fromMs + 60_000)!.Value);
        Assert.Equal(gateways, log.Gateways());
        Assert.Equal(before[^1].Id, log.NewestId());
        Assert.Equal(200, Single("SELECT COUNT(*) FROM record WHERE LENGTH(bytes) > 0"));
        Assert.True(made.Bytes < before.Take(PerArchive).Sum(record =>
            Wire.Records.RecordFormat.Encode(record.Record).LongLength) / 4);

        // What comes again is known, and does not come to life beside the archive.
        await log.AppendAsync(Records.Span("plant-a", 0, 5));
        Assert.Equal(before, log.After(0));
        Assert.Empty(await Faults(log));
    }

    [Fact]
    public async Task Only_whole_archives_of_old_records_are_made()
    {
        await using var log = await Fill(PerArchive - 2);
        Assert.Null(await log.Archives.MakeNextAsync(Later, Later));
        await log.AppendAsync(Records.Span("plant-a", (PerArchive / 2) - 1, PerArchive));
        Assert.Null(await log.Archives.MakeNextAsync(Records.StartMs, Later));
        Assert.NotNull(await log.Archives.MakeNextAsync(Later, Later));
        Assert.Single(log.Archives.All());
    }

    [Fact]
    public async Task Any_changed_byte_is_found()
    {
        await using var log = await Fill(2 * PerArchive);
        var first = (await log.Archives.MakeNextAsync(Later, Later))!;
        var second = (await log.Archives.MakeNextAsync(Later, Later))!;
        Assert.Empty(await Faults(log));
        var path = Path.Combine(ArchiveFolder, first.File);
        var original = await File.ReadAllBytesAsync(path);
        var random = new Random(1);
        int[] places = [0, original.Length - 1, .. Enumerable.Range(0, 20).Select(
            _ => random.Next(original.Length))];
        foreach (var place in places)
        {
            var bytes = original.ToArray();
            bytes[place] ^= (byte)(1 << random.Next(8));
            await File.WriteAllBytesAsync(path, bytes);
            Assert.Contains("was changed", Assert.Single(await Faults(log)));
        }

        await File.WriteAllBytesAsync(path, original);

        // A wrong file under a right digest: the chain tells.
        Execute(
            "UPDATE archive SET file = @File, sha256 = @Sha256 WHERE first = 1",
            new { second.File, second.Sha256 });
        Assert.Contains("chain", Assert.Single(await Faults(log)));
        File.Delete(Path.Combine(ArchiveFolder, second.File));
        Assert.Equal(2, (await Faults(log)).Count(fault => fault.Contains("is missing")));
    }

    [Fact]
    public async Task A_lost_archive_is_said_and_found_again_in_the_backup()
    {
        await using var log = await Fill(PerArchive);
        await log.Archives.MakeNextAsync(Later, Later);
        Books.Open(Path.Combine(Data, "books.db"));
        var (copy, restored) = (_folder.File("copy"), _folder.File("restored"));
        await Backup.MakeAsync(Data, copy, TimeProvider.System, _ => { });
        Directory.Delete(ArchiveFolder, true);
        var lost = Assert.Throws<RecordLogException>(() => log.After(0).First());
        Assert.Contains("put it back from a backup", lost.Message);
        await Backup.RestoreAsync(copy, restored, _ => { });
        await using var again = RecordLog.Open(Path.Combine(restored, "records.db"));
        Assert.Equal(PerArchive, again.After(0).Count());
        Assert.Empty(await Faults(again));
    }

    [Fact]
    public async Task What_is_past_its_retention_is_deleted_whole_and_stays_known()
    {
        await using var log = await Fill((2 * PerArchive) + 10);
        var first = (await log.Archives.MakeNextAsync(Later, Later))!;
        var second = (await log.Archives.MakeNextAsync(Later, Later))!;
        Assert.Null(await log.Archives.DeleteNextAsync(first.ToMs, 900, Later));
        var gone = await log.Archives.DeleteNextAsync(first.ToMs + 1, 900, Later);
        Assert.Equal(first, gone);
        Assert.Null(await log.Archives.DeleteNextAsync(first.ToMs + 1, 900, Later));

        Assert.False(File.Exists(Path.Combine(ArchiveFolder, first.File)));
        Assert.Equal(
            [new DeletionRow(1, first.File, 900, Later)], log.Archives.Deletions());
        Assert.Equal(PerArchive, log.Archives.DeletedUpTo());
        Assert.Equal(
            [first with { File = "" }, second], log.Archives.All());
        Assert.Empty(await Faults(log));

        // What is left is read as before; a window of what is gone is refused, never cut.
        Assert.Equal(PerArchive + 10, log.After(0).Count());
        Assert.Equal(PerArchive + 1, log.ReadAfter(0, 1).Single().Id);
        var (device, startMs) = (Records.Device("gas-analyser"), Records.StartMs);
        Assert.Throws<RecordsDeletedException>(
            () => log.ReadDevice(device, startMs, startMs + 60_000));
        var page = new PageQuery(startMs, long.MaxValue, 5);
        Assert.Equal(
            PerArchive + 1,
            new RecordReader(log).Images(new DeviceFilter(null, null, null), page)[0].Id);

        // A record that comes again is known all the same.
        await log.AppendAsync(Records.Span("plant-a", 0, 5));
        Assert.Equal((2 * PerArchive) + 10, log.NewestId());

        Books.Open(Path.Combine(Data, "books.db"));
        await Backup.MakeAsync(Data, _folder.File("copy"), TimeProvider.System, _ => { });
        Assert.Single(Directory.GetFiles(Path.Combine(_folder.File("copy"), "archive")));
    }

    [Fact]
    public async Task An_archive_that_was_changed_is_not_deleted_and_a_crash_leaves_no_file()
    {
        await using var log = await Fill(PerArchive);
        var made = (await log.Archives.MakeNextAsync(Later, Later))!;
        var path = Path.Combine(ArchiveFolder, made.File);
        var original = await File.ReadAllBytesAsync(path);
        await File.WriteAllBytesAsync(path, [.. original, 0]);
        await Assert.ThrowsAsync<RecordLogException>(
            () => log.Archives.DeleteNextAsync(Later, 900, Later));
        Assert.Empty(log.Archives.Deletions());

        await File.WriteAllBytesAsync(path, original);
        Assert.NotNull(await log.Archives.DeleteNextAsync(Later, 900, Later));
        await File.WriteAllBytesAsync(path, original);
        Assert.Null(await log.Archives.DeleteNextAsync(Later, 900, Later));
        Assert.False(File.Exists(path));
    }

    [Fact]
    public async Task Other_programs_can_read_it()
    {
        await using var log = await Fill(PerArchive);
        var made = (await log.Archives.MakeNextAsync(Later, Later))!;
        var path = Path.Combine(ArchiveFolder, made.File);
        await using var file = File.OpenRead(path);
        var records = await ArchiveFile.ReadAsync(file);
        Assert.Equal(PerArchive, records.Length);
        Assert.Equal(
            (1L, "plant-a/gateway-1", "gas-analyser", Records.Epoch, 1L),
            (records[0].Id, $"{records[0].Gateway}", records[0].Device, records[0].Place.Epoch,
                records[0].Place.Offset));
        Assert.Equal(
            records.Select(record => JsonSerializer.Serialize<string?[]>(
            [
                Text(record.Id), record.Gateway.Plant, record.Gateway.Node, record.Device,
                record.Place.Epoch, Text(record.Place.Offset), Text(record.TimeMs),
                Text(record.ReceivedMs), Convert.ToHexStringLower(record.Bytes),
            ])),
            await ForeignReader.Lines(path));
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>A log with so many records, two a second.</summary>
    private async Task<RecordLog> Fill(int records)
    {
        Directory.CreateDirectory(Data);
        var log = RecordLog.Open(Path.Combine(Data, "records.db"));
        for (var second = 0; second < records / 2; second += 1_000)
        {
            await log.AppendAsync(Records.Span(
                "plant-a", second, Math.Min(second + 1_000, records / 2)));
        }

        return log;
    }

    private static async Task<List<string>> Faults(RecordLog log)
    {
        var faults = new List<string>();
        await foreach (var fault in log.Archives.FaultsAsync())
        {
            faults.Add(fault);
        }

        return faults;
    }

    private long Single(string sql)
    {
        using var connection = Connect();
        return connection.QuerySingle<long>(sql);
    }

    private void Execute(string sql, object parameters)
    {
        using var connection = Connect();
        connection.Execute(sql, parameters);
    }

    private SqliteConnection Connect() => new($"Data Source={Path.Combine(Data, "records.db")}");
}
