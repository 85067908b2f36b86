using System.Collections.Immutable;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Agent.Uplink.Sparkplug;

/// <summary>
/// What this session's births have declared. A record written under an older configuration may
/// name a device or a point that is gone; it is declared before the record is sent.
/// </summary>
public sealed class BirthBook
{
    private readonly Dictionary<string, Dictionary<string, ValueKind>> _devices;

    public BirthBook(IEnumerable<UplinkDevice> devices) =>
        _devices = devices.ToDictionary(
            device => device.Id,
            device => device.Points.ToDictionary(
                point => point.Name, point => point.Kind, StringComparer.Ordinal),
            StringComparer.Ordinal);

    public IEnumerable<string> Devices => _devices.Keys;

    public ImmutableArray<DeclaredPoint> PointsOf(string device) =>
        [.. _devices[device].Select(point => new DeclaredPoint(point.Key, point.Value))];

    /// <summary>True where the device needs another birth before this image can be sent.</summary>
    public bool Declare(JournalRecord.Image image)
    {
        var isNew = _devices.TryAdd(image.Device, new(StringComparer.Ordinal));
        var points = _devices[image.Device];
        foreach (var reading in image.Readings)
        {
            isNew |= points.TryAdd(reading.Point, reading.Value?.Kind ?? ValueKind.Real);
        }

        return isNew;
    }
}
