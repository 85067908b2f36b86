using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Wire.Records;

namespace Monitoring.Wire.Sparkplug;

/// <summary>A record as a hub received it, with its place in the gateway's journal.</summary>
public sealed record ReceivedRecord(long Offset, JournalRecord Record, bool Historical);

/// <summary>What a gateway declared at birth: the types of a device's points, by name.</summary>
public sealed record Declaration(FrozenDictionary<string, DataType> Types)
{
    /// <summary>Their units; agents of the first version declared none.</summary>
    public IReadOnlyDictionary<string, string> Units { get; init; } =
        FrozenDictionary<string, string>.Empty;

    public static Declaration Nothing { get; } = new(FrozenDictionary<string, DataType>.Empty);
}

/// <summary>
/// Payloads of gateways to records and states: the inverse of <see cref="EdgeMessages"/>.
/// </summary>
public static class ReceivedMessages
{
    /// <summary>Of a clock that began in 1970, and as much again.</summary>
    private const double ShiftMsMax = 4e12;

    /// <summary>The bdSeq of an NBIRTH or NDEATH; null where there is none.</summary>
    public static long? BdSeqOf(Payload payload) =>
        payload.Find(MetricNames.BdSeq)?.Value.AsLong();

    /// <summary>The journal that an NBIRTH declares; null for a node without one.</summary>
    public static JournalState? JournalOf(Payload payload)
    {
        if (payload.Find(MetricNames.BufferEpoch)?.Value.Text is not { } epoch
            || !IsEpoch(epoch)
            || payload.Find(MetricNames.BufferFirst)?.Value.AsLong() is not { } first
            || payload.Find(MetricNames.BufferLast)?.Value.AsLong() is not { } last
            || first < 1 || last < first - 1)
        {
            return null;
        }

        var committed = payload.Find(MetricNames.CommitOffset)?.Value.AsLong() ?? 0;
        var used = payload.Find(MetricNames.BufferUsed)?.Value.AsLong() ?? 0;
        return new JournalState(epoch, first, last, committed, used);
    }

    /// <summary>
    /// Whether a birth is from an agent that names the journal in each of its records, and the
    /// time in the request for a rebirth that it answers; null for one that nobody asked for.
    /// </summary>
    public static (bool NamesEpoch, long? AnswersMs) AnswerOf(Payload birth)
    {
        var answers = birth.Find(MetricNames.BirthAnswers);
        return (answers is not null, answers?.Value.AsLong());
    }

    public static Declaration DeclarationOf(Payload birth)
    {
        var types = new Dictionary<string, DataType>(StringComparer.Ordinal);
        var units = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var metric in birth.Metrics)
        {
            if (metric is { Name: { } name, Type: { } type })
            {
                types[name] = type;
                if (metric.Find(MetricNames.EngineeringUnit)?.Value.Text is { } unit)
                {
                    units[name] = unit;
                }
            }
        }

