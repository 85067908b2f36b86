using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Monitoring.Server;

namespace Monitoring.Tests.Surface;

/// <summary>
/// What can befall InfluxDB: nothing is lost, and nothing but Grafana waits. Time is an argument.
/// </summary>
public sealed class InfluxTroubleTests
{
    private readonly FakeTimeProvider _time = new(SeededHub.Now);

    [Fact]
    public async Task An_hour_without_it_delays_Grafana_and_nothing_else()
    {
        await using var influx = await OwnInflux.Start();
        await using var hub = Hub(influx.Address);
        await hub.AppendImages(SeededHub.Ms(3_700), 40);
        await hub.Start();
        await Becomes(() => Waiting(hub, "record") == 0, "the first readings");
        influx.Kill();
        for (var minute = 0; minute < 60; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            await hub.AppendImages(SeededHub.Ms(3_600 - (minute * 60)), 1, 81 + (2 * minute));
            var gateway = (await hub.Get("gateways")).GetProperty("gateways")[0];
            Assert.Equal(82 + (2 * minute), gateway.GetProperty("committed_offset").GetInt64());
        }

        await Becomes(() => Projection(hub).GetProperty("reason").GetString() is not null, "why");
        Assert.StartsWith(
            "2026-11-24T12:1", Projection(hub).GetProperty("waits_since").GetString());
        Assert.Equal(120, Waiting(hub, "record"));
        Assert.True((await hub.Http.GetAsync("readyz")).IsSuccessStatusCode);

        await influx.Restart();
        await Becomes(() => influx.Count("reading", "quality") == 300, "readings of the hour");
        await Becomes(
            () => Projection(hub).GetProperty("waits_since").GetString() is null, "it takes some");
        Assert.Equal(0, Waiting(hub, "record"));
    }

    [Fact]
    public async Task One_that_accepts_and_never_answers_is_given_up_and_tried_again()
    {
        using var answers = new ManualResetEventSlim();
        var lines = new ConcurrentDictionary<string, bool>();
        await using var server = await FakeServer.Start(received =>
        {
            answers.Wait();
            foreach (var line in received.Body.Split('\n'))
            {
                lines[line] = true;
            }

            return (204, "");
        });
        await using var hub = Hub(server.Address);
        await hub.AppendImages(SeededHub.Ms(600), 40);
        await hub.Start();
        await Becomes(
            () => Projection(hub).GetProperty("reason").GetString() == "no answer within 30 s",
            "it is given up");
        await hub.AppendImages(SeededHub.Ms(500), 1, 81);
        answers.Set();
        await Becomes(
            () => lines.Keys.Count(line => line.StartsWith("reading", StringComparison.Ordinal))
                == 123,
            "all readings");
    }

    [Fact]
    public async Task A_wrong_password_is_said_and_a_right_one_helps()
    {
        await using var influx = await OwnInflux.Start(withUsers: true);
        influx.Query("CREATE USER \"root\" WITH PASSWORD 'root' WITH ALL PRIVILEGES");
        await using var hub = Hub(influx.Address);
        await hub.AppendImages(SeededHub.Ms(600), 40);
        await hub.Start();
        await Becomes(
            () => Projection(hub).GetProperty("reason").GetString()?
                .StartsWith("HTTP 401", StringComparison.Ordinal) == true,
            "it is refused");
        Assert.Equal(0, influx.Count("reading", "quality"));
        influx.Query("CREATE USER \"hub\" WITH PASSWORD 'pw' WITH ALL PRIVILEGES");
        await Becomes(() => influx.Count("reading", "quality") == 120, "all is written");
    }

    [Fact]
    public async Task A_database_dropped_meanwhile_is_made_and_filled_again()
    {
        await using var influx = await OwnInflux.Start();
        await using var hub = Hub(influx.Address);
        await hub.AppendImages(SeededHub.Ms(600), 40);
        hub.SeedWindows(30);
        hub.SeedContract();
        await hub.Start();
        await Becomes(
            () => influx.Count("projection", "record") == 1
                && influx.Count("reading", "quality") == 120,
            "the first time");
        influx.Query("DROP DATABASE \"emissions\"");
        await Becomes(() => influx.Count("reading", "quality") == 120, "readings again");
        await Becomes(() => Waiting(hub, "record") == 0, "no row waits");
        Assert.Equal(60, influx.Count("average", "coverage"));
        Assert.Equal(56, influx.Count("fact", "mass_mg"));
        Assert.Equal(3, influx.Count("quota", "used_t"));
        Assert.Equal(2, influx.Count("alert", "state"));
        Assert.Equal(4, influx.Count("fund", "amount"));
    }

    [Fact]
    public async Task One_put_back_to_an_older_state_gets_only_what_it_lacks()
    {
        await using var influx = await OwnInflux.Start();
        await using var hub = Hub(influx.Address);
        await hub.AppendImages(SeededHub.Ms(600), 40);
        await hub.Start();
        await Becomes(() => influx.Count("projection", "record") == 1, "the first time");
        influx.Query("DROP MEASUREMENT \"reading\"; DROP MEASUREMENT \"projection\"");
        await influx.Write($"projection record=60 {SeededHub.Ms(0)}");
        await Becomes(() => influx.Count("reading", "quality") > 0, "readings again");
        await Becomes(() => Waiting(hub, "record") == 0, "no row waits");
        Assert.Equal(30, influx.Count("reading", "quality"));
    }

