using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Tests.Storage;

/// <summary>The record log in an SQLite file.</summary>
public sealed class RecordLogTests : RecordLogConformance, IDisposable
{
    private readonly TempFolder _folder = new();

    private string Db => _folder.File("records.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_disk_that_fails_in_the_middle_leaves_nothing_half_stored()
    {
        await using var log = Open();
        Execute(
            "CREATE TRIGGER full BEFORE INSERT ON record WHEN NEW.\"offset\" = 15 "
                + "BEGIN SELECT RAISE(ABORT, 'disk full'); END");

        await Assert.ThrowsAsync<RecordLogException>(
            () => log.AppendAsync(Records.Span("plant-a", 0, 10)));
        Assert.Empty(log.ReadAfter(0, 100));
        Assert.Empty(log.Gateways());

        Execute("DROP TRIGGER full");
        await log.AppendAsync(Records.Span("plant-a", 0, 10));
        Assert.Equal(20, log.PositionOf(Records.Gateway(), Records.Epoch).Committed);
        Assert.Equal(20, log.ReadAfter(0, 100).Length);
    }

    [Fact]
    public void A_file_of_a_later_release_is_refused()
    {
        Database.Open(Db, ["CREATE TABLE one(x)", "CREATE TABLE two(x)", "CREATE TABLE x(x)"]);
        var error = Assert.Throws<NewerSchemaException>(() => Database.Open(Db, ["SELECT 1"]));
        Assert.Contains("newer release", error.Message);
    }

    [Fact]
    public void Migrations_run_once_and_forward()
    {
        Database.Open(Db, ["CREATE TABLE one(x)"]);
        var database = Database.Open(Db, ["CREATE TABLE one(x)", "CREATE TABLE two(x)"]);
        using var connection = database.Connect();
        Assert.Equal(2, connection.QuerySingle<long>("PRAGMA user_version"));
        Assert.Equal(2, connection.QuerySingle<long>("SELECT COUNT(*) FROM sqlite_schema"));
    }

    [Fact]
    public async Task Nothing_is_said_to_be_stored_in_a_file_that_is_gone()
    {
        await using var log = Open();
        await log.AppendAsync(Records.Span("plant-a", 0, 1));
        File.Move(Db, Db + ".moved");
        await Assert.ThrowsAsync<RecordLogException>(
            () => log.AppendAsync(Records.Span("plant-a", 1, 2)));

        File.Move(Db + ".moved", Db);
        await log.AppendAsync(Records.Span("plant-a", 1, 2));
    }

    [Fact]
    public async Task Devices_are_found_by_an_index()
    {
        await using var log = Open();
        using var connection = new SqliteConnection($"Data Source={Db}");
        var plan = connection.Query(
            "EXPLAIN QUERY PLAN SELECT time_ms FROM record WHERE device = (SELECT 1) "
                + "AND time_ms >= 5 ORDER BY time_ms LIMIT 1")
            .Select(row => (string)row.detail);
        Assert.Contains(plan, line => line.Contains("record_by_device", StringComparison.Ordinal));
    }

    protected override RecordLog Open() => RecordLog.Open(Db);

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={Db}");
        connection.Execute(sql);
    }
}
