using System.Collections.Immutable;
using CsCheck;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>Random records, of every shape that a gateway can write.</summary>
internal static class Gens
{
    public static readonly Gen<string> Identifier =
        Gen.Char["abcdefghijklmnopqrstuvwxyz0123456789-"].Array[1, 40].Select(c => new string(c));

    public static readonly Gen<PointValue> Value = Gen.OneOf(
        Gen.Double.Where(double.IsFinite).Select(PointValue.Real),
        Gen.Long.Select(PointValue.Integer),
        Gen.Bool.Select(PointValue.Flag),
        Gen.String[0, 16].Where(IsUtf8).Select(PointValue.Of));

    public static readonly Gen<JournalRecord> Record = Gen.OneOf<JournalRecord>(
        Image().Select(image => (JournalRecord)image),
        Gen.Select(Gen.Long[1, 1L << 40], Gen.Long[0, 1L << 40], Gen.Enum<Reason>(), TimeMs())
            .Select((first, more, reason, time) =>
                (JournalRecord)new JournalRecord.Gap(first, first + more, reason, time)),
        Gen.Select(
            Gen.Guid, Gen.Long[1, 1L << 40], Gen.Long[0, 1L << 40],
            Gen.Long[-2_000_000_000_000, 2_000_000_000_000], TimeMs())
            .Select((boot, first, more, shift, time) => (JournalRecord)
                new JournalRecord.Correction(boot, first, first + more, shift, time)));

    public static Gen<JournalRecord.Image> Image() => Gen.Select(
        Identifier, TimeMs(), Gen.Guid, Gen.Long[0, 1L << 40], Gen.Enum<ClockState>(),
        Readings())
        .Select((device, time, boot, monotonic, clock, readings) => new JournalRecord.Image(
            device, time, new Boot(boot, monotonic), clock,
            [.. readings.Select(reading => reading with { TimeMs = time + reading.TimeMs })]));

    private static Gen<ImmutableArray<Reading>> Readings() => Gen.Select(
        Identifier, Gen.Bool, Value, Gen.Enum<Quality>(), Gen.Enum<Reason>(), Gen.Int[-9999, 9999])
        .Select((point, has, value, quality, reason, offset) =>
            new Reading(point, has ? value : null, quality, reason, offset))
        .Array[0, 12]
        .Select(readings => ImmutableArray.Create(
            [.. readings.DistinctBy(reading => reading.Point)]));

    private static Gen<long> TimeMs() => Gen.Long[0, 253_000_000_000_000];

    private static bool IsUtf8(string text) =>
        System.Text.Encoding.UTF8.GetString(System.Text.Encoding.UTF8.GetBytes(text)) == text
        && System.Text.Encoding.UTF8.GetByteCount(text) <= 64;
}
