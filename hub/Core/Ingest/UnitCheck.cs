using System.Collections.Immutable;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Core.Ingest;

/// <summary>The unit that a source counts on for a point, for a span of time.</summary>
/// <param name="UntilMs">The first instant it holds for no more.</param>
public sealed record ExpectedUnit(
    string Device, string Point, string Unit, string Source, long FromMs, long UntilMs)
{
    public bool Holds(long timeMs) => FromMs <= timeMs && timeMs < UntilMs;
}

/// <summary>A point that its gateway declares in another unit.</summary>
public sealed record UnitMismatch(ExpectedUnit Expected, string Declared);

/// <summary>
/// Holds what a birth declares against what is counted on. The value of a reading in another unit
/// is kept as it came, and marked, so that no average and no mass is made of it.
/// </summary>
public static class UnitCheck
{
    /// <summary>
    /// The two spellings of parts per million: UCUM's own and the one of the cluster.
    /// </summary>
    private static readonly string[] PartsPerMillion = ["ppm", "[ppm]"];

    public static ImmutableArray<UnitMismatch> MismatchesOf(
        string device, Declaration declared, IEnumerable<ExpectedUnit> expected) =>
    [
        .. from one in expected
           where one.Device == device
           let unit = declared.Units.GetValueOrDefault(one.Point)
           where unit is not null && !IsSame(unit, one.Unit)
           select new UnitMismatch(one, unit),
    ];

    /// <summary>The readings, those in another unit marked.</summary>
    /// <param name="timeMs">Of their record.</param>
    public static ImmutableArray<Reading> Marked(
        ImmutableArray<Reading> readings, long timeMs, ImmutableArray<UnitMismatch> mismatches)
    {
        bool IsWrong(Reading reading) => reading.Value is not null && mismatches.Any(one =>
            one.Expected.Point == reading.Point && one.Expected.Holds(timeMs));
        return mismatches.IsEmpty
            ? readings
            : [
                .. readings.Select(reading => IsWrong(reading)
                    ? reading with
                    {
                        Quality = Wire.Records.Quality.Bad,
                        Reason = Reason.UnitMismatch,
                    }
                    : reading),
            ];
    }

    private static bool IsSame(string one, string other) =>
        one == other || (PartsPerMillion.Contains(one) && PartsPerMillion.Contains(other));
}
