using System.Collections.Immutable;
using Monitoring.Agent.Sites;
using Monitoring.Core.Amendments;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Servers;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Dashboards;

/// <summary>
/// Ten minutes of two plants, stored as a hub stores them and then worked up and projected by a
/// real hub: so a dashboard is held against what the product writes, not against what we think.
/// Their profile is that of the demo with days, limits and tests beside it.
/// </summary>
public static class Seed
{
    private const int Seconds = 600;
    private const int SecondsPerHealth = 60;
    private const int LostSeconds = 60;
    private const int RecordsPerAppend = 500;
    private const string Epoch = "0123456789abcdef0123456789abcdef";

    private static readonly TimeSpan HubMax = TimeSpan.FromSeconds(60);

    /// <param name="findings">
    /// What the shipped dashboard still lacks: the hub runs until each of its queries has an answer
    /// for each plant, since it writes one source after the other.
    /// </param>
    public static async Task Write(
        InfluxServer influx, string database, DateTimeOffset now,
        Func<Task<IReadOnlyList<string>>> findings)
    {
        using var folder = new TemporaryFolder();
        await Store(folder.File("records.db"), now.ToUnixTimeMilliseconds());
        Enter(folder.File("books.db"), now);
        var (cluster, profiles) = Documents(folder, now);
        var address = $"127.0.0.1:{Ports.Free()}";
        await using var hub = Child.Start(
            Checkout.Program("Server", "monitoring-hub"),
            [
                "serve", "--config", Checkout.File("hub", "demo-hub.yaml"), "--data", folder.Path,
                "--set", $"cluster={cluster}", "--set", $"profiles={profiles}",
                "--set", $"http.listen={address}",
                "--set", $"mqtt.listen=127.0.0.1:{Ports.Free()}",
                "--set", $"influx.url={influx.Address}",
                "--set", $"influx.database={database}",
            ]);
        var deadline = TimeProvider.System.GetTimestamp();
        while (await findings() is [_, ..] missing)
        {
            Assert.False(hub.HasExited, hub.Output);
            Assert.True(
                TimeProvider.System.GetElapsedTime(deadline) < HubMax,
                $"after {HubMax.TotalSeconds} s: {string.Join('\n', missing)}\n{hub.Output}");
            await Task.Delay(200);
        }

        hub.Terminate();
        Assert.Equal(0, await hub.WaitForExit(TimeSpan.FromSeconds(10)));
    }

    private static (string Cluster, string Profiles) Documents(
        TemporaryFolder folder, DateTimeOffset now)
    {
        var profiles = Directory.CreateDirectory(folder.File("profiles")).FullName;
        File.WriteAllText(
            Path.Combine(profiles, "watched.yaml"),
            File.ReadAllText(Checkout.File("hub", "profiles", "demo.yaml"))
                .Replace("id: demo", "id: watched")
                + """

                levels:
                  - {id: day, span: day, hours_min: 0, lost_max: 5}
                lost_days_max: 10
                quality_tests:
                  - {test: ast, of: nox, valid: 365 d}
                limits:
                  - {pollutant: nox, limit: 150, tests: [{level: day, factor: 1}]}
                """);
        var cluster = folder.File("cluster.yaml");
        var from = DateTimeOffset.FromUnixTimeSeconds(
            (now.ToUnixTimeSeconds() - Seconds - LostSeconds) / LostSeconds * LostSeconds);
        File.WriteAllText(
            cluster,
            File.ReadAllText(Checkout.File("hub", "contracts", "cluster.yaml"))
                .Replace("profile: demo", "profile: watched")
                .Replace(
                    "from: 2026-01-01T00:00:00Z",
                    $"time_zone: Europe/Kyiv\n    from: {from:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
        return (cluster, profiles);
    }

    /// <summary>Tests of the instruments: one that holds, and a zero that drifts.</summary>
    private static void Enter(string file, DateTimeOffset now)
    {
        Amendment Test(string source, string test, int daysAgo, string result) => new()
        {
            Source = source, Quantity = "nox", Kind = AmendmentKind.Test,
            FromMs = now.AddDays(-daysAgo).ToUnixTimeMilliseconds(), Test = test, Passed = true,
            Subject = $"{daysAgo}", Result = result, Author = "ann", Reason = "tests.csv",
        };

        new AmendmentBook(Books.Open(file)).Add(
            [
                .. new[] { "stack-a", "stack-b" }.SelectMany(source => new[]
                {
                    Test(source, "ast", 100, "passed"),
                    Test(source, "qal3-zero", 30, DriftChart.TextOf(0.5m, 1)),
                    Test(source, "qal3-zero", 20, DriftChart.TextOf(1.5m, 1)),
                    Test(source, "qal3-zero", 10, DriftChart.TextOf(4, 1)),
                }),
            ],
            now.ToUnixTimeMilliseconds());
    }

    private static async Task Store(string file, long nowMs)
    {
        await using var records = RecordLog.Open(file);
        foreach (var plant in new[] { "plant-a", "plant-b" })
        {
            var all = Enumerable.Range(0, Seconds)
                .SelectMany(second => Images(nowMs - ((Seconds - second) * 1_000L), second))
                .Select((image, i) => (Offset: i + 1L, Record: (JournalRecord)image))
                .ToImmutableArray();
            foreach (var part in all.Chunk(RecordsPerAppend))
            {
                await records.AppendAsync(new JournalAppend(
                    new GatewayId(plant, "gateway-1"), Epoch, [.. part], part[^1].Offset, null,
                    nowMs));
            }
        }
    }

    private static IEnumerable<JournalRecord.Image> Images(long timeMs, int second) =>
    [
        .. second % SecondsPerHealth == 0 ? (JournalRecord.Image[])[Health(timeMs, second)] : [],
        Image("gas-analyser", timeMs, ("nox", 70 + (second % 30)), ("co", 3), ("o2", 14.6)),
        Image("flow-meter", timeMs, ("flow", 3_400_000), ("t", 530), ("p", 101.7)),
    ];

    // What an agent says of itself, with a request or two that had no answer.
    private static JournalRecord.Image Health(long timeMs, int second) => Image(
        Gateway.OwnDevice, timeMs, ("overruns", 0), ("skipped", 0),
        ("timeouts", second / SecondsPerHealth / 2), ("damaged", 0), ("journal-waiting", 3));

    private static JournalRecord.Image Image(
        string device, long timeMs, params (string Point, double Value)[] readings) => new(
        device, timeMs, new Boot(Guid.Empty, 0), ClockState.Synced,
        [
            .. readings.Select(one => new Reading(
                one.Point, PointValue.Real(one.Value), Quality.Good, Reason.None, timeMs)),
        ]);
}
