using System.Collections.Immutable;
using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>Turns what was read of one device into its process image, point by point.</summary>
public static class ImageDecoder
{
    /// <summary>All points from the registers of the map's block.</summary>
    public static ImmutableArray<Reading> Decode(
        DeviceMap map, ReadOnlySpan<ushort> words, long timeMs)
    {
        var block = map.Block;
        Invariant.That(words.Length == block.Count);
        var raw = new RawPoint[map.Points.Length];
        for (var i = 0; i < raw.Length; i++)
        {
            var source = map.Points[i].Registers;
            var own = words.Slice(source.Address - block.Start, source.Count);
            raw[i] = RegisterCodec.Decode(source, own, timeMs);
        }

        return Finish(map, raw);
    }

    /// <summary>
    /// All points from what a driver read of them: scale and offset, range, status rules.
    /// </summary>
    /// <param name="raw">In the order of the map's points.</param>
    public static ImmutableArray<Reading> Finish(DeviceMap map, ReadOnlySpan<RawPoint> raw)
    {
        Invariant.That(raw.Length == map.Points.Length);
        var readings = ImmutableArray.CreateBuilder<Reading>(raw.Length);
        for (var i = 0; i < raw.Length; i++)
        {
            readings.Add(Finish(map.Points[i], raw[i]));
        }

        foreach (var rule in map.StatusRules.Reverse())
        {
            if (Matches(rule, map, raw))
            {
                Apply(rule, map, raw, readings);
            }
        }

        return readings.ToImmutable();
    }

    /// <summary>All points absent, for a device that gave no answer or a wrong one.</summary>
    public static ImmutableArray<Reading> Absent(DeviceMap map, Reason reason, long timeMs) =>
        [.. map.Points.Select(
            point => new Reading(point.Id, null, Quality.Bad, reason, timeMs))];

    private static Reading Finish(DevicePoint point, RawPoint raw)
    {
        if (raw.Value is not { } value)
        {
            return new Reading(point.Id, null, Quality.Bad, raw.Reason, raw.TimeMs);
        }

        value = Scaled(point, value);
        var isOutside = point.Range is { } range && value.AsNumber() is { } number
            && (number < range.Min || number > range.Max);
        return isOutside
            ? new Reading(point.Id, value, Quality.Bad, Reason.OutOfRange, raw.TimeMs)
            : new Reading(point.Id, value, raw.Quality, raw.Reason, raw.TimeMs);
    }

    private static PointValue Scaled(DevicePoint point, PointValue raw)
    {
        if (point.Scale == 1 && point.Offset == 0)
        {
            return raw;
        }

        return raw.Kind switch
        {
            ValueKind.Integer => PointValue.Real((double)(raw.Bits * point.Scale + point.Offset)),
            ValueKind.Real => PointValue.Real(
                raw.AsNumber()!.Value * (double)point.Scale + (double)point.Offset),
            _ => raw,
        };
    }

    private static bool Matches(StatusRule rule, DeviceMap map, ReadOnlySpan<RawPoint> raw)
    {
        for (var i = 0; i < raw.Length; i++)
        {
            if (map.Points[i].Id == rule.Point)
            {
                return raw[i].Value is { Kind: ValueKind.Integer or ValueKind.Flag } word
                    && rule.Matches(word.Bits);
            }
        }

        return false;
    }

    private static void Apply(
        StatusRule rule, DeviceMap map, ReadOnlySpan<RawPoint> raw,
        ImmutableArray<Reading>.Builder readings)
    {
        for (var i = 0; i < raw.Length; i++)
        {
            var own = readings[i];
            var isOurs = own.Value is not null && own.Reason != Reason.OutOfRange
                && raw[i].Reason == Reason.None;

            // What is wrong with the value itself comes first: it is nearer to the fact.
            if (isOurs && rule.AppliesTo.Contains(map.Points[i].Id))
            {
                readings[i] = own with { Quality = rule.Quality, Reason = rule.Reason };
            }
        }
    }
}
