using System.Collections.Immutable;
using Monitoring.Agent.Sites;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Servers;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Dashboards;

/// <summary>
/// Ten minutes of two plants, stored as a hub stores them and then worked up and projected by a
/// real hub: so a dashboard is held against what the product writes, not against what we think.
/// </summary>
public static class Seed
{
    private const int Seconds = 600;
    private const int SecondsPerHealth = 60;
    private const int RecordsPerAppend = 500;
    private const string Epoch = "0123456789abcdef0123456789abcdef";

    private static readonly TimeSpan HubMax = TimeSpan.FromSeconds(60);

    public static async Task Write(InfluxServer influx, string database, DateTimeOffset now)
    {
        using var folder = new TemporaryFolder();
        await Store(folder.File("records.db"), now.ToUnixTimeMilliseconds());
        var address = $"127.0.0.1:{Ports.Free()}";
        await using var hub = Child.Start(
            Checkout.Program("Server", "monitoring-hub"),
            [
                "serve", "--config", Checkout.File("hub", "demo-hub.yaml"), "--data", folder.Path,
                "--set", $"http.listen={address}",
                "--set", $"mqtt.listen=127.0.0.1:{Ports.Free()}",
                "--set", $"influx.url={influx.Address}",
                "--set", $"influx.database={database}",
            ]);
        var deadline = TimeProvider.System.GetTimestamp();
        while (!await IsProjected(influx, database))
        {
            Assert.False(hub.HasExited, hub.Output);
            Assert.True(
                TimeProvider.System.GetElapsedTime(deadline) < HubMax,
                $"the hub projected too little in {HubMax.TotalSeconds} s:\n{hub.Output}");
            await Task.Delay(200);
        }

        hub.Terminate();
        Assert.Equal(0, await hub.WaitForExit(TimeSpan.FromSeconds(10)));
    }

    // Charges come last and the readings of a record before all that is made of them.
    private static async Task<bool> IsProjected(InfluxServer influx, string database)
    {
        var counts = new List<int>();
        foreach (
            var what in new[] { "value) FROM reading", "amount) FROM fund", "state) FROM alert" })
        {
            using var answer = await influx.Query(database, $"SELECT COUNT({what}");
            var result = answer.RootElement.GetProperty("results")[0];
            counts.Add(
                result.TryGetProperty("series", out var series)
                    ? series[0].GetProperty("values")[0][1].GetInt32()
                    : 0);
        }

        return counts[0] >= Seconds * 4 && counts[1] > 0 && counts[2] > 1;
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