    [Fact]
    public async Task Points_of_another_type_are_put_aside_and_come_back_when_asked()
    {
        await using var influx = await OwnInflux.Start();
        influx.Query("CREATE DATABASE \"emissions\"");
        await influx.Write($"reading,device=x value=1i {SeededHub.Ms(600)}");
        await using var hub = Hub(influx.Address);
        await hub.AppendImages(SeededHub.Ms(600), 40);
        await hub.Start();
        await Becomes(() => Waiting(hub, "record") == 0, "all is written or put aside");
        Assert.Equal(80, influx.Count("reading", "quality"));
        Assert.Equal(40, Projection(hub).GetProperty("refused_points").GetInt64());
        var newest = Projection(hub).GetProperty("newest_refused")[0];
        Assert.Contains("field type conflict", newest.GetProperty("error").GetString());
        Assert.Equal(
            "reading,device=gas-analyser,plant=plant-a,point=nox "
                + $"quality=192,value=100.5 {SeededHub.Ms(561)}",
            newest.GetProperty("line").GetString());

        influx.Query("DROP MEASUREMENT \"reading\"");
        hub.StartProjectionAnew();
        await Becomes(() => influx.Count("reading", "quality") == 120, "all of it");
        Assert.Equal(40, influx.Count("reading", "value"));
        Assert.Equal(0, Projection(hub).GetProperty("refused_points").GetInt64());
    }

    [Fact]
    public async Task What_is_older_than_it_keeps_is_no_fault()
    {
        await using var influx = await OwnInflux.Start();
        await using var hub = Hub(influx.Address, retentionDays: 10);
        var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await hub.AppendImages(nowMs - (20 * 86_400_000L), 40);
        await hub.AppendImages(nowMs - 60_000, 40, 81);
        await hub.Start();
        await Becomes(() => Waiting(hub, "record") == 0, "no row waits");
        Assert.Equal(120, influx.Count("reading", "quality"));
        Assert.Equal(0, Projection(hub).GetProperty("refused_points").GetInt64());
        var policy = influx.Query("SHOW RETENTION POLICIES")!.Value.GetProperty("results")[0]
            .GetProperty("series")[0].GetProperty("values")[0];
        Assert.Equal("240h0m0s 24h0m0s", $"{policy[1].GetString()} {policy[2].GetString()}");
    }

    [Fact]
    public async Task A_new_revision_takes_the_place_of_the_old_one()
    {
        await using var influx = await OwnInflux.Start();
        await using var hub = Hub(influx.Address);
        hub.SeedWindows(1);
        await hub.Start();
        await Becomes(() => influx.Count("fact", "mass_mg") == 2, "the first revision");
        hub.Execute(
            """
            INSERT INTO window(source, start_ms, end_ms, revision, log_id, known_ms,
                no_fact_because)
                SELECT source, start_ms, end_ms, 2, log_id, known_ms, 'coverage' FROM window
                WHERE source = 'stack-a';
            INSERT INTO average("window", quantity, unit, value, absent_because,
                coverage_percent) VALUES(3, 'nox-std', 'mg/m3', NULL, 'coverage', '40');
            """);
        await Becomes(() => influx.Count("fact", "mass_mg") == 1, "the fact is withdrawn");
        await Becomes(() => Waiting(hub, "window") == 0, "no row waits");
        Assert.Equal(1, influx.Count("average", "value"));
        Assert.Equal(2, influx.Count("average", "coverage"));
    }

    [Fact]
    public async Task Much_at_once_goes_in_many_requests_none_too_long()
    {
        var counts = new ConcurrentQueue<int>();
        await using var server = await FakeServer.Start(received =>
        {
            counts.Enqueue(received.Body.Split('\n').Count(
                line => line.StartsWith("reading", StringComparison.Ordinal)));
            return (204, "");
        });
        await using var hub = Hub(server.Address);
        for (var part = 0; part < 10; part++)
        {
            await hub.AppendImages(
                SeededHub.Ms(20_000 - (part * 1_000)), 1_000, 1 + (2_000 * part));
        }

        await hub.Start();
        await Becomes(() => Waiting(hub, "record") == 0, "no row waits");
        Assert.Equal(30_000, counts.Sum());
        Assert.All(counts, count => Assert.InRange(count, 0, 5_001));
        Assert.True(counts.Count(count => count > 0) <= 6, string.Join(", ", counts));
    }

    private SeededHub Hub(Uri address, int? retentionDays = null) => new()
    {
        Influx = new InfluxSettings(address, "emissions", "hub", "pw", retentionDays),
        Time = _time,
    };

    private static JsonElement Projection(SeededHub hub) =>
        hub.Get("projection").GetAwaiter().GetResult();

    private static long Waiting(SeededHub hub, string table) => Projection(hub)
        .GetProperty("tables").EnumerateArray()
        .Single(row => row.GetProperty("table").GetString() == table)
        .GetProperty("rows_waiting").GetInt64();

    /// <summary>Lets the hub's time pass until it is so.</summary>
    private Task Becomes(Func<bool> condition, string what) => Eventually.True(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            return condition();
        },
        what, 60);
}
