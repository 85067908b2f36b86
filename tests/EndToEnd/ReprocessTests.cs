using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests;

/// <summary>
/// A calibration that was forgotten: shown, accepted by two persons, and taken over by a hub that
/// runs, with the old numbers kept.
/// </summary>
public sealed class ReprocessTests
{
    private const string Plant = "plant-a";
    private const string Source = "stack-a";

    private static readonly TimeSpan WindowsMax = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task Another_configuration_is_shown_accepted_and_taken_over()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        DemoFiles.Edit(
            files.Profile, "\nwindow: 10 s\n", "\nwindow: 10 s\napproval: second-person\n");
        var other = folder.File("cluster-2.yaml");
        File.Copy(files.Cluster, other);
        DemoFiles.Edit(
            other, "nox: {device: gas-analyser, point: nox, unit: mg/m3}",
            "nox: {device: gas-analyser, point: nox, unit: mg/m3, calibrations: "
                + "[{from: 2026-01-01T00:00:00Z, a: 0, b: 2, document: report 17}]}");
        await using var plant = new RunningPlant(files, files.MqttPort);
        await plant.Start();
        await Eventually.True(
            "two windows have masses", () => Facts(files).Count >= 2, WindowsMax,
            () => plant.Story);
        var before = Facts(files)[0];
        string[] span =
        [
            "reprocess", Source, "--from", Iso(before.StartMs), "--to", Iso(before.EndMs), "--with",
            other, "--config", files.HubConfig, "--data", files.HubFolder,
        ];

        var (code, shown) = await Run(span);
        Assert.True(code == 0, shown);
        Assert.Contains("Nothing was changed; --accept takes it over.", shown,
            StringComparison.Ordinal);
        Assert.Contains($"{before.Milligrams}", shown, StringComparison.Ordinal);
        Assert.Equal(1, Facts(files).Max(fact => fact.Revision));

        (code, shown) = await Run([.. span, "--accept", "--author", "ann"]);
        Assert.Equal((2, true), (code, shown.Contains("--accept needs --reason")));
        (code, shown) = await Run(
            [.. span, "--accept", "--author", "ann", "--reason", "forgotten"]);
        Assert.True(code == 0, shown);
        var id = shown.Split('\n').Single(line => line.Contains(" accepted; ")).Split(' ')[0];
        Assert.Contains($"amend approve {id}", shown, StringComparison.Ordinal);
        (code, shown) = await Run(Approve(files, id, "ann"));
        Assert.NotEqual(0, code);
        Assert.DoesNotContain(Facts(files), fact => fact.Revision > 1);
        (code, shown) = await Run(Approve(files, id, "bob"));
        Assert.True(code == 0, shown);

        await Eventually.True(
            "the window has a new revision",
            () => Facts(files).Any(fact => fact.StartMs == before.StartMs && fact.Revision == 2),
            WindowsMax, () => plant.Story);
        var both = Facts(files).Where(fact => fact.StartMs == before.StartMs).ToList();
        Assert.Equal(before, both[0]);
        Assert.Equal(2.0, both[1].Milligrams / (double)before.Milligrams, 0.0001);
        Assert.Equal(
            1, Facts(files).Where(fact => fact.StartMs != before.StartMs)
                .Max(fact => fact.Revision));

        using var http = new HttpClient
        {
            BaseAddress = new Uri($"http://127.0.0.1:{files.HttpPort}/api/v1/"),
        };
        var told = await http.GetFromJsonAsync<JsonElement>($"reprocessings/{id}");
        Assert.Contains("forgotten", told.GetRawText(), StringComparison.Ordinal);
        Assert.Contains(
            "report 17", await http.GetStringAsync($"trace/{both[1].Id}?format=text"),
            StringComparison.Ordinal);
        await plant.StopAndAssertConserved();
    }

    private static string[] Approve(DemoFiles files, string id, string author) =>
    [
        "amend", "approve", id, "--author", author, "--config", files.HubConfig, "--data",
        files.HubFolder,
    ];

    private static string Iso(long ms) =>
        DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", null);

    private static List<Mass> Facts(DemoFiles files)
    {
        using var connection = new SqliteConnection($"Data Source={files.BooksFile};Mode=ReadOnly");
        return
        [
            .. connection.Query<Mass>(
                """
                SELECT id, start_ms AS startMs, end_ms AS endMs, milligrams, revision FROM fact
                WHERE source = @Source AND pollutant = 'nox' ORDER BY start_ms, revision
                """,
                new { Source }),
        ];
    }

    private static async Task<(int? Code, string Output)> Run(params string[] arguments)
    {
        await using var program = new Daemon(Programs.HubProgram, arguments);
        program.Start();
        var code = await program.WaitForExit();
        return (code, program.Output);
    }

    private sealed record Mass(
        string Id, long StartMs, long EndMs, long Milligrams, long Revision);
}
