using System.Collections.Concurrent;
using Monitoring.Server;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Surface;

public sealed class ProjectionTests
{
    [Fact]
    public async Task Everything_arrives_once_and_an_outage_only_delays_it()
    {
        var isDown = true;
        var lines = new ConcurrentDictionary<string, int>();
        await using var server = await FakeServer.Start(received =>
        {
            if (Volatile.Read(ref isDown))
            {
                return (503, "down");
            }

            Take(received, lines);
            return (204, "");
        });
        await using var hub = Hub(server.Address);
        await hub.AppendImages(SeededHub.Ms(600), 40);
        hub.SeedWindows(30);
        hub.SeedContract();
        await hub.Start();
        await Eventually.True(() => server.Requests.Count > 1, "attempts during the outage");
        Assert.Empty(lines);
        Volatile.Write(ref isDown, false);
        await Eventually.True(() => lines.Count == 120 + 60 + 56 + 3 + 2 + 4, "every point");

        await hub.AppendImages(SeededHub.Ms(500), 10, 81);
        await Eventually.True(() => lines.Count == 245 + 30, "points after the outage");
        Assert.All(lines, line => Assert.Equal(1, line.Value));
        Assert.Contains(
            "fund,account=fund:local:river,currency=EUR amount=16.1,balance=16.1,"
                + $"period=\"demo-bubble/2026-11-24T10:14:00Z\" {SeededHub.Ms(35)}",
            lines.Keys);
        var write = server.Requests.Last(
            request => request.Path.StartsWith("/write", StringComparison.Ordinal));
        Assert.Equal("/write?db=emissions&precision=ms", write.Path);
        Assert.Equal("Basic aHViOnB3", write.Headers["Authorization"]);

        // The cursor moves after the answer that the server has just given.
        var books = new BookFeed(hub.Books.Database);
        await Eventually.True(() => books.Cursor("influx/record") == 100, "the cursor moved");
        var metrics = await hub.Http.GetStringAsync("metrics");
        Assert.Contains("\nmonitoring_projection_lag_rows 0\n", metrics);
    }

    [Fact]
    public async Task A_point_refused_for_good_is_counted_and_holds_up_no_other()
    {
        var lines = new ConcurrentDictionary<string, int>();
        await using var server = await FakeServer.Start(received =>
        {
            if (received.Body.Contains("point=nox") && received.Body.Contains("value=65.5"))
            {
                return (400, """{"error":"partial write: field type conflict dropped=1"}""");
            }

            Take(received, lines);
            return (204, "");
        });
        await using var hub = Hub(server.Address);
        await hub.AppendImages(SeededHub.Ms(600), 40);
        await hub.Start();
        await Eventually.True(() => lines.Count == 119, "all but the refused point");
        var rejects = await hub.Get("rejects");
        Assert.Equal(1, rejects.GetProperty("projection_rejected").GetInt64());
    }

    [Fact]
    public async Task A_real_InfluxDB_that_is_killed_and_comes_back_misses_nothing()
    {
        await using var influx = await OwnInflux.Start();
        await using var hub = Hub(influx.Address);
        await hub.AppendImages(SeededHub.Ms(600), 40);
        hub.SeedWindows(30);
        hub.SeedContract();
        await hub.Start();
        await Eventually.True(
            () => influx.Count("reading", "quality") == 120, "the first readings");
        influx.Kill();
        await hub.AppendImages(SeededHub.Ms(500), 40, 81);
        await influx.Restart();
        await Eventually.True(
            () => influx.Count("reading", "quality") == 240, "readings of the outage", 40);
        await Eventually.True(() => influx.Count("fund", "amount") == 4, "all feeds");
        Assert.Equal(80, influx.Count("reading", "value"));
        Assert.Equal(60, influx.Count("average", "coverage"));
        Assert.Equal(56, influx.Count("fact", "mass_mg"));
        Assert.Equal(3, influx.Count("quota", "used_t"));
        Assert.Equal(2, influx.Count("alert", "state"));
    }

    [Fact]
    public async Task Points_of_a_wrong_clock_go_where_they_belong_once_it_is_corrected()
    {
        const long ShiftMs = 5_000;
        var boot = new Guid(7, 0, 0, [1, 2, 3, 4, 5, 6, 7, 8]);
        await using var influx = await OwnInflux.Start();
        await using var hub = Hub(influx.Address);
        var first = Records.Gas(0);
        JournalRecord.Image At(int second, ClockState clock) => first with
        {
            TimeMs = Records.StartMs + (second * 1_000), Clock = clock, Boot = new Boot(boot, 0),
            Readings =
            [
                .. first.Readings.Select(reading => reading with
                {
                    TimeMs = Records.StartMs + (second * 1_000),
                }),
            ],
        };

        // Seconds 0 to 9 by a right clock; then 12 to 21, which say that they are 7 to 16.
        var offset = 0L;
        foreach (var (from, clock) in new[] { (0, ClockState.Synced), (7, ClockState.Unsynced) })
        {
            for (var second = from; second < from + 10; second++)
            {
                await hub.Records.AppendAsync(Records.One(++offset, At(second, clock)));
            }
        }

        await hub.Start();
        var points = first.Readings.Length;
        await Eventually.True(
            () => influx.Count("reading", "quality") == 17 * points, "both, over each other");
        await hub.Records.AppendAsync(Records.One(
            ++offset, new JournalRecord.Correction(
                boot, 11, 20, ShiftMs, Records.StartMs + 60_000)));
        new ClockRevisions(hub.Records).Apply(Records.Device("gas-analyser"), _ => []);
        await Eventually.True(
            () => influx.Count("reading", "quality") == 20 * points, "each at its own time");
        var times = influx.Query("SELECT \"quality\" FROM \"reading\" WHERE \"point\" = 'nox'")!
            .Value.GetProperty("results")[0].GetProperty("series")[0].GetProperty("values");
        Assert.Equal(
            Enumerable.Range(0, 22).Where(second => second is < 10 or >= 12)
                .Select(second => Records.StartMs + (second * 1_000L)),
            times.EnumerateArray().Select(row => row[0].GetInt64()));
    }

    [Fact]
    public async Task Entries_of_one_instant_share_a_point_with_their_sum()
    {
        await using var hub = new SeededHub();
        hub.SeedContract();
        hub.Execute(
            """
            INSERT INTO entry(id, idempotency_key, kind, period, booked_ms)
                SELECT 'e2', 'k2', kind, period, booked_ms FROM entry;
            INSERT INTO posting(entry, account, asset, amount, charge) VALUES
                (2, 'fund:reserve', 'money:EUR', -70, 'c'),
                (2, 'member:member-a:receivable', 'money:EUR', 70, 'c');
            """);
        var moves = new BookFeed(hub.Books.Database).AccountMoves(1, 10);
        Assert.Equal([("fund:reserve", -300L), ("member:member-a:receivable", 2_370L)],
            moves.Select(move => (move.Account, move.Amount)));
    }

    private static SeededHub Hub(Uri address) => new()
    {
        Influx = new InfluxSettings(address, "emissions", "hub", "pw", null),
        Time = TimeProvider.System,
    };

    private static void Take(Received received, ConcurrentDictionary<string, int> lines)
    {
        foreach (var line in received.Path.StartsWith("/write", StringComparison.Ordinal)
            ? received.Body.Split('\n').Where(line => !line.StartsWith("projection "))
            : [])
        {
            lines.AddOrUpdate(line, 1, (_, count) => count + 1);
        }
    }
}
