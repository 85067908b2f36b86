using System.Collections;
using System.CommandLine;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Commands;

/// <summary><c>monitoring-edge run</c>: read, journal, publish, until a signal comes.</summary>
internal static class RunCommand
{
    private sealed record Arguments(
        string Site, string? Gateway, string DataFolder, string? Config, string[] Set);

    public static Command Create()
    {
        var site = SiteOption.Site();
        var gateway = new Option<string?>("--gateway")
        {
            Description = "The gateway that this machine is; not needed where the site has one.",
        };
        var data = new Option<string>("--data")
        {
            Description = "The folder of the journal.",
            Required = true,
        };
        var config = new Option<string?>("--config") { Description = "A settings file." };
        var set = new Option<string[]>("--set")
        {
            Description = "A setting, as key=value. Keys: "
                + string.Join(
                    "; ", EdgeSettings.Keys.Select(key => $"{key.Key}: {key.Value}")) + ".",
        };
        var command = new Command("run", "Reads the instruments and publishes what they say.")
        {
            site, gateway, data, config, set,
        };
        command.SetAction(parsed => Run(new Arguments(
            parsed.GetValue(site)!, parsed.GetValue(gateway), parsed.GetValue(data)!,
            parsed.GetValue(config), parsed.GetValue(set) ?? [])));
        return command;
    }

    private static async Task<int> Run(Arguments arguments)
    {
        var faults = new Faults();
        var settings = EdgeSettings.Read(arguments.Config, Environment(), arguments.Set, faults);
        var site = SiteReader.ReadFile(arguments.Site, faults);
        var gateway = site is null
            ? null
            : SiteOption.Choose(site, arguments.Gateway, arguments.Site, faults);
        if (site is null || gateway is null || faults.Any)
        {
            return SiteOption.Report(faults);
        }

        var time = TimeProvider.System;
        var log = new Log(Console.Out, time, site.TimeZone);
        LinkForecast.Refuse(arguments.Site, gateway, faults);
        foreach (var fault in faults.All)
        {
            log.LinkOverloaded(fault.ToString());
        }

        using var stop = new StopSignal(time, log.Stopping);
        var agent = new EdgeAgent(
            arguments.Site, site, gateway, settings, arguments.DataFolder, log, time);
        return await agent.Run(stop.Token);
    }

    private static Dictionary<string, string> Environment() =>
        System.Environment.GetEnvironmentVariables().Cast<DictionaryEntry>().ToDictionary(
            entry => (string)entry.Key, entry => (string?)entry.Value ?? "",
            StringComparer.Ordinal);
}
