using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Simulate;

/// <summary>All that a simulation is made of, from a site, or from one device map.</summary>
public sealed record Simulation(Site Site, ImmutableArray<SimulatedLink> Links)
{
    private const int BaudStandard = 9_600;
    private const int UnitMax = 255;
    private const string ListenStandard = "127.0.0.1:1502";

    private static readonly TimeSpan Cycle = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan StepMin = TimeSpan.FromMilliseconds(100);

    /// <summary>Null, and faults, where something of the documents or options is wrong.</summary>
    public static Simulation? Read(
        SimulationOptions options, ServedLog? log, DateTimeOffset start, Faults faults)
    {
        if (ReadText(options.File, "name a device map or a site", faults) is not { } text)
        {
            return null;
        }

        var isSite = DocumentNode.Parse(options.File, text, new Faults()).Has("gateways");
        var site = isSite ? ReadSite(options, faults) : OfMap(options, text, faults);
        if (site is null || faults.Any)
        {
            return null;
        }

        var devices = site.Gateways.SelectMany(gateway => gateway.Devices)
            .Where(device => device.Map.Protocol == DeviceProtocol.Modbus).ToList();
        var script = ReadScript(options, devices, faults);
        var played = ReadPlayed(options, site, start, faults);
        if (faults.Any)
        {
            return null;
        }

        // What a script says lies over what makes a SunSpec device one.
        script = script with
        {
            Acts =
            [
                .. devices.SelectMany(device => SunSpecLayout.Acts(device.Map)), .. script.Acts,
            ],
        };
        var signals = new Signals(script, played, start);
        return new Simulation(site, isSite
            ? [.. SimulatedLink.Of(site, signals, log)]
            : OnAllLinks(site.Gateways[0], signals, log));
    }

    /// <summary>What to do now, for people.</summary>
    public string Explain(SimulationOptions options)
    {
        var file = options.File;
        var variant = options.Variant is { } name ? $", variant: {name}" : "";
        if (Site.Files.Length > 0)
        {
            return $"Read it: monitoring-edge run --site {file} --data FOLDER";
        }

        var gateway = Site.Gateways[0];
        var (link, map) = (gateway.Links[0], gateway.Devices[0].Map);
        var first = map.Points.Select(point => point.Registers).MinBy(source => source.Address)!;
        var look = $"monitoring-edge probe --link {LinkWord.ToWord(link)} "
            + $"--unit {gateway.Devices[0].Address} --from {first.Address} "
            + $"--table {first.Table.ToString().ToLowerInvariant()}";
        var lines = gateway.Devices.Select(device =>
            $"      - {{id: {device.Id}, map: {Path.GetFileName(file)}{variant}, link: {link.Id}, "
            + $"unit: {device.Address}}}");
        return $"""
            To read it, write this into a gateway of a site file beside the folder of the map:
                links:
                  - {LinkWord.ToYaml(link)}
                devices:
            {string.Join('\n', lines)}
            Or look at its registers: {look}
            Ctrl-C ends it.
            """;
    }

    private static Site? ReadSite(SimulationOptions options, Faults faults)
    {
        foreach (var (name, value) in new[]
        {
            ("--listen", options.Listen), ("--rtu-listen", options.RtuListen),
            ("--pty", options.Pty), ("--unit", options.Units), ("--variant", options.Variant),
        })
        {
            if (value is not null)
            {
                faults.Add(
                    $"{name} {value}", 0, "a site says itself where its instruments are",
                    $"leave {name} out, or name a device map");
            }
        }

        return SiteReader.ReadFile(options.File, faults) is { } site
            ? site with { Gateways = [.. site.Gateways.Select(Placed)] }
            : null;
    }

    private static Gateway Placed(Gateway gateway) => gateway with
    {
        Devices =
        [
            .. gateway.Devices.Select(
                device => device with { Map = SunSpecLayout.Place(device.Map) }),
        ],
    };

