using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Tests.Storage;

public sealed class BackupTests : IDisposable
{
    private readonly TempFolder _folder = new();

    private string Data => _folder.File("hub");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Backups_of_a_hub_at_work_are_whole_and_their_books_never_ahead()
    {
        Directory.CreateDirectory(Data);
        var records = RecordLog.Open(Path.Combine(Data, "records.db"));
        var books = Books.Open(Path.Combine(Data, "books.db"));
        await records.AppendAsync(Records.Span("plant-a", 0, 1));
        using var stop = new CancellationTokenSource();
        var work = Task.Run(() => Work(records, books, stop.Token));
        for (var number = 0; number < 5; number++)
        {
            var before = records.NewestId();
            await Make(number);
            await Restore(number);
            await using var copy = RecordLog.Open(Path.Combine(Restored(number), "records.db"));
            var stored = copy.After(0).ToList();
            Assert.InRange(stored.Count, before, long.MaxValue);
            Assert.Equal(records.After(0).Take(stored.Count), stored);
            Assert.InRange(
                Single(Restored(number), "SELECT COALESCE(MAX(log_id), 0) FROM window"),
                0, copy.NewestId());
            Assert.Equal(
                stored.Count,
                copy.Gateways().Single().Committed);
        }

        await stop.CancelAsync();
        await work;
        await records.DisposeAsync();

        // The hub stands still: the copy is the same.
        await Make(9);
        await Restore(9);
        foreach (var table in (string[])["window", "source_position"])
        {
            Assert.Equal(Rows(Data, table), Rows(Restored(9), table));
        }
    }

    [Fact]
    public async Task A_changed_backup_is_refused_and_nothing_is_restored()
    {
        await Seed();
        await Make(1);
        var file = Path.Combine(Copy(1), "records.db");
        var bytes = await File.ReadAllBytesAsync(file);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        var refusal = await Assert.ThrowsAsync<BackupException>(() => Restore(1));
        Assert.Contains("records.db is not what it was", refusal.Message);
        Assert.False(Directory.Exists(Restored(1)));
    }

    [Fact]
    public async Task What_is_there_is_never_written_over()
    {
        Assert.Contains("no books.db", Backup.FaultOfMaking(Data, Copy(1)));
        await Seed();
        Assert.Contains("not empty", Backup.FaultOfMaking(Data, Data));
        Assert.Contains("no backup", Backup.FaultOfRestoring(Data, Restored(1)));
        await Make(1);
        Assert.Contains("not empty", Backup.FaultOfMaking(Data, Copy(1)));
        Assert.Contains("not empty", Backup.FaultOfRestoring(Copy(1), Data));
        Assert.Null(Backup.FaultOfRestoring(Copy(1), Restored(1)));
    }

    [Fact]
    public async Task What_a_backup_cut_short_has_left_is_in_nobodys_way()
    {
        await Seed();
        Directory.CreateDirectory(Copy(1) + ".part");
        await File.WriteAllTextAsync(Path.Combine(Copy(1) + ".part", "books.db"), "half");
        Assert.NotNull(Backup.FaultOfRestoring(Copy(1), Restored(1)));
        await Make(1);
        await Restore(1);
        Assert.Equal(2, Directory.GetFiles(Restored(1)).Length);
        Assert.Empty(Directory.GetFiles(Path.Combine(Restored(1), "archive")));
    }

    private async Task Seed()
    {
        Directory.CreateDirectory(Data);
        await using var records = RecordLog.Open(Path.Combine(Data, "records.db"));
        await records.AppendAsync(Records.Span("plant-a", 0, 10));
        Books.Open(Path.Combine(Data, "books.db"));
    }

    /// <summary>Stores records and closes windows over them, as the engine does.</summary>
    private static async Task Work(RecordLog records, Books books, CancellationToken stop)
    {
        for (var second = 1; !stop.IsCancellationRequested; second++)
        {
            await records.AppendAsync(Records.Span("plant-a", second, second + 1));
            using var connection = books.Database.Connect();
            connection.Execute(
                """
                INSERT INTO window(source, start_ms, end_ms, revision, log_id, known_ms)
                    VALUES('stack-a', @second, @second + 1, 1, @newest, @second);
                INSERT INTO source_position VALUES('stack-a', @second)
                    ON CONFLICT DO UPDATE SET next_ms = excluded.next_ms;
                """,
                new { second, newest = records.NewestId() });
        }
    }

    private Task<BackupList> Make(int number) =>
        Backup.MakeAsync(Data, Copy(number), TimeProvider.System, _ => { });

    private Task<BackupList> Restore(int number) =>
        Backup.RestoreAsync(Copy(number), Restored(number), _ => { });

    private string Copy(int number) => _folder.File($"copy-{number}");

    private string Restored(int number) => _folder.File($"restored-{number}");

    private static long Single(string folder, string sql)
    {
        using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(folder, "books.db")}");
        return connection.QuerySingle<long>(sql);
    }

    private static List<string> Rows(string folder, string table)
    {
        using var connection = new SqliteConnection(
            $"Data Source={Path.Combine(folder, "books.db")}");
        return
        [
            .. connection.Query($"SELECT * FROM {table}").Select(row => string.Join(
                '|', ((IDictionary<string, object>)row).Values)),
        ];
    }
}
