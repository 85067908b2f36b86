using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Simulate;

/// <summary>A way to simulated instruments, and those that answer on it by their unit.</summary>
public sealed record SimulatedLink(SiteLink Link, IReadOnlyDictionary<byte, SimulatedDevice> Units)
{
    public bool IsRtu => Link is SiteLink.Serial or SiteLink.Tcp { IsRtu: true };

    /// <summary>The Modbus links of all gateways of a site, each with its instruments.</summary>
    public static IEnumerable<SimulatedLink> Of(Site site, Signals signals, ServedLog? log) =>
        from gateway in site.Gateways
        from link in gateway.Links
        where LinkReader.ProtocolOf(link) == Devices.DeviceProtocol.Modbus
        select new SimulatedLink(link, gateway.Devices
            .Where(device => device.Link == link.Id)
            .ToDictionary(
                device => (byte)device.Address,
                device => new SimulatedDevice(device, signals, log)));
}
