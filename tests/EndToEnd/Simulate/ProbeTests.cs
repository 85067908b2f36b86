using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Simulate;

/// <summary><c>monitoring-edge probe</c> at simulated instruments, as it is typed.</summary>
public sealed class ProbeTests
{
    private const string Script = """
        title: Values that stay; unit 9 is dead
        acts:
          - {point: nox, does: constant, value: 123.456}
          - {point: co, does: constant, value: 12.5}
          - {unit: 9, does: dead}
        """;

    [Theory]
    [InlineData("tcp")]
    [InlineData("rtu-tcp")]
    [InlineData("line")]
    public async Task Every_order_is_shown_and_the_right_one_is_among_them(string kind)
    {
        await using var instrument = await SimulatedInstrument.Start(
            SimulateTests.Map, "5,9", Script);
        var (code, output) = await Probe(
            instrument, kind, "--unit", "5", "--from", "2", "--count", "2", "--type", "f32");
        Assert.Equal(0, code);
        var lines = output.TrimEnd().Split('\n');
        var head = Words(lines.Single(line => line.Contains("ABCD", StringComparison.Ordinal)));
        var row = Words(lines.Single(line => line.Contains(" f32", StringComparison.Ordinal)));
        Assert.Equal(["from", "type", "ABCD", "CDAB", "BADC", "DCBA"], head);
        Assert.Equal(["2", "f32", "2.34185E-41", "12.5", "2.591982E-41", "197632"], row);
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("line")]
    public async Task A_scan_finds_the_units_and_what_they_are(string kind)
    {
        await using var instrument = await SimulatedInstrument.Start(
            SimulateTests.Map, "2,5,9", Script);
        var (code, output) = await Probe(
            instrument, kind, "--scan-units", "1-10", "--timeout", "500ms");
        Assert.Equal(0, code);
        var at = kind == "line" ? " at 9600 8N1" : "";
        Assert.Equal(
            [
                $"unit 2{at}: Monitoring analyser simulated",
                $"unit 5{at}: Monitoring analyser simulated",
            ],
            output.Split('\n').Where(line => line.StartsWith("unit", StringComparison.Ordinal)));
        Assert.Contains("Found 2; 10 of 10 were tried.", output, StringComparison.Ordinal);
        Assert.Contains("10 of 10 tried, 2 found, about 0 s", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_says_which_models_a_SunSpec_device_has()
    {
        var map = await File.ReadAllTextAsync(
            Checkout.File("firmware-config", "devices", "sunspec-inverter.yaml"));
        await using var instrument = await SimulatedInstrument.Start(
            map, "7", "title: none\nacts:\n  - {point: state, does: constant, value: 4}");
        var (code, output) = await Probe(instrument, "tcp", "--scan-units", "7");
        Assert.Equal(0, code);
        Assert.Contains("SunSpec SIMULATED SIMULATED, models 1, 101", output,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_of_baud_rates_ends_at_the_first_that_answers()
    {
        // A pseudo terminal answers at any rate: what is proved is the way, not the rate.
        await using var instrument = await SimulatedInstrument.Start(
            SimulateTests.Map, "5,9", Script);
        var (code, output) = await Probe(
            instrument, "line", "--scan-baud", "--unit", "5", "--timeout", "5s");
        Assert.Equal(0, code);
        Assert.Contains("Asking 1 units in 32 ways", output, StringComparison.Ordinal);
        Assert.Contains("unit 5 at 9600 8N1: Monitoring", output, StringComparison.Ordinal);
        Assert.Contains("Found 1; 1 of 32 were tried.", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_scan_that_is_stopped_shows_what_was_found()
    {
        await using var instrument = await SimulatedInstrument.Start(
            SimulateTests.Map, "2,9", Script);
        await using var probe = new Daemon(Programs.EdgeProgram,
        [
            "probe", "--link", instrument.Line, "--scan-units", "1-247", "--timeout", "1s",
        ]);
        await probe.Start("unit 2 at");
        Assert.Equal(1, await probe.Stop(child => child.Interrupt()));
        Assert.Contains("Found 1; ", probe.Output, StringComparison.Ordinal);
        Assert.Contains("Stopped before the end.", probe.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_entry_that_was_written_reads_the_right_value()
    {
        await using var instrument = await SimulatedInstrument.Start(
            SimulateTests.Map, "5,9", Script);
        var map = instrument.PathOf("my-analyser.yaml");
        string[] asked = ["--unit", "5", "--map", map, "--write"];
        var (first, said) = await Probe(instrument, "tcp",
            [.. asked, "{id: co, quantity: co, unit: mg/m3, address: 2, type: f32, order: CDAB}"]);
        Assert.Contains("It reads 12.5 mg/m3 now.", said, StringComparison.Ordinal);
        var (second, then) = await Probe(instrument, "line",
            [.. asked, "{id: nox, quantity: nox, unit: g/m3, address: 0, type: u32, scale: 1e-6}"]);
        Assert.Contains("It reads 0.123456 g/m3 now.", then, StringComparison.Ordinal);
        Assert.Equal((0, 0), (first, second));

        var before = await File.ReadAllTextAsync(map);
        var (refused, why) = await Probe(instrument, "tcp",
            [.. asked, "{id: nox, quantity: nox, unit: mg/m3, address: 0, type: u37}"]);
        Assert.Equal(2, refused);
        Assert.Contains("'type' is 'u37'", why, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllTextAsync(map));
    }

    [Fact]
    public async Task Times_are_measured_and_a_timeout_is_proposed()
    {
        await using var instrument = await SimulatedInstrument.Start(
            SimulateTests.Map, "5,9", Script);
        var (code, output) = await Probe(
            instrument, "tcp", "--unit", "5", "--times", "1000", "--timeout", "10s");
        Assert.Equal(0, code);
        Assert.Contains("1000 of 1000 reads of 8 were answered", output, StringComparison.Ordinal);
        Assert.Contains("Proposed: 'timeout: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "exception 2", "--unit", "5", "--from", "100")]
    [InlineData(2, "--unit 300", "--unit", "300")]
    [InlineData(2, "--count 200", "--count", "200")]
    [InlineData(3, "no answer", "--unit", "9", "--timeout", "300ms")]
    public async Task Exit_codes_tell_the_truth(int expected, string said, params string[] options)
    {
        await using var instrument = await SimulatedInstrument.Start(
            SimulateTests.Map, "5,9", Script);
        var (code, output) = await Probe(instrument, "tcp", options);
        Assert.Contains(said, output, StringComparison.Ordinal);
        Assert.Equal(expected, code);
    }

    [Fact]
    public async Task A_link_that_is_not_there_is_a_dependency_out_of_reach()
    {
        await using var probe = new Daemon(
            Programs.EdgeProgram, ["probe", "--link", $"tcp://127.0.0.1:{Ports.Free()}"]);
        probe.Start();
        Assert.Equal(3, await probe.WaitForExit());
    }

    private static async Task<(int? Code, string Output)> Probe(
        SimulatedInstrument instrument, string kind, params string[] options)
    {
        var link = kind switch
        {
            "tcp" => $"tcp://127.0.0.1:{instrument.Port}",
            "rtu-tcp" => $"rtu-tcp://127.0.0.1:{instrument.RtuPort}",
            _ => instrument.Line,
        };
        await using var probe = new Daemon(
            Programs.EdgeProgram, ["probe", "--link", link, .. options]);
        probe.Start();
        var code = await probe.WaitForExit();
        return (code, probe.Output);
    }

    private static string[] Words(string line) =>
        line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
