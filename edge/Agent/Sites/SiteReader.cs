using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Monitoring.Agent.Devices;
using Monitoring.Wire;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Sites;

/// <summary>
/// Reads a site from YAML, with the device maps it names. Use the site only where no fault was
/// added.
/// </summary>
public sealed class SiteReader
{
    private readonly Func<string, string?> _readMap;
    private readonly string _devices;
    private readonly Faults _faults;
    private readonly List<string> _paths = [];
    private readonly Dictionary<string, DeviceMap> _maps = new(StringComparer.Ordinal);

    private SiteReader(Func<string, string?> readMap, string devices, Faults faults)
    {
        _readMap = readMap;
        _devices = devices;
        _faults = faults;
    }

    /// <summary>
    /// The site of a file; its maps are in the folder <c>devices</c> beside its own.
    /// </summary>
    public static Site? ReadFile(string path, Faults faults) => ReadFiles(path, faults).Site;

    /// <summary>
    /// The same, and what was looked at: where it has faults, one of these files is to be mended.
    /// </summary>
    public static (Site? Site, ImmutableArray<string> Files) ReadFiles(string path, Faults faults)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        var devices = Path.GetFullPath(Path.Combine(folder, "..", "devices"));
        var text = ReadText(path);
        if (text is null)
        {
            faults.Add(path, 0, "the file cannot be read", "name a site file with --site");
            return (null, [path]);
        }

