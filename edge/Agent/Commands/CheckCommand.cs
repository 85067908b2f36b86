using System.CommandLine;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

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

        Console.WriteLine($"plant {site.Id}, {site.Title}, {site.TimeZone.Id}");
        foreach (var gateway in site.Gateways)
        {
            Console.WriteLine(
                $"  gateway {gateway.Id}, cycle {DocumentText.Format(gateway.Cycle)}");
            foreach (var device in gateway.Devices)
            {
                Print(device, (SiteLink.Tcp)gateway.Links.First(link => link.Id == device.Link));
            }
        }

        Console.WriteLine("No faults.");
        return ExitCode.Ok;
    }

    private static void Print(SiteDevice device, SiteLink.Tcp link)
    {
        var map = device.Map;
        var block = map.Block;
        Console.WriteLine($"    device {device.Id}: {map.Title}");
        Console.WriteLine(
            $"      {link.Host}:{link.Port} unit {device.Address}, one read of {block.Count} "
            + $"{block.Table.ToString().ToLowerInvariant()} registers from {block.Start}");
        foreach (var point in map.Points)
        {
            var source = point.Registers;
            var type = source.Type.ToString().ToLowerInvariant();
            var order = source.Order.ToString().ToUpperInvariant();
            order = source.Count == 2 ? " " + order : "";
            Console.WriteLine(
                $"      {source.Address,5}  {point.Id} ({point.Quantity}, {point.Unit}) "
                + type + order + Conversion(point));
        }

        foreach (var rule in map.StatusRules)
        {
            var bits = $"& 0x{rule.Mask:X}" + (rule.EqualTo is { } value ? $" = 0x{value:X}" : "");
            Console.WriteLine(
                $"      where {rule.Point} {bits}: {Reasons.NameOf(rule.Reason)} "
                + $"({rule.Quality.ToString().ToLowerInvariant()}) for "
                + string.Join(", ", rule.AppliesTo));
        }
    }

    // What an engineer holds against the manual, line by line; what is not set is not shown.
    private static string Conversion(DevicePoint point)
    {
        var text = point.Scale == 1 ? "" : $", x {point.Scale}";
        text += point.Offset == 0 ? "" : $", + {point.Offset}";
        text += point.Range is { } range ? $", {range.Min} to {range.Max}" : "";
        var none = point.Registers.Sentinels.Select(raw => $"0x{raw:X}");
        return point.Registers.Sentinels.IsEmpty
            ? text
            : $"{text}, no value: {string.Join(" ", none)}";
    }
}
