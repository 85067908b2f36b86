using System.Collections.Immutable;
using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>Turns what one device answered into its process image, point by point.</summary>
public static class ImageDecoder
{
    /// <summary>All points from the registers of the map's block.</summary>
    public static ImmutableArray<Reading> Decode(
        DeviceMap map, ReadOnlySpan<ushort> words, long timeMs)
    {
        var block = map.Block;
        Invariant.That(words.Length == block.Count);
        var values = new Dictionary<string, RegisterValue>(StringComparer.Ordinal);
        foreach (var point in map.Points)
        {
            var own = words.Slice(point.Address - block.Start, point.Registers);
            values.Add(point.Id, RegisterCodec.Decode(point, own));
        }

        return [.. map.Points.Select(point => ToReading(map, point.Id, values, timeMs))];
    }

    /// <summary>All points absent, for a device that gave no answer or a wrong one.</summary>
    public static ImmutableArray<Reading> Absent(DeviceMap map, Reason reason, long timeMs) =>
        [.. map.Points.Select(
            point => new Reading(point.Id, null, Quality.Bad, reason, timeMs))];

    private static Reading ToReading(
        DeviceMap map, string point, Dictionary<string, RegisterValue> values, long timeMs)
    {
        var own = values[point];
        var rule = map.StatusRules.FirstOrDefault(candidate =>
            candidate.AppliesTo.Contains(point) && Matches(candidate, values));

        // What is wrong with the value itself comes first: it is nearer to the fact.
        return rule is null || own.Reason != Reason.None
            ? new Reading(point, own.Value, own.Quality, own.Reason, timeMs)
            : new Reading(point, own.Value, rule.Quality, rule.Reason, timeMs);
    }

    private static bool Matches(StatusRule rule, Dictionary<string, RegisterValue> values) =>
        values[rule.Point].Value is { Kind: ValueKind.Integer } word && rule.Matches(word.Bits);
}
