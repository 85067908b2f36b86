using System.Collections.Immutable;
using Monitoring.Agent.Devices;

namespace Monitoring.Agent.Sites;

/// <summary>A way to instruments, with one owner.</summary>
public abstract record SiteLink(string Id)
{
    /// <summary>For one request, and for one try to connect.</summary>
    public abstract TimeSpan Timeout { get; }

    /// <summary>A Modbus TCP server, or a serial server that takes RTU frames over TCP.</summary>
    public sealed record Tcp(string Id, string Host, int Port, bool IsRtu, TimeSpan Timeout)
        : SiteLink(Id)
    {
        public override TimeSpan Timeout { get; } = Timeout;
    }

    /// <summary>A serial line with Modbus RTU.</summary>
    /// <param name="Path">Best below /dev/serial/by-id, whose names stay.</param>
    public sealed record Serial(
        string Id, string Path, int Baud, SerialParity Parity, int StopBits, TimeSpan Timeout)
        : SiteLink(Id)
    {
        public override TimeSpan Timeout { get; } = Timeout;

        /// <summary>Start bit, 8 data bits, parity, stop bits.</summary>
        public int BitsPerCharacter => 9 + (Parity == SerialParity.None ? 0 : 1) + StopBits;
    }

    /// <summary>An I2C bus of the gateway.</summary>
    public sealed record I2c(string Id, int Bus) : SiteLink(Id)
    {
        public override TimeSpan Timeout => TimeSpan.FromSeconds(1);
    }

    /// <summary>A GPIO chip of the gateway.</summary>
    public sealed record Gpio(string Id, int Chip) : SiteLink(Id)
    {
        public override TimeSpan Timeout => TimeSpan.FromSeconds(1);
    }
}

/// <summary>The parity bit of a serial character.</summary>
public enum SerialParity
{
    None,
    Even,
    Odd,
}

/// <summary>
/// One instrument on a link. Two are equal where all that was written about them is equal.
/// </summary>
/// <param name="Address">The Modbus unit id or the I2C address; 0 on a GPIO chip.</param>
public sealed record SiteDevice(string Id, DeviceMap Map, string Link, int Address)
{
    /// <summary>Time between two reads: a multiple of the gateway's cycle.</summary>
    public required TimeSpan Every { get; init; }

    /// <summary>The line of each GPIO point, by the point's id.</summary>
    public ImmutableDictionary<string, int> Lines { get; init; } =
        ImmutableDictionary<string, int>.Empty;

    public bool Equals(SiteDevice? other) =>
        other is not null && Id == other.Id && Link == other.Link && Address == other.Address
        && Every == other.Every && Map.Id == other.Map.Id
        && Map.Digest.AsSpan().SequenceEqual(other.Map.Digest.AsSpan())
        && Lines.OrderBy(line => line.Key, StringComparer.Ordinal)
            .SequenceEqual(other.Lines.OrderBy(line => line.Key, StringComparer.Ordinal));

    public override int GetHashCode() => Address;
}

/// <summary>One computer at the plant and what it reads.</summary>
public sealed record Gateway(
    string Id, TimeSpan Cycle, ImmutableArray<SiteLink> Links, ImmutableArray<SiteDevice> Devices)
{
    /// <summary>The name under which the agent tells how it does itself.</summary>
    public const string OwnDevice = "gateway";
}

/// <summary>A plant: its gateways and the time zone its people live in.</summary>
public sealed record Site(
    string Id, string Title, TimeZoneInfo TimeZone, ImmutableArray<Gateway> Gateways)
{
    /// <summary>What it was read from: the site's own file, then the device maps.</summary>
    public required ImmutableArray<string> Files { get; init; }
}
