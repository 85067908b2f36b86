using System.CommandLine;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Commands;

/// <summary>
/// <c>monitoring-edge check</c>: reads all documents and shows what would be read.
/// </summary>
internal static class CheckCommand
{
    public static Command Create()
    {
        var site = SiteOption.Site();
        var command = new Command("check", "Checks a site and shows what would be read from it.")
        {
            site,
        };
        command.SetAction(parsed => Run(parsed.GetValue(site)!));
        return command;
    }

    private static int Run(string path)
    {
        var faults = new Faults();
        if (SiteReader.ReadFile(path, faults) is not { } site)
        {
            return SiteOption.Report(faults);
        }

        new CheckReport(Console.Out).Write(site);
        foreach (var gateway in site.Gateways)
        {
            LinkForecast.Refuse(path, gateway, faults);
        }

        if (faults.Any)
        {
            return SiteOption.Report(faults);
        }

        Console.WriteLine();
        Console.WriteLine("No faults.");
        return ExitCode.Ok;
    }
}