        var site = Read(path, text, ReadText, faults, devices);
        return (faults.Any ? null : site, site.Files);
    }

    /// <param name="readMap">The text of a device map by its path; null: there is none.</param>
    /// <param name="devices">The folder of the device maps.</param>
    public static Site Read(
        string source, string yaml, Func<string, string?> readMap, Faults faults,
        string devices = "")
    {
        var reader = new SiteReader(readMap, devices, faults);
        var node = DocumentNode.Parse(source, yaml, faults);
        if (faults.Any && node.Keys().Count == 0)
        {
            return new Site("", "", TimeZoneInfo.Utc, []) { Files = [source] };
        }

        var (id, title) = (node.Id("id"), node.Text("title"));
        var (zone, gateways) = (ReadTimeZone(node), reader.ReadGateways(node));
        var site = new Site(id, title, zone, gateways) { Files = [source, .. reader._paths] };
        node.RefuseUnknownKeys();
        return site;
    }

    private static string? ReadText(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static TimeZoneInfo ReadTimeZone(DocumentNode node)
    {
        var name = node.Text("time_zone");
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
        {
            return zone;
        }

        if (name.Length > 0)
        {
            node.Fault(
                "time_zone", $"'{name}' is no time zone of this machine",
                "use a name such as 'Europe/Berlin', and install tzdata");
        }

        return TimeZoneInfo.Utc;
    }

    private ImmutableArray<Gateway> ReadGateways(DocumentNode node)
    {
        var gateways = ImmutableArray.CreateBuilder<Gateway>();
        foreach (var item in node.Items("gateways", 1, AgentLimits.GatewaysPerSiteMax))
        {
            var id = item.Id("id");
            RefuseTwice(item, "gateway", id, gateways.Select(gateway => gateway.Id));
            var cycle = item.Duration("cycle", AgentLimits.CycleMin, AgentLimits.CycleMax);
            var links = LinkReader.Read(item);
            gateways.Add(new Gateway(id, cycle, links, ReadDevices(item, links, cycle)));
            item.RefuseUnknownKeys();
        }

        return gateways.ToImmutable();
    }

    private ImmutableArray<SiteDevice> ReadDevices(
        DocumentNode gateway, ImmutableArray<SiteLink> links, TimeSpan cycle)
    {
        var devices = ImmutableArray.CreateBuilder<SiteDevice>();
        // The agent itself is one more.
        foreach (var item in gateway.Items("devices", 1, WireLimits.DevicesPerGatewayMax - 1))
        {
            var link = ReadLinkOf(item, links);
            var device = new SiteDevice(
                item.Id("id"), ReadMap(item), link?.Id ?? "", LinkReader.ReadAddress(item, link))
            {
                Every = ReadEvery(item, cycle),
                Lines = ReadLines(item),
            };
            RefuseTwice(item, "device", device.Id, devices.Select(other => other.Id));
            if (device.Id == Gateway.OwnDevice)
            {
                item.Fault(
                    "id", $"under '{device.Id}' the agent tells how it does itself",
                    "give the instrument another id");
            }

            if (link is not null)
            {
                RefuseMisfit(item, device, link, devices);
            }

            devices.Add(device);
            item.RefuseUnknownKeys();
        }

        return devices.ToImmutable();
    }

    private static SiteLink? ReadLinkOf(DocumentNode item, ImmutableArray<SiteLink> links)
    {
        var id = item.Id("link");
        var link = links.FirstOrDefault(candidate => candidate.Id == id);
        if (link is null && item.Has("link"))
        {
            item.Fault(
                "link", $"link '{id}' is not in 'links' of this gateway",
                $"use one of: {string.Join(", ", links.Select(candidate => candidate.Id))}");
        }

        return link;
    }

    private static void RefuseMisfit(
        DocumentNode item, SiteDevice device, SiteLink link, IEnumerable<SiteDevice> others)
    {
        var protocol = LinkReader.ProtocolOf(link);
        if (device.Map.Protocol != protocol && device.Map.Id.Length > 0)
        {
            item.Fault(
                "link", $"map '{device.Map.Id}' is for {device.Map.Protocol}, link '{link.Id}' "
                + $"for {protocol}", "choose a link of the map's protocol");
            return;
        }

        var isTaken = protocol != DeviceProtocol.Gpio && others.Any(
            other => other.Link == device.Link && other.Address == device.Address);
        if (isTaken)
        {
            var key = protocol == DeviceProtocol.Modbus ? "unit" : "address";
            item.Fault(
                key, $"{key} {device.Address} on link '{device.Link}' is taken",
                $"give each device of a link its own {key}");
        }

        var points = protocol == DeviceProtocol.Gpio ? device.Map.Points.Select(p => p.Id) : [];
        if (!device.Lines.Keys.ToHashSet(StringComparer.Ordinal).SetEquals(points))
        {
            item.Fault(
                "lines", $"the lines are not those of map '{device.Map.Id}'",
                "write the GPIO line of each point, such as lines: {volume: 17}; "
                + "other devices have none");
        }
    }

    private static TimeSpan ReadEvery(DocumentNode item, TimeSpan cycle)
    {
        if (!item.Has("every"))
        {
            return cycle;
        }

        var every = item.Duration("every", AgentLimits.CycleMin, AgentLimits.CycleMax);
        if (cycle > TimeSpan.Zero && every.Ticks % cycle.Ticks != 0)
        {
            item.Fault(
                "every", $"{DocumentText.Format(every)} is no multiple of the gateway's cycle",
                $"write a multiple of {DocumentText.Format(cycle)}");
        }

        return every;
    }

    private static ImmutableDictionary<string, int> ReadLines(DocumentNode item)
    {
        var lines = ImmutableDictionary.CreateBuilder<string, int>(StringComparer.Ordinal);
        if (item.OptionalChild("lines") is { } node)
        {
            foreach (var point in node.Keys())
            {
                lines[point] = (int)node.Integer(point, 0, 1_000);
            }
        }

        return lines.ToImmutable();
    }

    private DeviceMap ReadMap(DocumentNode item)
    {
        var map = ReadMapFile(item);
        if (!item.Has("variant"))
        {
            return map;
        }

        var id = $"{map.Id}-{item.Id("variant")}";
        if (map.Variants.FirstOrDefault(variant => variant.Id == id) is { } chosen)
        {
            return chosen with { Digest = map.Digest };
        }

        var known = map.Variants.Select(variant => variant.Id[(map.Id.Length + 1)..]);
        item.Fault(
            "variant", $"map '{map.Id}' has no such variant",
            map.Variants.IsEmpty ? "remove the line" : $"use one of: {string.Join(", ", known)}");
        return map;
    }

    private DeviceMap ReadMapFile(DocumentNode item)
    {
        var name = item.Text("map");
        if (_maps.TryGetValue(name, out var known))
        {
            return known;
        }

        var path = Path.Combine(_devices, name);
        var text = name.Length == 0 || Path.GetFileName(name) != name ? null : _readMap(path);
        if (text is null && name.Length > 0)
        {
            item.Fault(
                "map", $"'{path}' cannot be read",
                "name a file of the folder 'devices' beside the folder of this file");
        }

        _paths.Add(path);

        // Each map is read once: its faults are reported once, whoever uses it.
        var map = DeviceMapReader.Read(path, text ?? "", text is null ? new Faults() : _faults)
            with
        {
            Digest = SHA256.HashData(Encoding.UTF8.GetBytes(text ?? "")).ToImmutableArray(),
        };
        _maps.Add(name, map);
        return map;
    }

    private static void RefuseTwice(
        DocumentNode item, string kind, string id, IEnumerable<string> others)
    {
        if (others.Contains(id, StringComparer.Ordinal))
        {
            item.Fault("id", $"{kind} '{id}' is there twice", $"give each {kind} its own id");
        }
    }
}
