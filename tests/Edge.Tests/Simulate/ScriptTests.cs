using Monitoring.Agent.Devices;
using Monitoring.Agent.Simulate;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Simulate;

public sealed class ScriptTests
{
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch.AddDays(20_000);
    private static readonly SiteDevice Analyser = Device("demo-gas-analyser");
    private static readonly SiteDevice FlowMeter = Device("demo-flow-meter");

    [Fact]
    public void Every_fault_is_reported_with_its_line_and_a_remedy()
    {
        var faults = new Faults();
        ScriptReader.Read("script.yaml", """
            title: Seven faults
            seed: -1
            acts:
              - {point: nox, does: dead}
              - {point: no, does: stuck}
              - {device: somebody, does: dead}
              - {point: o2, does: constant, value: 900}
              - {point: co, does: bits, set: 1}
              - {does: exception, code: 99, from: 10 s, until: 5 s}
            """, [Analyser], faults);
        Assert.Equal(
            [2, 4, 5, 6, 7, 8, 9, 9],
            faults.All.Select(fault => fault.Line).Order());
        Assert.All(faults.All, fault => Assert.NotEmpty(fault.Remedy));
        Assert.Contains("nox, co, o2", faults.All.Single(fault => fault.Line == 5).Remedy,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_point_without_a_sentinel_shows_none()
    {
        var faults = new Faults();
        Read("- {point: status, does: sentinel}", FlowMeter, faults);
        Assert.Contains("has no sentinel", Assert.Single(faults.All).Problem,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{point: o2, does: constant, value: 5}", 0, "5")]
    [InlineData("{point: o2, does: constant, value: 5, from: 10 s, until: 20 s}", 9.9, "10")]
    [InlineData("{point: o2, does: constant, value: 5, from: 10 s, until: 20 s}", 10, "5")]
    [InlineData("{point: o2, does: constant, value: 5, from: 10 s, until: 20 s}", 20, "10")]
    [InlineData("{point: o2, does: sine, min: 2, max: 4, period: 40 s}", 10, "4")]
    [InlineData("{point: o2, does: sine, min: 2, max: 4, period: 40 s}", 30, "2")]
    [InlineData("{point: o2, does: drift, per_minute: 6, from: 10 s}", 40, "13")]
    [InlineData("{point: o2, does: drift, per_minute: -6000}", 600, "0")]
    [InlineData("{point: o2, does: saturated, end: high}", 0, "25")]
    [InlineData("{point: o2, does: saturated, end: low}", 0, "0")]
    [InlineData("{unit: 2, point: o2, does: constant, value: 5}", 0, "10")]
    public void A_point_does_what_its_act_says_while_it_is_on(
        string act, double seconds, string expected)
    {
        var faults = new Faults();
        var acts = act.StartsWith("{unit: 2", StringComparison.Ordinal)
            ? ScriptReader.Read("s", $"title: t\nacts:\n  - {act}",
                [Analyser, Analyser with { Address = 2 }], faults)
            : Read("- " + act, Analyser, faults);
        Assert.Empty(faults.All);
        Assert.Equal(expected, Shown(acts, Analyser, "o2", seconds));
    }

    [Fact]
    public void A_stuck_value_is_that_of_the_act_s_begin_and_noise_lies_over_it()
    {
        var faults = new Faults();
        var script = Read("""
            - {point: o2, does: drift, per_minute: 6}
              - {point: o2, from: 10 s, until: 60 s, does: stuck}
            """, Analyser, faults);
        Assert.Empty(faults.All);
        Assert.Equal("10.5", Shown(script, Analyser, "o2", 5));
        Assert.Equal("11", Shown(script, Analyser, "o2", 10));
        Assert.Equal("11", Shown(script, Analyser, "o2", 59));
        Assert.Equal("16", Shown(script, Analyser, "o2", 60));
    }

    [Fact]
    public void Noise_is_within_its_bounds_moves_and_is_the_same_with_the_same_seed()
    {
        var script = Read("- {point: o2, does: noise, amplitude: 2}", Analyser, new Faults());
        var first = Noise(script);
        Assert.Equal(first, Noise(script));
        Assert.NotEqual(first, Noise(script with { Seed = 2 }));
        Assert.All(first, value => Assert.InRange(value, 8, 12));
        Assert.True(first.Distinct().Count() > 50);
        Assert.True(first.Max() > 11 && first.Min() < 9);

        static List<decimal> Noise(SimulationScript script) =>
        [
            .. Enumerable.Range(0, 100).Select(tenth => decimal.Parse(
                Shown(script, Analyser, "o2", tenth / 10.0), null)),
        ];
    }

    [Fact]
    public void A_sentinel_is_read_as_one_and_bits_are_set_beside_others()
    {
        var script = Read("- {point: o2, does: sentinel}", Analyser, new Faults());
        Assert.Equal("", Shown(script, Analyser, "o2", 0));
        var bits = Read("""
            - {point: status, does: constant, value: 8}
              - {point: status, does: bits, set: 0x0005}
            """, FlowMeter, new Faults());
        Assert.Equal("13", Shown(bits, FlowMeter, "status", 0));
    }

    [Fact]
    public void An_instrument_misbehaves_while_an_act_is_on()
    {
        var faults = new Faults();
        var script = Read("""
            - {from: 10 s, until: 20 s, does: slow, delay: 400 ms}
              - {from: 15 s, until: 20 s, does: bad-crc}
              - {from: 15 s, until: 20 s, does: exception, code: 6}
            """, Analyser, faults);
        Assert.Empty(faults.All);
        var signals = new Signals(script, (_, _, _) => 10, Start);
        Assert.Equal(TimeSpan.Zero, signals.ConductOf(Analyser, Start).Delay);
        Assert.Null(signals.ConductOf(Analyser, Start.AddSeconds(10)).Exception);
        var conduct = signals.ConductOf(Analyser, Start.AddSeconds(15));
        Assert.Equal(TimeSpan.FromMilliseconds(400), conduct.Delay);
        Assert.Equal((byte?)6, conduct.Exception);
        Assert.True(conduct.Is(WrongAnswer.BadCrc));
        Assert.False(signals.ConductOf(Analyser, Start.AddSeconds(20)).Is(WrongAnswer.BadCrc));
    }

    [Theory]
    [MemberData(nameof(ShippedMaps))]
    public void Every_shipped_register_map_can_be_simulated_and_reads_well_where_nothing_is_played(
        string file)
    {
        var faults = new Faults();
        var read = DeviceMapReader.Read(file, File.ReadAllText(file), faults);
        Assert.Empty(faults.All);
        var maps = read.Variants.Prepend(read);
        foreach (var map in maps.Where(map => map.Protocol == DeviceProtocol.Modbus))
        {
            var placed = SunSpecLayout.Place(map);
            var device = FlowMeter with { Map = placed };
            var script = SimulationScript.Empty with { Acts = [.. SunSpecLayout.Acts(placed)] };
            var simulated = new SimulatedDevice(
                device, new Signals(script, LivingValues.From(Start), Start), null);
            var before = simulated.Readings(Start);
            var after = simulated.Readings(Start.AddSeconds(13));
            Assert.All(before.Concat(after), reading => Assert.True(
                reading.Quality == Wire.Records.Quality.Good, $"{map.Id}: {reading}"));
            Assert.NotEqual(before.Select(reading => reading.Value), after.Select(r => r.Value));
        }
    }

    public static TheoryData<string> ShippedMaps() =>
        [.. Directory.GetFiles(Path.Combine(TestFiles.Config, "devices"))];

    private static SimulationScript Read(string acts, SiteDevice device, Faults faults) =>
        ScriptReader.Read("script.yaml", $"title: test\nacts:\n  {acts}", [device], faults);

    /// <summary>What an edge would read where the instrument alone would show 10.</summary>
    private static string Shown(
        SimulationScript script, SiteDevice device, string point, double seconds)
    {
        var signals = new Signals(script, (_, _, _) => 10, Start);
        var map = device.Map;
        var one = map.Points.Single(other => other.Id == point);
        var words = new ushort[one.Registers.Count];
        signals.Write(device, one, Start.AddSeconds(seconds), words);
        var alone = map with { Points = [one], StatusRules = [], SequencePoint = null };
        return ImageDecoder.Finish(alone, [RegisterCodec.Decode(one.Registers, words, 0)])[0]
            .Value?.ToString() ?? "";
    }

    private static SiteDevice Device(string map)
    {
        var faults = new Faults();
        var path = Path.Combine(TestFiles.Config, "devices", map + ".yaml");
        var read = DeviceMapReader.Read(path, File.ReadAllText(path), faults);
        Assert.Empty(faults.All);
        return new SiteDevice(map, read, "lan", 1) { Every = TimeSpan.FromSeconds(1) };
    }
}