    private static DeviceMap Choose(DeviceMap map, SimulationOptions options, Faults faults)
    {
        if (options.Variant is not { } name)
        {
            return map;
        }

        var known = map.Variants.Select(variant => variant.Id[(map.Id.Length + 1)..]).ToList();
        if (known.IndexOf(name) is >= 0 and var index)
        {
            return map.Variants[index];
        }

        faults.Add($"--variant {name}", 0, $"map '{map.Id}' has no such variant",
            known.Count == 0 ? "leave it out" : $"use one of: {string.Join(", ", known)}");
        return map;
    }

    /// <summary>A site of one map at some units, reached in one way or several.</summary>
    private static Site OfMap(SimulationOptions options, string text, Faults faults)
    {
        var map = DeviceMapReader.Read(options.File, text, faults);
        if (!faults.Any && map.Protocol != DeviceProtocol.Modbus)
        {
            faults.Add(options.File, 0, $"a device by {map.Protocol} is not simulated",
                "name a map with 'protocol: modbus'");
        }

        map = SunSpecLayout.Place(Choose(map, options, faults));
        var links = ReadLinks(options, faults);
        var units = ReadUnits(options.Units ?? "1", faults);
        var devices = units.Select(unit => new SiteDevice(
            units.Count == 1 ? map.Id : $"{map.Id}-{unit}", map, links.FirstOrDefault()?.Id ?? "",
            unit)
        {
            Every = Cycle,
        });
        var gateway = new Gateway("gateway-1", Cycle, links, [.. devices]);
        return new Site("simulated", map.Title, TimeZoneInfo.Utc, [gateway]) { Files = [] };
    }

    private static ImmutableArray<SiteLink> ReadLinks(SimulationOptions options, Faults faults)
    {
        var isListening = options is not { RtuListen: null, Pty: null };
        var listen = options.Listen ?? (isListening ? null : ListenStandard);
        var links = ImmutableArray.CreateBuilder<SiteLink>();
        foreach (var (option, scheme, value) in new[]
        {
            ("--listen", "tcp://", listen), ("--rtu-listen", "rtu-tcp://", options.RtuListen),
            ("--pty", "", options.Pty is { } pty ? Path.GetFullPath(pty) : null),
        })
        {
            if (value is null)
            {
                continue;
            }

            if (LinkWord.Parse(scheme + value, BaudStandard, "8N1", Cycle) is { } link)
            {
                links.Add(link);
            }
            else
            {
                faults.Add(
                    $"{option} {value}", 0, "that is no address to listen on",
                    $"write such as {option} 127.0.0.1:1502");
            }
        }

        return links.ToImmutable();
    }

    private static ImmutableArray<SimulatedLink> OnAllLinks(
        Gateway gateway, Signals signals, ServedLog? log)
    {
        var units = gateway.Devices.ToDictionary(
            device => (byte)device.Address, device => new SimulatedDevice(device, signals, log));
        return [.. gateway.Links.Select(link => new SimulatedLink(link, units))];
    }

    private static List<int> ReadUnits(string text, Faults faults)
    {
        if (UnitList.Parse(text, 0, UnitMax) is { } units)
        {
            return units;
        }

        faults.Add($"--unit {text}", 0, "these are no units", "write such as --unit 1,3-5");
        return [];
    }

    private static SimulationScript ReadScript(
        SimulationOptions options, List<SiteDevice> devices, Faults faults)
    {
        if (options.Script is not { } path
            || ReadText(path, "name a script with --script", faults) is not { } text)
        {
            return SimulationScript.Empty;
        }

        return ScriptReader.Read(path, text, devices, faults);
    }

    private static Played ReadPlayed(
        SimulationOptions options, Site site, DateTimeOffset start, Faults faults)
    {
        if (options.Replay is not { } replay)
        {
            return LivingValues.From(start);
        }

        if (DocumentText.ParseDuration(options.Step) is not { } step || step < StepMin)
        {
            faults.Add(
                $"--step {options.Step}", 0, "that is no length of a row",
                "write such as --step 10s");
            return LivingValues.From(start);
        }

        return ReplayTable.ReadFile(replay, site, faults)?.Play(step) ?? LivingValues.From(start);
    }

    private static string? ReadText(string path, string remedy, Faults faults)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(path, 0, "the file cannot be read", remedy);
            return null;
        }
    }
}
