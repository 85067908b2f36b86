using System.Collections.Immutable;
using Monitoring.Agent.Devices;

namespace Monitoring.Agent.Sites;

/// <summary>A way to instruments: one Modbus TCP server.</summary>
/// <param name="Timeout">For one request, and for one try to connect.</param>
public sealed record SiteLink(string Id, string Host, int Port, TimeSpan Timeout);

/// <summary>One instrument on a link.</summary>
/// <param name="Unit">The Modbus unit id.</param>
public sealed record SiteDevice(string Id, DeviceMap Map, string Link, byte Unit);

/// <summary>One computer at the plant and what it reads.</summary>
public sealed record Gateway(
    string Id, TimeSpan Cycle, ImmutableArray<SiteLink> Links, ImmutableArray<SiteDevice> Devices);

/// <summary>A plant: its gateways and the time zone its people live in.</summary>
public sealed record Site(
    string Id, string Title, TimeZoneInfo TimeZone, ImmutableArray<Gateway> Gateways);
