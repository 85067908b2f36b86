using System.Collections.Immutable;
using System.Device.I2c;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.I2c;

/// <summary>An I2C bus and the sensors on it.</summary>
/// <param name="open">Opens the chip at an address.</param>
public sealed class I2cDeviceLink(Func<int, I2cDevice> open, TimeProvider time) : IDeviceLink
{
    private readonly Dictionary<string, I2cSensor> _sensors = new(StringComparer.Ordinal);

    /// <summary>The bus <c>/dev/i2c-N</c> of this machine.</summary>
    public static I2cDeviceLink Open(SiteLink.I2c link, TimeProvider time) => new(
        address => I2cDevice.Create(new I2cConnectionSettings(link.Bus, address)), time);

    public DeviceSample Read(SiteDevice device, CancellationToken abandon)
    {
        var (utc, start) = (time.GetUtcNow(), time.GetTimestamp());
        var answer = Ask(device, abandon);
        var middle = utc + time.GetElapsedTime(start) / 2;
        var timeMs = middle.ToUnixTimeMilliseconds();
        var raw = answer.Channels.Select(measured => new RawPoint(
            measured.Value is { } value ? PointValue.Real(value) : null, measured.Quality,
            measured.Reason, timeMs)).ToArray();
        return new DeviceSample(timeMs, ImageDecoder.Finish(device.Map, raw), answer.Trouble);
    }

    public void Dispose()
    {
        foreach (var sensor in _sensors.Values)
        {
            sensor.Dispose();
        }

        _sensors.Clear();
    }

    private SensorAnswer Ask(SiteDevice device, CancellationToken abandon)
    {
        ImmutableArray<PointSource.I2cChannel> channels =
            [.. device.Map.Points.Select(point => (PointSource.I2cChannel)point.Source)];
        try
        {
            if (!_sensors.TryGetValue(device.Id, out var sensor))
            {
                sensor = Create(device.Map, open(device.Address));
                _sensors.Add(device.Id, sensor);
            }

            return sensor.Read(channels, abandon);
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // Nobody acknowledges, the bus is gone or not ours. The chip is started anew when it
            // is back: it may have been without power.
            if (_sensors.Remove(device.Id, out var lost))
            {
                lost.Dispose();
            }

            return SensorAnswer.Nothing(
                channels.Length, Reason.NotConnected,
                $"address 0x{device.Address:X2}: {e.Message}");
        }
    }

    private I2cSensor Create(DeviceMap map, I2cDevice chip) => map.Driver switch
    {
        SensorChips.Scd4x => new Scd4x(chip, map.Sensor, time),
        SensorChips.Bme280 => new Bme280(chip),
        SensorChips.Ads1115 => new Ads1115(chip),
        _ => throw new InvalidOperationException($"No driver '{map.Driver}'; the reader checks."),
    };
}
