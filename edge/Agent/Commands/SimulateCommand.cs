using System.CommandLine;
using Monitoring.Agent.Simulate;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Commands;

/// <summary>
/// <c>monitoring-edge simulate</c>: instruments without a plant, as a site or a device map says.
/// </summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var file = new Argument<string?>("FILE")
        {
            Description = "A device map, or a site.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var site = Text("--site", "The same as FILE.");
        var listen = Text(
            "--listen", "Of a device map: where to serve Modbus TCP; 127.0.0.1:1502 by default.");
        var rtuListen = Text("--rtu-listen", "Of a device map: where to serve RTU over TCP.");
        var pty = Text("--pty", "Of a device map: a link to make to a serial line without wires.");
        var unit = Text("--unit", "Of a device map: its units, such as 1,3-5; 1 by default.");
        var variant = Text("--variant", "Of a device map: one of its variants.");
        var script = Text("--script", "A YAML file of what happens: drift, faults, wrong answers.");
        var replay = Text("--replay", "A CSV file with one column for each device/point.");
        var step = Text(
            "--step", "How long a row of the replay stays; 10s by default. Rows change on its "
            + "multiples in UTC.");
        var log = Text("--log", "A file to which each served image is appended as a line of JSON.");
        var command = new Command("simulate", "Serves instruments that are not there by Modbus.")
        {
            file, site, variant, unit, listen, rtuListen, pty, script, replay, step, log,
        };
        command.Validators.Add(given =>
        {
            if (given.GetValue(file) is null && given.GetValue(site) is null)
            {
                given.AddError("Name a device map, or a site.");
            }
        });
        command.SetAction(parsed => Run(
            new SimulationOptions(parsed.GetValue(file) ?? parsed.GetValue(site)!)
            {
                Listen = parsed.GetValue(listen),
                RtuListen = parsed.GetValue(rtuListen),
                Pty = parsed.GetValue(pty),
                Units = parsed.GetValue(unit),
                Variant = parsed.GetValue(variant),
                Script = parsed.GetValue(script),
                Replay = parsed.GetValue(replay),
                Step = parsed.GetValue(step) ?? "10s",
            },
            parsed.GetValue(log)));
        return command;
    }

    private static Option<string?> Text(string name, string description) =>
        new(name) { Description = description };

    private static async Task<int> Run(SimulationOptions options, string? logPath)
    {
        var faults = new Faults();
        var time = TimeProvider.System;
        using var served = logPath is null ? null : OpenLog(logPath, faults);
        var simulation = Simulation.Read(options, served, time.GetUtcNow(), faults);
        if (simulation is null || faults.Any)
        {
            return SiteOption.Report(faults);
        }

        var log = new Log(Console.Out, time, simulation.Site.TimeZone);
        using var stop = new StopSignal(time, log.Stopping);
        await using var plant = new SimulatedPlant(simulation.Links, time);
        if (plant.Listen(log) is { } refused)
        {
            Console.Error.WriteLine(refused);
            return ExitCode.Failed;
        }

        Console.WriteLine(simulation.Explain(options));
        await plant.Run(stop.Token);
        return ExitCode.Ok;
    }

    private static ServedLog? OpenLog(string path, Faults faults)
    {
        try
        {
            return new ServedLog(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(path, 0, $"the log cannot be written: {e.Message}", "mend --log");
            return null;
        }
    }
}