        return new Declaration(types.ToFrozenDictionary(StringComparer.Ordinal))
        {
            Units = units,
        };
    }

    /// <summary>The offset that a DDATA or NDATA says it has; null where it says none.</summary>
    public static long? OffsetOf(Payload payload) =>
        payload.Find(MetricNames.BufferOffset)?.Value.AsLong();

    /// <summary>The <see cref="EpochTag"/> of the journal that a record names; null for none.
    /// </summary>
    public static long? EpochTagOf(Payload payload) =>
        payload.Find(MetricNames.BufferOffset)?.Find(MetricNames.Epoch)?.Value.AsLong();

    /// <summary>
    /// The readings of a live DDATA, or null where it is none: all of it is transient and nothing
    /// of it has a place in the journal.
    /// </summary>
    public static ImmutableArray<Reading>? LiveOf(Payload payload, Declaration declared)
    {
        if (payload.Metrics.IsEmpty || payload.Find(MetricNames.BufferOffset) is not null
            || !payload.Metrics.All(metric => metric is { IsTransient: true, Name: not null }))
        {
            return null;
        }

        var readings = ImmutableArray.CreateBuilder<Reading>();
        var timeMs = payload.Metrics.Max(metric => metric.TimestampMs) ?? 0;
        return payload.Metrics.All(metric => Add(metric, timeMs, declared, readings) is null)
            ? readings.ToImmutable()
            : null;
    }

    /// <summary>The record in a DDATA or NDATA, or null and why there is none.</summary>
    /// <param name="device">The topic's device; null for NDATA.</param>
    public static ReceivedRecord? RecordOf(
        Payload payload, string? device, Declaration declared, out string? fault)
    {
        fault = null;
        if (payload.Find(MetricNames.BufferOffset) is not { TimestampMs: { } timeMs } place
            || place.Value.AsLong() is not { } offset || offset < 1)
        {
            fault = $"no {MetricNames.BufferOffset} with a time and an offset from 1";
            return null;
        }

        JournalRecord? record = device is null
            ? (JournalRecord?)CorrectionOf(payload, timeMs) ?? GapOf(payload, timeMs, out fault)
            : ImageOf(payload, device, timeMs, declared, out fault);
        return record is null ? null : new ReceivedRecord(offset, record, place.IsHistorical);
    }

    public static bool IsEpoch(string text) =>
        text.Length == 32 && text.All(char.IsAsciiHexDigitLower);

    private static JournalRecord.Correction? CorrectionOf(Payload payload, long timeMs) =>
        Guid.TryParseExact(payload.Find(MetricNames.ClockBoot)?.Value.Text, "N", out var boot)
        && payload.Find(MetricNames.ClockFirst)?.Value.AsLong() is { } first
        && payload.Find(MetricNames.ClockLast)?.Value.AsLong() is { } last
        && payload.Find(MetricNames.ClockShift)?.Value.AsLong() is { } shiftMs
        && first >= 1 && last >= first && Math.Abs((double)shiftMs) < ShiftMsMax
            ? new JournalRecord.Correction(boot, first, last, shiftMs, timeMs)
            : null;

    private static JournalRecord.Gap? GapOf(Payload payload, long timeMs, out string? fault)
    {
        fault = null;
        if (payload.Find(MetricNames.GapFirst)?.Value.AsLong() is { } first
            && payload.Find(MetricNames.GapLast)?.Value.AsLong() is { } last
            && payload.Find(MetricNames.GapReason)?.Value.Text is { } reason
            && first >= 0 && last >= first)
        {
            return new JournalRecord.Gap(first, last, Reasons.Parse(reason), timeMs);
        }

        fault = "NDATA with an offset holds no whole gap and no whole correction";
        return null;
    }

    private static JournalRecord.Image? ImageOf(
        Payload payload, string device, long timeMs, Declaration declared, out string? fault)
    {
        fault = null;
        if (!Identifier.IsValid(device))
        {
            fault = $"device is no identifier; {Identifier.Rule}";
            return null;
        }

        if (!Guid.TryParseExact(payload.Find(MetricNames.RecordBoot)?.Value.Text, "N", out var boot)
            || payload.Find(MetricNames.RecordMonotonic)?.Value.AsLong() is not { } monotonicMs)
        {
            fault = $"no {MetricNames.RecordBoot} or no {MetricNames.RecordMonotonic}";
            return null;
        }

        var clock = ClockStates.Parse(payload.Find(MetricNames.RecordClock)?.Value.Text);
        var readings = ImmutableArray.CreateBuilder<Reading>(
            Math.Min(payload.Metrics.Length, WireLimits.ReadingsPerRecordMax));
        foreach (var metric in payload.Metrics)
        {
            if (metric.Name is null)
            {
                fault = "a metric has no name";
                return null;
            }

            if (metric.Name.Contains('/', StringComparison.Ordinal))
            {
                continue;
            }

            fault = Add(metric, timeMs, declared, readings);
            if (fault is not null)
            {
                return null;
            }
        }

        return new JournalRecord.Image(
            device, timeMs, new Boot(boot, monotonicMs), clock, readings.DrainToImmutable());
    }

    private static string? Add(
        Metric metric, long timeMs, Declaration declared, ImmutableArray<Reading>.Builder readings)
    {
        var name = metric.Name!;
        if (!Identifier.IsValid(name))
        {
            return $"point '{name}' is no identifier; {Identifier.Rule}";
        }

        if (readings.Count == WireLimits.ReadingsPerRecordMax)
        {
            return $"more than {WireLimits.ReadingsPerRecordMax} points";
        }

        if (metric.TimestampMs is not { } pointTimeMs
            || Math.Abs(pointTimeMs - timeMs) > int.MaxValue)
        {
            return $"point '{name}' has no time near that of its record";
        }

        PointValue? value = null;
        if (!metric.IsNull)
        {
            if (metric.Type is not { } type && !declared.Types.TryGetValue(name, out type))
            {
                return $"point '{name}' was not declared at birth";
            }

            value = metric.Value.As(type);
            if (value is null)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"point '{name}' has a {metric.Value.Kind} value, which is no lawful {type}");
            }
        }

        var (quality, reason) = QualityOf(metric);
        readings.Add(new Reading(name, value, quality, reason, pointTimeMs));
        return null;
    }

    private static (Quality Quality, Reason Reason) QualityOf(Metric metric)
    {
        var reason = metric.Find(MetricNames.Reason)?.Value.Text is { } name
            ? Reasons.Parse(name)
            : Reason.None;
        if (metric.Find(MetricNames.Quality)?.Value.AsLong() is { } number)
        {
            // A quality that is not in the table is not one to rely on.
            var known = Enum.GetValues<Quality>().Any(quality => (long)quality == number);
            return (known ? (Quality)number : Quality.Bad, reason);
        }

        return (metric.IsNull ? Quality.Bad : Quality.Good, reason);
    }
}
