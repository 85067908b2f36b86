using System.Collections.Immutable;
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
    public static Site? ReadFile(string path, Faults faults)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "";
        var devices = Path.GetFullPath(Path.Combine(folder, "..", "devices"));
        var text = ReadText(path);
        if (text is null)
        {
            faults.Add(path, 0, "the file cannot be read", "name a site file with --site");
            return null;
        }

        var site = Read(path, text, ReadText, faults, devices);
        return faults.Any ? null : site;
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
            return new Site("", "", TimeZoneInfo.Utc, []);
        }

        var site = new Site(
            node.Id("id"), node.Text("title"), ReadTimeZone(node), reader.ReadGateways(node));
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
            var links = ReadLinks(item);
            gateways.Add(new Gateway(id, cycle, links, ReadDevices(item, links, cycle)));
            item.RefuseUnknownKeys();
        }

        return gateways.ToImmutable();
    }

    private static ImmutableArray<SiteLink> ReadLinks(DocumentNode gateway)
    {
        var links = ImmutableArray.CreateBuilder<SiteLink>();
        foreach (var item in gateway.Items("links", 1, AgentLimits.LinksPerGatewayMax))
        {
            var id = item.Id("id");
            RefuseTwice(item, "link", id, links.Select(link => link.Id));
            item.OneOf("kind", "modbus-tcp");
            links.Add(new SiteLink.Tcp(
                id, item.Text("host"), (int)item.Integer("port", 1, ushort.MaxValue), IsRtu: false,
                item.Duration("timeout", AgentLimits.LinkTimeoutMin, AgentLimits.LinkTimeoutMax)));
            item.RefuseUnknownKeys();
        }

        return links.ToImmutable();
    }

    private ImmutableArray<SiteDevice> ReadDevices(
        DocumentNode gateway, ImmutableArray<SiteLink> links, TimeSpan cycle)
    {
        var devices = ImmutableArray.CreateBuilder<SiteDevice>();
        foreach (var item in gateway.Items("devices", 1, WireLimits.DevicesPerGatewayMax))
        {
            var device = new SiteDevice(
                item.Id("id"), ReadMap(item), item.Id("link"), (int)item.Integer("unit", 0, 255))
            {
                Every = cycle,
            };
            RefuseTwice(item, "device", device.Id, devices.Select(other => other.Id));
            if (item.Has("link") && links.All(link => link.Id != device.Link))
            {
                item.Fault(
                    "link", $"link '{device.Link}' is not in 'links' of this gateway",
                    $"use one of: {string.Join(", ", links.Select(link => link.Id))}");
            }

            if (devices.Any(other => other.Link == device.Link && other.Address == device.Address))
            {
                item.Fault(
                    "unit", $"unit {device.Address} on link '{device.Link}' is taken",
                    "give each device of a link its own unit");
            }

            devices.Add(device);
            item.RefuseUnknownKeys();
        }

        return devices.ToImmutable();
    }

    private DeviceMap ReadMap(DocumentNode item)
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

        // Each map is read once: its faults are reported once, whoever uses it.
        var map = DeviceMapReader.Read(path, text ?? "", text is null ? new Faults() : _faults);
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
