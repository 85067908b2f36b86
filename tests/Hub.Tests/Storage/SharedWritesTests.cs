using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Tests.Storage;

public sealed class SharedWritesTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly Database _database;

    public SharedWritesTests() => _database = Database.Open(
        _folder.File("some.db"), ["CREATE TABLE number(n INTEGER PRIMARY KEY)"]);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_waits_together_shares_a_transaction_and_what_fails_takes_back_itself()
    {
        using var isFirstIn = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var shared = new List<SqliteTransaction>();
        var first = _database.WriteAsync((_, _) =>
        {
            isFirstIn.Set();
            mayGoOn.Wait();
        });
        isFirstIn.Wait(TestContext.Current.CancellationToken);
        var waiting = Enumerable.Range(1, 9).Select(number => _database.WriteAsync(
            (connection, transaction) =>
            {
                shared.Add(transaction);
                Insert(connection, transaction, number);
                Insert(connection, transaction, number == 5 ? 4 : number + 100);
            })).ToList();
        mayGoOn.Set();
        await first;
        foreach (var (index, one) in waiting.Index())
        {
            if (index == 4)
            {
                await Assert.ThrowsAsync<SqliteException>(() => one);
            }
            else
            {
                await one;
            }
        }

        Assert.Single(shared.Distinct());
        Assert.Equal(
            new long[] { 1, 2, 3, 4, 6, 7, 8, 9 }.SelectMany(n => new[] { n, n + 100 }).Order(),
            Numbers());
    }

    [Fact]
    public async Task Without_room_on_the_disk_nobody_is_told_that_it_is_stored()
    {
        using (var connection = _database.Connect())
        {
            var pages = connection.QuerySingle<long>("PRAGMA page_count");
            connection.Execute($"PRAGMA max_page_count = {pages}");
        }

        var large = _database.WriteAsync((connection, transaction) => connection.Execute(
            """
            CREATE TABLE large(bytes BLOB);
            INSERT INTO large VALUES(zeroblob(1000000));
            """,
            transaction: transaction));
        await Assert.ThrowsAnyAsync<Exception>(() => large);
        await _database.WriteAsync((connection, transaction) =>
            Insert(connection, transaction, 1));
        Assert.Equal([1], Numbers());
    }

    private static void Insert(
        SqliteConnection connection, SqliteTransaction transaction, long number) =>
        connection.Execute("INSERT INTO number VALUES(@number)", new { number }, transaction);

    private List<long> Numbers()
    {
        using var connection = _database.Connect();
        return connection.Query<long>("SELECT n FROM number ORDER BY n").AsList();
    }
}
