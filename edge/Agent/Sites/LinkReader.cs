using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Sites;

/// <summary>Reads the links of a gateway. Each physical link may be named once only.</summary>
internal static class LinkReader
{
    private const int RtuUnitMax = 247;
    private const int UnitMax = 255;
    private const int I2cAddressMin = 0x08;
    private const int I2cAddressMax = 0x77;

    private static readonly TimeSpan TimeoutStandard = TimeSpan.FromSeconds(1);

    public static ImmutableArray<SiteLink> Read(DocumentNode gateway)
    {
        var links = ImmutableArray.CreateBuilder<SiteLink>();
        foreach (var item in gateway.Items("links", 1, AgentLimits.LinksPerGatewayMax))
        {
            var link = ReadLink(item);
            if (links.Any(other => other.Id == link.Id))
            {
                item.Fault("id", $"link '{link.Id}' is there twice", "give each link its own id");
            }

            if (links.FirstOrDefault(other => Place(other) == Place(link)) is { } same)
            {
                item.Fault(
                    "kind", $"{Place(link)} is link '{same.Id}' already",
                    "put the devices of both on one link: it has one owner");
            }

            links.Add(link);
            item.RefuseUnknownKeys();
        }

        return links.ToImmutable();
    }

    /// <summary>Which protocol the devices of a link speak.</summary>
    public static DeviceProtocol ProtocolOf(SiteLink link) => link switch
    {
        SiteLink.I2c => DeviceProtocol.I2c,
        SiteLink.Gpio => DeviceProtocol.Gpio,
        _ => DeviceProtocol.Modbus,
    };

    /// <summary>Where a link leads, for people.</summary>
    public static string Place(SiteLink link) => link switch
    {
        SiteLink.Tcp tcp => tcp.Host.Contains(':') ? $"[{tcp.Host}]:{tcp.Port}"
            : $"{tcp.Host}:{tcp.Port}",
        SiteLink.Serial serial => serial.Path,
        SiteLink.I2c i2c => $"/dev/i2c-{i2c.Bus}",
        SiteLink.Gpio gpio => $"/dev/gpiochip{gpio.Chip}",
        _ => link.Id,
    };

    /// <summary>The device's address on its link: a unit, an I2C address, or none.</summary>
    public static int ReadAddress(DocumentNode device, SiteLink? link) => link switch
    {
        SiteLink.Tcp { IsRtu: false } => (int)device.Integer("unit", 0, UnitMax),
        // Unit 0 is the broadcast: nobody answers it.
        SiteLink.Tcp or SiteLink.Serial => (int)device.Integer("unit", 1, RtuUnitMax),
        SiteLink.I2c => (int)device.Integer("address", I2cAddressMin, I2cAddressMax),
        SiteLink.Gpio => 0,
        _ => (int)(device.OptionalInteger("unit", 0, UnitMax) ?? 0),
    };

    private static SiteLink ReadLink(DocumentNode item)
    {
        var id = item.Id("id");
        var kind = item.OneOf("kind", "modbus-tcp", "modbus-rtu", "modbus-rtu-tcp", "i2c", "gpio");
        return kind switch
        {
            "modbus-rtu" => ReadSerial(item, id),
            "i2c" => new SiteLink.I2c(id, (int)item.Integer("bus", 0, 255)),
            "gpio" => new SiteLink.Gpio(id, (int)item.Integer("chip", 0, 255)),
            _ => new SiteLink.Tcp(
                id, item.Text("host"), (int)item.Integer("port", 1, ushort.MaxValue),
                kind == "modbus-rtu-tcp", ReadTimeout(item)),
        };
    }

    private static SiteLink.Serial ReadSerial(DocumentNode item, string id)
    {
        var path = item.Text("path");
        var baud = (int)item.Integer("baud", 300, 4_000_000);
        var framing = item.OneOf("framing", LinkWord.Framings);
        return LinkWord.Line(
            id, path, baud, LinkWord.Framings.Contains(framing) ? framing : LinkWord.Framings[0],
            ReadTimeout(item));
    }

    private static TimeSpan ReadTimeout(DocumentNode item) => item.Has("timeout")
        ? item.Duration("timeout", AgentLimits.LinkTimeoutMin, AgentLimits.LinkTimeoutMax)
        : TimeoutStandard;
}
