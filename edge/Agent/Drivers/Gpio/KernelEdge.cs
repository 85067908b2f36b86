using System.Device.Gpio;

namespace Monitoring.Agent.Drivers.Gpio;

/// <summary>
/// An edge as the kernel saw it. Other drivers of the platform give neither its time nor its
/// number: with them the time is that of the callback, and a lost edge goes unseen.
/// </summary>
/// <param name="timestamp">
/// When, by the clock of <see cref="TimeProvider.GetTimestamp"/> of the system: CLOCK_MONOTONIC.
/// </param>
/// <param name="sequence">The edges of this line since it was opened, from 1.</param>
public sealed class KernelEdge(PinEventTypes type, int pin, long timestamp, uint sequence)
    : PinValueChangedEventArgs(type, pin)
{
    public long Timestamp { get; } = timestamp;

    public uint Sequence { get; } = sequence;
}
