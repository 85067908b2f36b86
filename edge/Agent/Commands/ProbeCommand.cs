using System.CommandLine;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Probe;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Commands;

/// <summary><c>monitoring-edge probe</c>: looks at an instrument that has no map yet.</summary>
internal static class ProbeCommand
{
    public static Command Create()
    {
        var link = Of<string>("--link", "tcp://host:port, rtu-tcp://host:port, or a serial line.");
        link.Required = true;
        var baud = Of("--baud", "Of a serial line.", 9_600);
        var framing = Of("--framing", "Of a serial line: data bits, parity, stop bits.", "8N1");
        var timeout = Of("--timeout", "How long an answer is waited for.", "500ms");
        var unit = Of("--unit", "The Modbus unit.", "1");
        var table = Of("--table", "holding, input, coil or discrete.", "holding");
        var from = Of("--from", "The first address; they count from 0.", 0);
        var count = Of("--count", "How many registers or bits.", 8);
        var type = Of<string?>("--type", "Show this type only, such as f32.");
        var write = Of<string?>(
            "--write", "Write a point for the device map, as one line of YAML in braces: "
            + "'{id: nox, quantity: nox, unit: mg/m3, address: 0, type: f32, order: CDAB}'.");
        var map = Of<string?>("--map", "The device map that the point is added to.");
        var scanUnits = Of<string?>("--scan-units", "Look for units, such as 1-247.");
        var scanBaud = Of<bool>("--scan-baud", "Try baud rates and framings until one answers.");
        var times = Of("--times", "Measure that many reads and propose a timeout.", 0);
        var command = new Command("probe", "Looks at an instrument; writes nothing to it.")
        {
            link, baud, framing, timeout, unit, table, from, count, type, write, map, scanUnits,
            scanBaud, times,
        };
        command.SetAction(parsed => Run(new ProbeOptions
        {
            Link = parsed.GetValue(link)!,
            Baud = parsed.GetValue(baud),
            Framing = parsed.GetValue(framing)!,
            Timeout = parsed.GetValue(timeout)!,
            Unit = parsed.GetValue(unit)!,
            Table = parsed.GetValue(table)!,
            From = parsed.GetValue(from),
            Count = parsed.GetValue(count),
            Type = parsed.GetValue(type),
            Write = parsed.GetValue(write),
            Map = parsed.GetValue(map),
            ScanUnits = parsed.GetValue(scanUnits),
            ScanBaud = parsed.GetValue(scanBaud),
            Times = parsed.GetValue(times),
        }));
        return command;
    }

    private static Option<T> Of<T>(string name, string description) =>
        new(name) { Description = description };

    private static Option<T> Of<T>(string name, string description, T standard) =>
        new(name) { Description = description, DefaultValueFactory = _ => standard };

    private static async Task<int> Run(ProbeOptions options)
    {
        var faults = new Faults();
        if (ProbeTarget.Read(options, faults) is not { } target)
        {
            return SiteOption.Report(faults);
        }

        var time = TimeProvider.System;
        using var stop = new StopSignal(time, _ => { });
        var prober = new Prober(
            target, Console.Out, !Console.IsOutputRedirected, time, stop.Token);
        if (options.Write is { } entry)
        {
            return Write(options.Map, target, entry, prober, faults);
        }

        if (options.ScanUnits is not null || options.ScanBaud)
        {
            return prober.Scan(options.ScanBaud);
        }

        return options.Times > 0
            ? prober.Measure(options.Times)
            : await prober.Show(options.Type);
    }

    private static int Write(
        string? path, ProbeTarget target, string entry, Prober prober, Faults faults)
    {
        try
        {
            var written = path is not null && File.Exists(path)
                ? MapEntry.Append(path, File.ReadAllText(path), entry, faults)
                : MapEntry.Start(path ?? "new-instrument.yaml", target.Block.Table, entry, faults);
            if (written is not var (text, map) || map.Points is not [.., var point])
            {
                return SiteOption.Report(faults);
            }

            if (path is null)
            {
                Console.WriteLine($"  - {entry}");
            }
            else
            {
                MapEntry.Replace(path, text);
                Console.WriteLine($"{path} has the point '{point.Id}' now.");
            }

            return prober.ShowPoint(map, point);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(path!, 0, $"the map cannot be written: {e.Message}", "mend --map");
            return SiteOption.Report(faults);
        }
    }
}
