using System.Collections.Immutable;
using Monitoring.Wire.Records;

namespace Monitoring.Wire.Sparkplug;

/// <summary>What a gateway says of its journal at birth.</summary>
/// <param name="Committed">The last offset the hub has committed, 0 for none.</param>
public sealed record JournalState(
    string Epoch, long First, long Last, long Committed, long UsedBytes);

/// <summary>A point as its device's birth declares it.</summary>
/// <param name="Unit">UCUM code; null where the configuration does not know the point.</param>
public sealed record DeclaredPoint(string Name, ValueKind Kind, string? Unit = null);

/// <summary>The payloads that a gateway sends.</summary>
public static class EdgeMessages
{
    /// <summary>The NDEATH, also the Will: one metric and no seq.</summary>
    public static byte[] NodeDeath(int bdSeq, long nowMs) => PayloadEncoder.Encode(new Payload
    {
        TimestampMs = nowMs,
        Metrics = [BdSeq(bdSeq, nowMs)],
    });

    /// <summary>The NBIRTH; its seq is always 0.</summary>
    /// <param name="answersMs">The time in the request that it answers; null for none.</param>
    public static byte[] NodeBirth(
        int bdSeq, JournalState journal, long nowMs, long? answersMs = null) =>
        PayloadEncoder.Encode(new Payload
        {
            TimestampMs = nowMs,
            Seq = 0,
            Metrics =
            [
                BdSeq(bdSeq, nowMs),
                new Metric
                {
                    Name = MetricNames.Rebirth,
                    TimestampMs = nowMs,
                    Type = DataType.Boolean,
                    Value = MetricValue.Boolean(false),
                },
                Ours(MetricNames.BufferEpoch, MetricValue.String(journal.Epoch), nowMs),
                Ours(MetricNames.BufferFirst, MetricValue.Long(journal.First), nowMs),
                Ours(MetricNames.BufferLast, MetricValue.Long(journal.Last), nowMs),
                Ours(MetricNames.BufferUsed, MetricValue.Long(journal.UsedBytes), nowMs),
                Declared(MetricNames.BufferOffset, DataType.Int64, nowMs),
                Ours(MetricNames.CommitEpoch, MetricValue.String(journal.Epoch), nowMs),
                Ours(MetricNames.CommitOffset, MetricValue.Long(journal.Committed), nowMs),
                Declared(MetricNames.CommitRewind, DataType.Int64, nowMs),
                Declared(MetricNames.GapFirst, DataType.Int64, nowMs),
                Declared(MetricNames.GapLast, DataType.Int64, nowMs),
                Declared(MetricNames.GapReason, DataType.String, nowMs),
                Declared(MetricNames.ClockBoot, DataType.String, nowMs),
                Declared(MetricNames.ClockFirst, DataType.Int64, nowMs),
                Declared(MetricNames.ClockLast, DataType.Int64, nowMs),
                Declared(MetricNames.ClockShift, DataType.Int64, nowMs),
                answersMs is { } askedMs
                    ? Ours(MetricNames.BirthAnswers, MetricValue.Long(askedMs), nowMs)
                    : Declared(MetricNames.BirthAnswers, DataType.Int64, nowMs),
            ],
        });

    /// <summary>The DDEATH: the device's link is lost, so nothing of it is current.</summary>
    public static byte[] DeviceDeath(byte seq, long nowMs) =>
        PayloadEncoder.Encode(new Payload { TimestampMs = nowMs, Seq = seq });

    /// <summary>
    /// DDATA of the newest image of a device while older records are still on their way: without
    /// an offset and transient, so it is shown and never stored. The record itself comes in turn.
    /// </summary>
    public static byte[] Live(JournalRecord.Image image, byte seq, long nowMs) =>
        PayloadEncoder.Encode(
            new Payload { TimestampMs = nowMs, Seq = seq },
            new ReadingMetrics(
                image.Readings, IsTyped: true, IsHistorical: false, IsTransient: true));

    /// <summary>
    /// The DBIRTH: every point of the device, without values. Births are state, never samples, so
    /// leaving the values out keeps a host from counting one twice.
    /// </summary>
    public static byte[] DeviceBirth(IEnumerable<DeclaredPoint> points, byte seq, long nowMs) =>
        PayloadEncoder.Encode(new Payload
        {
            TimestampMs = nowMs,
            Seq = seq,
            Metrics =
            [
                Declared(MetricNames.BufferOffset, DataType.Int64, nowMs),
                Declared(MetricNames.RecordBoot, DataType.String, nowMs),
                Declared(MetricNames.RecordMonotonic, DataType.Int64, nowMs),
                Declared(MetricNames.RecordClock, DataType.String, nowMs),
                .. points.Select(point => Declared(point.Name, DataTypes.Of(point.Kind), nowMs) with
                {
                    IsTransient = false,
                    Properties = point.Unit is { } unit
                        ? [
                            new Property(
                                MetricNames.EngineeringUnit, DataType.String,
                                MetricValue.String(unit)),
                        ]
                        : [],
                }),
            ],
        });

