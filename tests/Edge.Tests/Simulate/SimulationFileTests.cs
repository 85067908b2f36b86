using Monitoring.Agent.Devices;
using Monitoring.Agent.Simulate;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;
using NJsonSchema;

namespace Monitoring.Tests.Simulate;

public sealed class SimulationFileTests
{
    private static readonly string Analyser =
        Path.Combine(TestFiles.Config, "devices", "demo-gas-analyser.yaml");

    [Fact]
    public async Task The_shipped_script_fits_its_schema_and_its_instrument()
    {
        var path = Path.Combine(TestFiles.Config, "simulations", "bad-day.yaml");
        Assert.Empty(await Validate(await File.ReadAllTextAsync(path)));
        var faults = new Faults();
        Assert.NotNull(Simulation.Read(
            new SimulationOptions(Analyser) { Script = path }, null, default, faults));
        Assert.Empty(faults.All);
    }

    [Theory]
    [InlineData("{point: o2, does: sine, min: 1, max: 2, period: 5 s}", true)]
    [InlineData("{point: o2, does: sentinel, unit: 1}", true)]
    [InlineData("{does: late, from: 5 s}", true)]
    [InlineData("{point: o2, does: late}", false)]
    [InlineData("{does: stuck}", false)]
    [InlineData("{point: o2, does: sine, min: 1}", false)]
    [InlineData("{point: o2, does: melts}", false)]
    [InlineData("{does: dead, surprise: 1}", false)]
    public async Task Schema_and_reader_agree(string act, bool isLawful)
    {
        var text = $"title: test\nacts:\n  - {act}\n";
        Assert.Equal(isLawful, (await Validate(text)).Count == 0);
        var faults = new Faults();
        var map = DeviceMapReader.Read("map", File.ReadAllText(Analyser), faults);
        var device = new SiteDevice("a", map, "lan", 1) { Every = TimeSpan.FromSeconds(1) };
        ScriptReader.Read("script", text, [device], faults);
        Assert.Equal(isLawful, !faults.Any);
    }

    [Fact]
    public void A_site_says_itself_where_its_instruments_are()
    {
        var faults = new Faults();
        var site = Path.Combine(TestFiles.Config, "sites", "plant-a.yaml");
        Assert.Null(Simulation.Read(
            new SimulationOptions(site) { Listen = "127.0.0.1:1", Units = "3" }, null, default,
            faults));
        Assert.Equal(2, faults.All.Count);
        Assert.NotNull(Simulation.Read(
            new SimulationOptions(site), null, default, new Faults()));
    }

    [Fact]
    public void Options_that_make_no_sense_are_faults_all_at_once()
    {
        var faults = new Faults();
        Assert.Null(Simulation.Read(
            new SimulationOptions(Analyser) { Listen = "nowhere at all", Units = "5-3" }, null,
            default, faults));
        Assert.Equal(2, faults.All.Count);
        Assert.All(faults.All, fault => Assert.NotEmpty(fault.Remedy));
    }

    [Fact]
    public void The_snippet_is_a_site_that_can_be_read()
    {
        var options = new SimulationOptions(Analyser)
        {
            Listen = "127.0.0.1:1502", Pty = "/tmp/tty", RtuListen = "[::1]:1503", Units = "1,7",
        };
        var simulation = Simulation.Read(options, null, default, new Faults())!;
        Assert.Equal(3, simulation.Links.Length);
        Assert.All(simulation.Links, link => Assert.Equal<byte>([1, 7], link.Units.Keys.Order()));
        var said = simulation.Explain(options).Split('\n');
        var snippet = said.Skip(1).TakeWhile(line => line.StartsWith(' '));
        var yaml = "id: s\ntitle: s\ntime_zone: UTC\ngateways:\n  - id: g\n    cycle: 1 s\n"
            + string.Join('\n', snippet);
        var faults = new Faults();
        var site = SiteReader.Read("site", yaml, _ => File.ReadAllText(Analyser), faults);
        Assert.Empty(faults.All);
        Assert.Equal([1, 7], site.Gateways[0].Devices.Select(device => device.Address));
        Assert.Contains("tcp://127.0.0.1:1502", said[^2], StringComparison.Ordinal);
    }

    private static async Task<ICollection<NJsonSchema.Validation.ValidationError>> Validate(
        string yaml)
    {
        var schema = await JsonSchema.FromFileAsync(
            Path.Combine(TestFiles.Config, "schemas", "simulation.schema.json"));
        return schema.Validate(TestFiles.Json(yaml));
    }
}
