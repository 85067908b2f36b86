using System.CommandLine;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Commands;

/// <summary>The option and the reading that all commands share.</summary>
internal static class SiteOption
{
    public static Option<string> Site() =>
        new("--site") { Description = "The site file of the plant.", Required = true };

    public static int Report(Faults faults)
    {
        foreach (var fault in faults.All)
        {
            Console.Error.WriteLine(fault);
        }

        Console.Error.WriteLine($"{faults.Count}; nothing was started.");
        return ExitCode.BadInput;
    }

    /// <summary>The gateway of that id, or the only one of the site.</summary>
    public static Gateway? Choose(Site site, string? id, string source, Faults faults)
    {
        var names = string.Join(", ", site.Gateways.Select(gateway => gateway.Id));
        if (id is null && site.Gateways.Length == 1)
        {
            return site.Gateways[0];
        }

        var found = site.Gateways.FirstOrDefault(gateway => gateway.Id == id);
        if (found is null)
        {
            var problem = id is null ? "there are several gateways" : $"there is no gateway '{id}'";
            faults.Add(source, 0, problem, $"use --gateway with one of: {names}");
        }

        return found;
    }
}