    /// <summary>
    /// One record: DDATA of its device for an image, else NDATA. A historical record declares
    /// its types itself, since the configuration may have changed since it was written.
    /// </summary>
    /// <param name="epoch">The journal; null: not said, as by agents of the first version.
    /// </param>
    /// <param name="isTyped">Declare the types although the record is not historical.</param>
    public static byte[] Record(
        long offset, JournalRecord record, bool historical, byte seq, long nowMs,
        string? epoch = null, bool isTyped = false)
    {
        var place = Sent(MetricNames.BufferOffset, MetricValue.Long(offset), record.TimeMs) with
        {
            Properties = epoch is null
                ? []
                : [
                    new Property(
                        MetricNames.Epoch, DataType.Int64, MetricValue.Long(EpochTag.Of(epoch))),
                ],
        };
        var image = record as JournalRecord.Image;
        ImmutableArray<Metric> metrics = record switch
        {
            JournalRecord.Image => ImageMetrics(place, image!),
            JournalRecord.Gap gap => GapMetrics(place, gap),
            JournalRecord.Correction correction => CorrectionMetrics(place, correction),
            _ => throw new InvariantBrokenException($"No message for {record.GetType().Name}."),
        };
        return PayloadEncoder.Encode(
            new Payload
            {
                TimestampMs = nowMs,
                Seq = seq,
                Metrics = historical
                    ? [.. metrics.Select(metric => metric with { IsHistorical = true })]
                    : metrics,
            },
            image is null
                ? default
                : new ReadingMetrics(
                    image.Readings, historical || isTyped, historical, IsTransient: false));
    }

    private static ImmutableArray<Metric> ImageMetrics(Metric place, JournalRecord.Image image)
    {
        var (boot, timeMs) = (image.Boot, image.TimeMs);
        var clock = ClockStates.NameOf(image.Clock);
        return
        [
            place,
            Sent(MetricNames.RecordBoot, MetricValue.String(boot.Id.ToString("N")), timeMs),
            Sent(MetricNames.RecordMonotonic, MetricValue.Long(boot.MonotonicMs), timeMs),
            Sent(MetricNames.RecordClock, MetricValue.String(clock), timeMs),
        ];
    }

    private static ImmutableArray<Metric> GapMetrics(Metric place, JournalRecord.Gap gap) =>
    [
        place,
        Sent(MetricNames.GapFirst, MetricValue.Long(gap.First), gap.TimeMs),
        Sent(MetricNames.GapLast, MetricValue.Long(gap.Last), gap.TimeMs),
        Sent(MetricNames.GapReason, MetricValue.String(Reasons.NameOf(gap.Reason)), gap.TimeMs),
    ];

    private static ImmutableArray<Metric> CorrectionMetrics(
        Metric place, JournalRecord.Correction correction)
    {
        var (boot, timeMs) = (correction.Boot.ToString("N"), correction.TimeMs);
        return
        [
            place,
            Sent(MetricNames.ClockBoot, MetricValue.String(boot), timeMs),
            Sent(MetricNames.ClockFirst, MetricValue.Long(correction.First), timeMs),
            Sent(MetricNames.ClockLast, MetricValue.Long(correction.Last), timeMs),
            Sent(MetricNames.ClockShift, MetricValue.Long(correction.ShiftMs), timeMs),
        ];
    }

    private static Metric BdSeq(int bdSeq, long nowMs) => new()
    {
        Name = MetricNames.BdSeq,
        TimestampMs = nowMs,
        Type = DataType.Int64,
        Value = MetricValue.Long(bdSeq),
    };

    private static Metric Ours(string name, MetricValue value, long nowMs) => new()
    {
        Name = name,
        TimestampMs = nowMs,
        Type = value.Kind == MetricValueKind.String ? DataType.String : DataType.Int64,
        IsTransient = true,
        Value = value,
    };

    private static Metric Declared(string name, DataType type, long nowMs) => new()
    {
        Name = name,
        TimestampMs = nowMs,
        Type = type,
        IsTransient = true,
        IsNull = true,
    };

    private static Metric Sent(string name, MetricValue value, long timeMs) => new()
    {
        Name = name,
        TimestampMs = timeMs,
        IsTransient = true,
        Value = value,
    };
}
