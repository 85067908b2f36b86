using System.Collections.Immutable;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Agent.Uplink.Sparkplug;

/// <summary>What has to be published around a record, and how it is to be sent.</summary>
/// <param name="IsBirthDue">A DBIRTH before it.</param>
/// <param name="IsTyped">Its types are not those of the birth, so it declares its own.</param>
/// <param name="IsEvidence">Its device is known to be lost: it is kept, and is no current value.
/// </param>
/// <param name="IsDeathDue">A DDEATH after it.</param>
public readonly record struct RecordFrame(
    bool IsBirthDue, bool IsTyped, bool IsEvidence, bool IsDeathDue);

/// <summary>
/// What this session's births have declared. A record written under an older configuration may
/// name a device or a point that is gone; it is declared before the record is sent, and stays so
/// until the record is committed. A device whose link is lost is dead until it answers.
/// </summary>
public sealed class BirthBook
{
    private sealed class Born
    {
        public Dictionary<string, DeclaredHere> Points { get; } = new(StringComparer.Ordinal);

        /// <summary>It is in the configuration; else only records that wait know it.</summary>
        public required bool IsConfigured { get; init; }

        public bool IsDead { get; set; }

        public long NeededUpTo { get; set; }
    }

    private readonly record struct DeclaredHere(
        ValueKind Kind, string? Unit, bool IsConfigured, long NeededUpTo);

    private readonly Dictionary<string, Born> _devices = new(StringComparer.Ordinal);

    // Whether there may be anything to forget.
    private bool _hasUnconfigured;

    public BirthBook(IEnumerable<UplinkDevice> devices)
    {
        foreach (var device in devices)
        {
            var born = new Born { IsConfigured = true };
            foreach (var point in device.Points)
            {
                born.Points[point.Name] = new DeclaredHere(
                    point.Kind, point.Unit, true, 0);
            }

            _devices[device.Id] = born;
        }
    }

    public IEnumerable<string> Devices => _devices.Keys;

    /// <summary>Those that a birth of the node is followed by.</summary>
    public IEnumerable<string> Living =>
        _devices.Where(device => !device.Value.IsDead).Select(device => device.Key);

    public ImmutableArray<DeclaredPoint> PointsOf(string device) =>
    [
        .. _devices[device].Points.Select(
            point => new DeclaredPoint(point.Key, point.Value.Kind, point.Value.Unit)),
    ];

    /// <summary>Notes what the record needs declared, and says how to send it.</summary>
    /// <param name="isFresh">It is sent for the first time and tells of now.</param>
    public RecordFrame Frame(JournalRecord.Image image, long offset, bool isFresh)
    {
        var isBirthDue = !_devices.TryGetValue(image.Device, out var born);
        _hasUnconfigured |= isBirthDue;
        born ??= new Born { IsConfigured = false };
        _devices[image.Device] = born;
        born.NeededUpTo = Math.Max(born.NeededUpTo, offset);
        var isTyped = false;
        foreach (var reading in image.Readings)
        {
            var kind = reading.Value?.Kind;
            if (!born.Points.TryGetValue(reading.Point, out var declared))
            {
                declared = new DeclaredHere(kind ?? ValueKind.Real, null, false, 0);
                isBirthDue = _hasUnconfigured = true;
            }

            isTyped |= kind is { } own && own != declared.Kind;
            if (!declared.IsConfigured)
            {
                born.Points[reading.Point] = declared with
                {
                    NeededUpTo = Math.Max(declared.NeededUpTo, offset),
                };
            }
        }

        var isLost = IsLost(image);
        var wasDead = born.IsDead;
        born.IsDead = isLost ? wasDead || isFresh : false;
        return new RecordFrame(
            isBirthDue || (wasDead && !isLost), isTyped, IsEvidence: wasDead && isLost,
            IsDeathDue: born.IsDead && !wasDead);
    }

    /// <summary>
    /// Forgets what is not in the configuration and whose records are all committed; the devices
    /// among them are named, for their DDEATH.
    /// </summary>
    public ImmutableArray<string> Forget(long committed)
    {
        if (!_hasUnconfigured)
        {
            return [];
        }

        var gone = _devices
            .Where(device => !device.Value.IsConfigured && device.Value.NeededUpTo <= committed)
            .Select(device => device.Key)
            .ToImmutableArray();
        foreach (var device in gone)
        {
            _devices.Remove(device);
        }

        foreach (var device in _devices.Values)
        {
            foreach (var (name, point) in device.Points)
            {
                if (!point.IsConfigured && point.NeededUpTo <= committed)
                {
                    device.Points.Remove(name);
                }
            }
        }

        return gone;
    }

    /// <summary>Nothing came through: a link is lost, not an instrument in maintenance.</summary>
    public static bool IsLost(JournalRecord.Image image) => image.Readings.All(
        reading => reading.Value is null
            && reading.Reason is Reason.Timeout or Reason.NotConnected or Reason.BadFrame
                or Reason.Crc or Reason.GatewayPath or Reason.GatewayTarget);
}
