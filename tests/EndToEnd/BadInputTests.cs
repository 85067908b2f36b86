using System.Text.RegularExpressions;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests;

/// <summary>All faults of a document are told at once, each with a remedy.</summary>
public sealed partial class BadInputTests
{
    private sealed record Edit(string From, string To, string Problem);

    [Fact]
    public async Task A_device_map_with_three_faults()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        await AssertRefused(
            files, Programs.Edge(files, "plant-a", files.MqttPort).CommandLine,
            files.Map("demo-gas-analyser"), files.Map("demo-gas-analyser"),
            new Edit("function: holding", "function: coils", "'coils'"),
            new Edit("scale: 0.001", "scale: much", "'much'"),
            new Edit("type: f32", "type: f33", "'f33'"));
    }

    [Fact]
    public async Task A_site_with_three_faults()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        await AssertRefused(
            files, Programs.Edge(files, "plant-a", files.MqttPort).CommandLine,
            files.Site("plant-a"), files.Site("plant-a"),
            new Edit("time_zone: Europe/Istanbul", "time_zone: Europe/Atlantis", "Atlantis"),
            new Edit("cycle: 1 s", "cycle: 1 ms", "'1 ms'"),
            new Edit("unit: 2", "unit: 1", "unit 1"));
    }

    [Fact]
    public async Task A_contract_with_three_faults()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        await AssertRefused(
            files, Programs.Hub(files).CommandLine, files.Contract, files.Contract,
            new Edit("code: EUR", "code: euro", "'euro'"),
            new Edit("mass_unit: g", "mass_unit: stone", "'stone'"),
            new Edit("local_percent: 70", "local_percent: 71", "101 %"));
    }

    [Fact]
    public async Task A_cluster_with_three_faults()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        await AssertRefused(
            files, Programs.Hub(files).CommandLine, files.Cluster, files.Cluster,
            new Edit("zone: hill", "zone: valley", "'valley'"),
            new Edit("member: member-b", "member: member-c", "'member-c'"),
            new Edit("id: stack-b", "id: Stack_B", "'Stack_B'"));
    }

    [Fact]
    public async Task Settings_of_the_hub_with_three_faults()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        await AssertRefused(
            files, Programs.Hub(files).CommandLine, files.HubConfig, files.HubConfig,
            new Edit("time_zone: Europe/Kyiv", "time_zone: Kyiv", "'Kyiv'"),
            new Edit("profiles: profiles", "profile: profiles", "'profile'"),
            new Edit($"127.0.0.1:{files.HttpPort}", "everywhere", "'everywhere'"));
    }

    [Fact]
    public async Task Settings_of_the_edge_with_three_faults()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        var settings = Path.Combine(folder.Path, "edge.yaml");
        await File.WriteAllTextAsync(
            settings, "mqtt:\n  url: mqtt://127.0.0.1:1\n  host_id: hub\n  colour: x\n");
        DemoFiles.Edit(settings, "  colour: x\n", "journal:\n  bytes_max: 1048576\n");
        await AssertRefused(
            files,
            [
                Programs.EdgeProgram, "run", "--site", files.Site("plant-a"), "--data",
                files.EdgeFolder("plant-a"), "--config", settings,
            ],
            settings, settings,
            new Edit("url: mqtt://127.0.0.1:1", "url: the broker", "'the broker'"),
            new Edit("host_id: hub", "host: hub", "'host'"),
            new Edit("bytes_max: 1048576", "bytes_max: lots", "'lots'"));
    }

    [Fact]
    public async Task Options_with_three_faults()
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        var (code, errors) = await Run(
            folder,
            [
                .. Programs.Edge(files, "plant-a", 1).CommandLine, "--set", "mqtt.host_id=A B",
                "--set", "colour=blue", "--set", "journal.bytes_max",
            ]);
        Assert.Equal(2, code);
        foreach (var told in (string[])["'A B'", "'colour'", "journal.bytes_max"])
        {
            Assert.Contains(errors, line => line.Contains(told, StringComparison.Ordinal));
        }

        Assert.False(Directory.Exists(files.EdgeFolder("plant-a")));
    }

    [Theory]
    [InlineData("check", "--site", "")]
    [InlineData("simulate")]
    public async Task A_program_that_is_not_told_what_to_read_says_so(params string[] arguments)
    {
        using var folder = new TemporaryFolder();
        var (code, errors) = await Run(folder, [Programs.EdgeProgram, .. arguments]);
        Assert.Equal(2, code);
        Assert.Contains("See monitoring-edge --help.", errors);
    }

    private static async Task AssertRefused(
        DemoFiles files, IReadOnlyList<string> command, string file, string named,
        params Edit[] edits)
    {
        foreach (var edit in edits)
        {
            DemoFiles.Edit(file, edit.From, edit.To);
        }

        var lines = await File.ReadAllLinesAsync(file);
        using var folder = new TemporaryFolder();
        var (code, errors) = await Run(folder, command);
        var story = string.Join("\n", errors);
        Assert.True(code == 2, $"exit code {code}: {story}");
        foreach (var edit in edits)
        {
            Assert.True(
                errors.Any(line => IsFault().Match(line) is { Success: true } fault
                    && fault.Groups["file"].Value.StartsWith(named, StringComparison.Ordinal)
                    && lines[int.Parse(fault.Groups["line"].Value) - 1].Contains(
                        edit.To, StringComparison.Ordinal)
                    && fault.Groups["problem"].Value.Contains(
                        edit.Problem, StringComparison.Ordinal)),
                $"not told: {edit}\n{story}");
        }

        Assert.False(Directory.Exists(files.HubFolder), "the hub made its folder");
        Assert.False(Directory.Exists(files.EdgeFolder("plant-a")), "the edge made its folder");
    }

    /// <summary>The exit code, and the lines of standard error alone.</summary>
    private static async Task<(int? Code, string[] Errors)> Run(
        TemporaryFolder folder, IReadOnlyList<string> command)
    {
        var errors = folder.File("errors.txt");
        await using var child = Child.Start(
            "/bin/bash", ["-c", "exec \"$@\" 2> \"$0\"", errors, .. command]);
        var code = await child.WaitForExit(TimeSpan.FromSeconds(30));
        return (code, await File.ReadAllLinesAsync(errors));
    }

    [GeneratedRegex("^(?<file>[^:]+):(?<line>[0-9]+): (?<problem>.+); (?<remedy>.+)$")]
    private static partial Regex IsFault();
}
