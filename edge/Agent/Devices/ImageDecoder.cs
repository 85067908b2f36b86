using System.Collections.Immutable;
using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>Turns what was read of one device into its process image, point by point.</summary>
public static class ImageDecoder
{
    /// <summary>
    /// All points from what a driver read of them: scale and offset, range, status rules.
    /// </summary>
    /// <param name="raw">In the order of the map's points.</param>
    public static ImmutableArray<Reading> Finish(DeviceMap map, ReadOnlySpan<RawPoint> raw)
    {
        Invariant.That(raw.Length == map.Points.Length);
        var readings = ImmutableArray.CreateBuilder<Reading>(raw.Length);
        var verdicts = Verdicts(map, raw);
        for (var i = 0; i < raw.Length; i++)
        {
            var own = Finish(map.Points[i], raw[i]);
            readings.Add(map.StatusRules.IsEmpty ? own : Judged(own, verdicts));
        }

        return readings.MoveToImmutable();
    }

    /// <summary>All points absent, for a device that gave no answer or a wrong one.</summary>
    public static ImmutableArray<Reading> Absent(DeviceMap map, Reason reason, long timeMs) =>
        [.. map.Points.Select(
            point => new Reading(point.Id, null, Quality.Bad, reason, timeMs))];

    private static Reading Finish(DevicePoint point, in RawPoint raw)
    {
        if (raw.Value is not { } rawValue)
        {
            return new Reading(point.Id, null, Quality.Bad, raw.Reason, raw.TimeMs);
        }

        if (Scaled(point, rawValue) is not { } value)
        {
            return new Reading(point.Id, null, Quality.Bad, Reason.OutOfRange, raw.TimeMs);
        }

        var isOutside = point.Range is { } range && value.AsNumber() is { } number
            && (number < range.Min || number > range.Max);
        return isOutside
            ? new Reading(point.Id, value, Quality.Bad, Reason.OutOfRange, raw.TimeMs)
            : new Reading(point.Id, value, raw.Quality, raw.Reason, raw.TimeMs);
    }

    /// <summary>Null: no 64-bit real is so large.</summary>
    private static PointValue? Scaled(DevicePoint point, PointValue raw)
    {
        if (point.Scaling.IsNone)
        {
            return raw;
        }

        switch (raw.Kind)
        {
            case ValueKind.Integer:
                return PointValue.Real(point.Scaling.Of(raw.Bits));
            case ValueKind.Real:
                var number = point.Scaling.Of(raw.AsNumber()!.Value);
                return double.IsFinite(number) ? PointValue.Real(number) : null;
            default:
                return raw;
        }
    }

    /// <summary>
    /// The rules that hold now, in order of precedence, and those whose word is missing.
    /// </summary>
    private static (List<StatusRule> Said, List<StatusRule> Unsaid) Verdicts(
        DeviceMap map, ReadOnlySpan<RawPoint> raw)
    {
        List<StatusRule> said = [], unsaid = [];
        foreach (var rule in map.StatusRules)
        {
            var word = raw[IndexOf(map, rule.Point)];
            if (word.Value is not { } value)
            {
                unsaid.Add(rule with { Quality = Quality.Uncertain, Reason = word.Reason });
            }
            else if (rule.Matches(value.Bits))
            {
                said.Add(rule);
            }
        }

        return (said, unsaid);
    }

    private static int IndexOf(DeviceMap map, string point)
    {
        var i = 0;
        while (map.Points[i].Id != point)
        {
            i++;
        }

        return i;
    }

    /// <summary>
    /// What is wrong with the value itself comes first: it is nearer to the fact. But where the
    /// instrument gives no value, its status says why; and where its status is missing, nobody
    /// knows what it would say: that casts doubt on a good value, no more.
    /// </summary>
    private static Reading Judged(
        Reading own, (List<StatusRule> Said, List<StatusRule> Unsaid) verdicts)
    {
        bool Applies(StatusRule rule) => rule.AppliesTo.Contains(own.Point);
        if (own.Value is null)
        {
            return own.Reason is Reason.Sentinel or Reason.NotANumber
                && verdicts.Said.Find(Applies) is { } why
                ? own with { Reason = why.Reason }
                : own;
        }

        return own.Reason == Reason.None
            && (verdicts.Said.Find(Applies) ?? verdicts.Unsaid.Find(Applies)) is { } rule
            ? own with { Quality = rule.Quality, Reason = rule.Reason }
            : own;
    }
}
