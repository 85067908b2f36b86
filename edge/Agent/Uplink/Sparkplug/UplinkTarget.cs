using System.Collections.Immutable;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Agent.Uplink.Sparkplug;

/// <summary>Where and as whom to publish.</summary>
/// <param name="Brokers">In order of preference; one at a time is used.</param>
/// <param name="HostId">The primary host: the hub whose STATE is obeyed.</param>
public sealed record UplinkTarget(
    ImmutableArray<Uri> Brokers, string Username, byte[]? Password, string HostId,
    string Group, string Node,
    ImmutableArray<UplinkDevice> Devices)
{
    public string ClientId => Username.Replace('/', '-');

    public SparkplugTopic Topic(MessageType type, string? device) =>
        new(Group, type, Node, device);
}

/// <summary>A device and its points, as its birth declares them.</summary>
public sealed record UplinkDevice(string Id, ImmutableArray<DeclaredPoint> Points);
