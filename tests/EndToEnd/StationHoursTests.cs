using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>
/// Hours that a station's own logger has, frames of HJ 212-2017 as one hub writes them, fill the
/// hour that another hub lacks. The stack is in Shanghai, and both hubs show times of Kyiv.
/// </summary>
public sealed class StationHoursTests : IDisposable
{
    private const string Epoch = "0123456789abcdef0123456789abcdef";
    private const int Hours = 5;
    private const int Lost = 2;
    private const long MinuteMs = 60_000;

    // 2026-02-02 00:00 in Shanghai.
    private const long StartMs = 1_769_961_600_000;

    private static readonly TimeSpan HubMax = TimeSpan.FromSeconds(60);

    private readonly TemporaryFolder _folder = new();
    private readonly DemoFiles _files;

    public StationHoursTests()
    {
        _files = new DemoFiles(_folder.Path);
        DemoFiles.Edit(_files.Contract, "period: 60 s", "period: {kind: year, zone: Etc/UTC}");
        DemoFiles.Edit(_files.Contract, "pollutant: nox", "pollutant: so2");
        File.WriteAllText(
            _files.Cluster,
            """
            members: [{id: member-a, title: A}, {id: member-b, title: B}]
            zones: [{id: river, title: River}]
            sources:
              - id: stack-a
                title: Stack
                plant: plant-a
                gateway: gateway-1
                member: member-a
                zone: river
                profile: hj-75
                cycle: 1 min
                from: 2026-02-01T16:00:00Z
                time_zone: Asia/Shanghai
                potentials: {so2: 500, flow: 3000}
                quantities:
                  so2: {device: analyser, point: so2, unit: mg/m3}
                  o2: {device: analyser, point: o2, unit: "%"}
                  h2o: {device: analyser, point: h2o, unit: "%"}
                  flow: {device: analyser, point: flow, unit: m3/h}
                  t: {device: analyser, point: t, unit: Cel}
                  p: {device: analyser, point: p, unit: kPa}
            """);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Hours_of_one_hub_fill_the_missing_one_of_another()
    {
        var (whole, holed) = (_folder.File("whole"), _folder.File("holed"));
        await Store(whole, lost: null);
        await Store(holed, Lost);
        var measured = await Masses(whole, Hours);
        Assert.Equal(Hours, measured.Distinct().Count());
        Assert.Equal(
            measured.Where((_, hour) => hour != Lost), await Masses(holed, Hours - 1));

        var frames = _folder.File("frames.txt");
        var (code, text) = await Run(
            "export", "hj212", "--source", "stack-a", "--station", "010000A8900016F000169DC0",
            "--password", "123456", "--config", _files.HubConfig, "--data", whole);
        Assert.True(code == 0, text);
        Assert.Contains("DataTime=20260202020000", text, StringComparison.Ordinal);
        // The output was read line by line; each frame ends with both characters.
        await File.WriteAllTextAsync(frames, text.ReplaceLineEndings("\r\n"));

        string[] import =
        [
            "import", "hj212", frames, "--source", "stack-a", "--author", "ann", "--reason",
            "the gateway was stolen", "--config", _files.HubConfig, "--data", holed,
        ];
        (code, text) = await Run(import);
        Assert.True(code == 0, text);
        Assert.Contains("2 hours entered", text, StringComparison.Ordinal);
        Assert.Equal(measured, await Masses(holed, Hours, revision: 2));

        (code, text) = await Run(import);
        Assert.True(code == 0, text);
        Assert.Contains("0 hours entered", text, StringComparison.Ordinal);

        await File.WriteAllTextAsync(
            frames, (await File.ReadAllTextAsync(frames)).Replace("=50", "=51"));
        (code, text) = await Run(import);
        Assert.True(code == 2, text);
        Assert.Contains("frame 1: ", text, StringComparison.Ordinal);
        Assert.Contains("nothing was entered", text, StringComparison.Ordinal);
    }

    /// <summary>The newest mass of each hour, once a hub has worked them out.</summary>
    private async Task<List<long>> Masses(string data, int hours, int revision = 1)
    {
        await using var hub = new Daemon(
            Programs.HubProgram, ["serve", "--config", _files.HubConfig, "--data", data]);
        hub.Start();
        var books = Path.Combine(data, "books.db");
        await Eventually.True(
            $"{hours} hours have masses, one of revision {revision}",
            () => File.Exists(books) && Rows(books) is var rows && rows.Count == hours
                && rows.Exists(row => row.Revision == revision),
            HubMax, () => hub.Output);
        Assert.Equal(0, await hub.Stop());
        return [.. Rows(books).Select(row => row.Milligrams)];
    }

    private static List<Mass> Rows(string books)
    {
        using var connection = new SqliteConnection($"Data Source={books};Mode=ReadOnly");
        return connection.QuerySingle<long>(
            "SELECT COUNT(*) FROM sqlite_master WHERE name = 'fact'") == 0
            ? []
            :
            [
                .. connection.Query<Mass>(
                    """
                    SELECT milligrams, MAX(revision) AS revision FROM fact
                    WHERE pollutant = 'so2' GROUP BY start_ms ORDER BY start_ms
                    """),
            ];
    }

    private static async Task Store(string data, int? lost)
    {
        Directory.CreateDirectory(data);
        await using var records = RecordLog.Open(Path.Combine(data, "records.db"));
        var all = Enumerable.Range(0, (Hours * 60) + 1)
            .Where(minute => minute / 60 != lost)
            .Select((minute, i) => (Offset: i + 1L, Record: (JournalRecord)Image(minute)))
            .ToImmutableArray();
        await records.AppendAsync(new JournalAppend(
            new GatewayId("plant-a", "gateway-1"), Epoch, all, all[^1].Offset, null,
            StartMs + (Hours * 60 * MinuteMs)));
    }

    private static JournalRecord.Image Image(int minute)
    {
        var timeMs = StartMs + (minute * MinuteMs);
        return new JournalRecord.Image(
            "analyser", timeMs, new Boot(Guid.Empty, timeMs), ClockState.Synced,
            [
                .. new (string Point, double Value)[]
                {
                    ("so2", 50 + (10 * (minute / 60))), ("o2", 11), ("h2o", 0), ("flow", 1_000),
                    ("t", 100), ("p", 101.325),
                }.Select(one => new Reading(
                    one.Point, PointValue.Real(one.Value), Quality.Good, Reason.None, timeMs)),
            ]);
    }

    private static async Task<(int? Code, string Output)> Run(params string[] arguments)
    {
        await using var program = new Daemon(Programs.HubProgram, arguments);
        program.Start();
        var code = await program.WaitForExit();
        return (code, program.Output);
    }

    private sealed class Mass
    {
        public long Milligrams { get; init; }

        public long Revision { get; init; }
    }
}
