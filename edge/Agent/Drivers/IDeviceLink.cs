using System.Collections.Immutable;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers;

/// <summary>
/// A physical link and the instruments on it: a socket, a serial line, an I2C bus, a GPIO chip.
/// One thread owns it and calls it; its calls block.
/// </summary>
public interface IDeviceLink : IDisposable
{
    /// <summary>
    /// Reads all points of one instrument once. What goes wrong on the wire comes back as points
    /// that are absent for a reason, never as an exception.
    /// </summary>
    /// <param name="abandon">The agent ends: come back soon, with absences if need be.</param>
    DeviceSample Read(SiteDevice device, CancellationToken abandon);
}

/// <summary>What one read of an instrument brought.</summary>
/// <param name="TimeMs">UTC milliseconds: the middle of the exchange.</param>
/// <param name="Readings">One for each point of the map, in its order.</param>
/// <param name="Trouble">Why something is missing, to be logged when it changes.</param>
public sealed record DeviceSample(
    long TimeMs, ImmutableArray<Reading> Readings, SampleTrouble? Trouble);

/// <summary>What is wrong with a device, for people.</summary>
public sealed record SampleTrouble(Reason Reason, string Detail);
