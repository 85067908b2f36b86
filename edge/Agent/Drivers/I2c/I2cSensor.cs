using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.I2c;

/// <summary>
/// One sensor on a bus, from its start-up on. It throws IOException where the bus fails, and is
/// then given up for a new one: whatever was set before may be gone from the chip.
/// </summary>
internal abstract class I2cSensor : IDisposable
{
    /// <summary>Asks the chip once; starts it up where that is still to be done.</summary>
    /// <param name="channels">Those of the map's points, in their order.</param>
    /// <param name="abandon">Cuts short what waits.</param>
    public abstract SensorAnswer Read(
        ImmutableArray<PointSource.I2cChannel> channels, CancellationToken abandon);

    public abstract void Dispose();

    /// <summary>The chip is given that much time, at least, unless the agent ends.</summary>
    protected static void Pause(int milliseconds, CancellationToken abandon) =>
        abandon.WaitHandle.WaitOne(milliseconds);
}

/// <summary>What a sensor says of one channel. No value: the reason says why.</summary>
internal readonly record struct Measured(double? Value, Quality Quality, Reason Reason)
{
    public static Measured Good(double value) => new(value, Quality.Good, Reason.None);

    public static Measured Uncertain(double value, Reason reason) =>
        new(value, Quality.Uncertain, reason);

    public static Measured Absent(Reason reason) => new(null, Quality.Bad, reason);
}

/// <summary>What a sensor says of all channels that were asked for, in their order.</summary>
internal sealed record SensorAnswer(ImmutableArray<Measured> Channels, SampleTrouble? Trouble)
{
    public static SensorAnswer Nothing(int channels, Reason reason, string detail) => new(
        [.. Enumerable.Repeat(Measured.Absent(reason), channels)],
        new SampleTrouble(reason, detail));
}
