using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Simulate;

/// <summary><c>monitoring-edge simulate</c> of a device map, reached in three ways.</summary>
public sealed class SimulatedInstrument : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Daemon _simulator;

    private SimulatedInstrument(string map, string units, string script)
    {
        Map = _folder.File("instrument.yaml");
        File.WriteAllText(Map, map);
        File.WriteAllText(_folder.File("script.yaml"), script);
        Line = _folder.File("tty");
        (Port, RtuPort) = (Ports.Free(), Ports.Free());
        _simulator = new Daemon(Programs.EdgeProgram,
        [
            "simulate", Map, "--unit", units, "--script", _folder.File("script.yaml"),
            "--listen", $"127.0.0.1:{Port}", "--rtu-listen", $"127.0.0.1:{RtuPort}",
            "--pty", Line,
        ]);
    }

    public string Map { get; }

    public int Port { get; }

    public int RtuPort { get; }

    /// <summary>The path of its serial line.</summary>
    public string Line { get; }

    public string PathOf(string name) => _folder.File(name);

    /// <summary>The link of that kind as the scripts of these tests write it.</summary>
    public string Link(string kind) => kind switch
    {
        "tcp" => $"tcp:127.0.0.1:{Port}",
        "rtu-tcp" => $"rtu-tcp:127.0.0.1:{RtuPort}",
        _ => Line,
    };

    public static async Task<SimulatedInstrument> Start(string map, string units, string script)
    {
        var instrument = new SimulatedInstrument(map, units, script);
        await instrument._simulator.Start("Ctrl-C ends it.");
        return instrument;
    }

    /// <summary>What pymodbus makes of questions, one line each.</summary>
    public async Task<string[]> AskByPymodbus(string kind, params string[] questions)
    {
        await Tool.RequirePythonModule("pymodbus.client", "python3-pymodbus, python3-serial");
        await using var client = Child.Start(
            Tool.Python,
            [
                Checkout.File("tests", "EndToEnd", "Simulate", "pymodbus_client.py"),
                Link(kind), .. questions,
            ]);
        await client.WaitForLine("done", TimeSpan.FromSeconds(60));
        return client.Output.TrimEnd().Split('\n')[..^1];
    }

    /// <summary>Its exit code when it is asked to end.</summary>
    public Task<int?> Stop() => _simulator.Stop();

    public async ValueTask DisposeAsync()
    {
        await _simulator.DisposeAsync();
        _folder.Dispose();
    }
}
