using System.Collections.Concurrent;
using System.Collections.Immutable;
using Monitoring.Server.Storage;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Ingest;

/// <summary>What a device shows now.</summary>
/// <param name="SinceMs">Since when it is online or not.</param>
/// <param name="IsProvisional">Its record is still on its way; no fact rests on it.</param>
/// <param name="ReceivedMs">By the clock of the hub; null: nothing was received yet.</param>
public sealed record CurrentDevice(
    DeviceId Device, bool IsOnline, long SinceMs, ImmutableArray<Reading> Readings,
    bool IsProvisional, long? ReceivedMs)
{
    /// <summary>Images since the hub's start that were read too late for their cycle.</summary>
    public long Overruns { get; init; }
}

/// <summary>
/// The newest values of every device, and whether it is online: for eyes, never for facts. Nothing
/// of it is stored; after a start it fills up by itself.
/// </summary>
public sealed class CurrentValues
{
    private readonly ConcurrentDictionary<DeviceId, CurrentDevice> _devices = new();

    /// <summary>In order of their names.</summary>
    public IReadOnlyList<CurrentDevice> All() =>
        [.. _devices.Values.OrderBy(current => current.Device.ToString(), StringComparer.Ordinal)];

    public CurrentDevice? Of(DeviceId device) => _devices.GetValueOrDefault(device);

    public void Show(DeviceId device, ImmutableArray<Reading> readings, bool isLive, long nowMs)
    {
        if (!readings.IsEmpty)
        {
            _devices.AddOrUpdate(
                device,
                _ => new CurrentDevice(device, true, nowMs, readings, isLive, nowMs)
                {
                    Overruns = OverrunsOf(readings, isLive),
                },
                (_, before) => Newer(before, readings, isLive, nowMs));
        }
    }

    /// <summary>Online, and nothing known of its values: a birth is a state, no sample.</summary>
    public void Online(DeviceId device, long nowMs) => _devices.AddOrUpdate(
        device,
        _ => new CurrentDevice(device, true, nowMs, [], false, null),
        (_, before) => before.IsOnline ? before : before with { IsOnline = true, SinceMs = nowMs });

    public void Offline(DeviceId device, long timeMs)
    {
        if (_devices.TryGetValue(device, out var before))
        {
            _devices.TryUpdate(device, Stale(before, timeMs), before);
        }
    }

    /// <summary>The node is gone, and with it all its devices.</summary>
    public void Offline(GatewayId gateway, long nowMs)
    {
        foreach (var device in _devices.Keys.Where(device => device.Gateway == gateway))
        {
            Offline(device, nowMs);
        }
    }

    /// <summary>The hub has lost its broker: it knows nothing of anybody.</summary>
    public void AllOffline(long nowMs)
    {
        foreach (var device in _devices.Keys)
        {
            Offline(device, nowMs);
        }
    }

    private static CurrentDevice Stale(CurrentDevice before, long timeMs) => before.IsOnline
        ? before with
        {
            IsOnline = false,
            SinceMs = timeMs,
            Readings =
            [
                .. before.Readings.Select(reading => reading with { Quality = Quality.Stale }),
            ],
        }
        : before;

    // Points that a message leaves out have not changed; an older message changes nothing.
    private static CurrentDevice Newer(
        CurrentDevice before, ImmutableArray<Reading> readings, bool isLive, long nowMs)
    {
        var overruns = before.Overruns + OverrunsOf(readings, isLive);
        if (Replaces(before.Readings, readings))
        {
            return before with
            {
                IsOnline = true, SinceMs = before.IsOnline ? before.SinceMs : nowMs,
                Readings = readings, IsProvisional = isLive, ReceivedMs = nowMs,
                Overruns = overruns,
            };
        }

        var merged = before.Readings.ToDictionary(reading => reading.Point);
        foreach (var reading in readings)
        {
            if (!merged.TryGetValue(reading.Point, out var old) || old.TimeMs <= reading.TimeMs)
            {
                merged[reading.Point] = reading;
            }
        }

        return new CurrentDevice(
            before.Device, true, before.IsOnline ? before.SinceMs : nowMs, [.. merged.Values],
            isLive, nowMs)
        {
            Overruns = overruns,
        };
    }

    // The common case, and many times cheaper than to merge.
    private static bool Replaces(ImmutableArray<Reading> before, ImmutableArray<Reading> readings)
    {
        if (before.Length != readings.Length)
        {
            return false;
        }

        for (var i = 0; i < readings.Length; i++)
        {
            if (before[i].Point != readings[i].Point || before[i].TimeMs > readings[i].TimeMs)
            {
                return false;
            }
        }

        return true;
    }

    // A live image comes again as a record, and is counted then.
    private static int OverrunsOf(ImmutableArray<Reading> readings, bool isLive) =>
        !isLive && readings.Any(reading => reading.Reason == Reason.CycleOverrun) ? 1 : 0;
}
