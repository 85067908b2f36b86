using System.CommandLine;
using Monitoring.Agent.Simulate;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Commands;

/// <summary><c>monitoring-edge simulate</c>: the instruments of a site, playing a table.</summary>
internal static class SimulateCommand
{
    public static Command Create()
    {
        var site = SiteOption.Site();
        var replay = new Option<string>("--replay")
        {
            Description = "A CSV file with one column for each device/point.",
            Required = true,
        };
        var log = new Option<string>("--log")
        {
            Description = "A file to which each served image is appended as a line of JSON.",
            Required = true,
        };
        var step = new Option<string>("--step")
        {
            Description = "How long a row stays; rows change on multiples of it in UTC.",
            DefaultValueFactory = _ => "10s",
        };
        var command = new Command("simulate", "Serves the instruments of a site by Modbus TCP.")
        {
            site, replay, log, step,
        };
        command.SetAction(parsed => Run(
            parsed.GetValue(site)!, parsed.GetValue(replay)!, parsed.GetValue(log)!,
            parsed.GetValue(step)!));
        return command;
    }

    private static async Task<int> Run(string sitePath, string replay, string logPath, string step)
    {
        var faults = new Faults();
        if (DocumentText.ParseDuration(step) is not { } length
            || length < TimeSpan.FromSeconds(0.1))
        {
            faults.Add(
                $"--step {step}", 0, "that is no length of a row", "write such as --step 10s");
            return SiteOption.Report(faults);
        }

        var site = SiteReader.ReadFile(sitePath, faults);
        var table = site is null ? null : ReplayTable.ReadFile(replay, site, faults);
        if (site is null || table is null || faults.Any)
        {
            return SiteOption.Report(faults);
        }

        var time = TimeProvider.System;
        var log = new Log(Console.Out, time, site.TimeZone);
        using var stop = new StopSignal(time, log.Stopping);
        if (OpenLog(logPath, faults) is not { } served)
        {
            return SiteOption.Report(faults);
        }

        using var closed = served;
        await using var plant = new SimulatedPlant(
            SimulatedLink.Of(site, table.Play(length), served), time);
        if (plant.Listen(log) is { } refused)
        {
            Console.Error.WriteLine(refused);
            return ExitCode.Failed;
        }

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
