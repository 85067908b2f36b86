using System.Collections.Immutable;
using System.Text;
using Monitoring.Wire;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Core.Ingest;

/// <summary>
/// A Sparkplug node that is none of our agents: it has no journal and waits for no commit, so what
/// is lost on the way is lost. What arrives becomes records of a journal that the hub keeps for it,
/// each reading marked uncertain and foreign.
/// </summary>
public sealed class ForeignNode
{
    /// <summary>The device that the node's own metrics are kept under.</summary>
    public const string OwnDevice = "node";

    // A namespace of the rules has the name of the type.
    private const Wire.Records.Quality Unknown = Wire.Records.Quality.Bad;
    private const Wire.Records.Quality Doubtful = Wire.Records.Quality.Uncertain;

    private readonly record struct Declared(string Device, string Point, DataType Type);

    private readonly Dictionary<(string Device, string Name), Declared> _byName = [];
    private readonly Dictionary<ulong, Declared> _byAlias = [];
    private readonly Dictionary<string, string> _devices = new(StringComparer.Ordinal);

    /// <summary>The journal that the hub keeps for a node; marked by its name.</summary>
    public static string EpochOf(string group, string node) =>
        $"foreign-{ContentId.Of("foreign", group, node)}";

    /// <summary>The hub's own name for a foreign device; null where there are too many.</summary>
    public string? DeviceOf(string? device)
    {
        var name = device is null ? OwnDevice : null;
        if (device is not null && !_devices.TryGetValue(device, out name))
        {
            if (_devices.Count == WireLimits.DevicesPerGatewayMax)
            {
                return null;
            }

            name = Unused(device, _devices.ContainsValue);
            _devices[device] = name;
        }

        return name;
    }

    /// <summary>Notes what a birth declares: name, alias and type of each metric.</summary>
    public void Declare(string? device, Payload birth)
    {
        if (DeviceOf(device) is not { } own)
        {
            return;
        }

        foreach (var metric in birth.Metrics)
        {
            if (metric is not { Name: { } name, Type: { } type } || IsControl(name))
            {
                continue;
            }

            var points = _byName.Values.Where(declared => declared.Device == own)
                .Select(declared => declared.Point).ToHashSet(StringComparer.Ordinal);
            if (points.Count == WireLimits.ReadingsPerRecordMax)
            {
                return;
            }

            var known = _byName.TryGetValue((own, name), out var before)
                ? before.Point
                : Unused(name, points.Contains);
            var declared = new Declared(own, known, type);
            _byName[(own, name)] = declared;
            if (metric.Alias is { } alias)
            {
                _byAlias[alias] = declared;
            }
        }
    }

    /// <summary>
    /// The readings of a birth or of data under the hub's names, with those that no birth declared
    /// or that hold no scalar left out.
    /// </summary>
    /// <param name="isUndeclared">Something was left out because no birth declared it.</param>
    public ImmutableArray<Reading> ReadingsOf(
        string? device, Payload payload, long nowMs, out bool isUndeclared)
    {
        isUndeclared = false;
        var readings = ImmutableArray.CreateBuilder<Reading>();
        foreach (var metric in payload.Metrics)
        {
            if (metric.Name is { } name && IsControl(name))
            {
                continue;
            }

            if (Find(device, metric) is not { } declared)
            {
                isUndeclared = true;
                continue;
            }

            var value = metric.IsNull ? null : metric.Value.As(metric.Type ?? declared.Type);
            if ((value is not null || metric.IsNull)
                && readings.Count < WireLimits.ReadingsPerRecordMax)
            {
                var timeMs = metric.TimestampMs ?? payload.TimestampMs ?? nowMs;
                readings.Add(new Reading(
                    declared.Point, value, value is null ? Unknown : Doubtful, Reason.Foreign,
                    timeMs));
            }
        }

        return readings.ToImmutable();
    }

    /// <summary>The record of readings that lie near one another in time; null for none.</summary>
    public static JournalRecord.Image? ImageOf(string device, ImmutableArray<Reading> readings)
    {
        if (readings.IsEmpty)
        {
            return null;
        }

        var timeMs = readings.Max(reading => reading.TimeMs);
        return timeMs <= 0 ? null : new JournalRecord.Image(
            device, timeMs, new Boot(Guid.Empty, 0), ClockState.Unsynced,
            [.. readings.Where(reading => timeMs - reading.TimeMs is >= 0 and <= int.MaxValue)]);
    }

    private Declared? Find(string? device, Metric metric)
    {
        if (metric.Name is { } name)
        {
            return DeviceOf(device) is { } own && _byName.TryGetValue((own, name), out var named)
                ? named
                : null;
        }

        return metric.Alias is { } alias && _byAlias.TryGetValue(alias, out var aliased)
            ? aliased
            : null;
    }

    private static bool IsControl(string name) =>
        name == MetricNames.BdSeq
        || name.StartsWith("Node Control/", StringComparison.Ordinal)
        || name.StartsWith("Device Control/", StringComparison.Ordinal);

    /// <summary>The name as one of our identifiers that nothing else has.</summary>
    private static string Unused(string name, Func<string, bool> isUsed)
    {
        var text = new StringBuilder();
        foreach (var c in name.ToLowerInvariant().Take(Identifier.LengthMax))
        {
            text.Append(char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) ? c : '-');
        }

        var plain = text.Length == 0 ? "unnamed" : text.ToString();
        var unused = plain;
        for (var number = 2; isUsed(unused) || unused == OwnDevice; number++)
        {
            var suffix = $"-{number}";
            unused = plain[..Math.Min(plain.Length, Identifier.LengthMax - suffix.Length)] + suffix;
        }

        return unused;
    }
}
