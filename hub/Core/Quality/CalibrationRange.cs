using System.Collections.Immutable;
using static Monitoring.Core.Quality.En14181;

namespace Monitoring.Core.Quality;

/// <summary>A week's values beside the valid calibration range.</summary>
public readonly record struct RangeWeek(int Values, int Outside)
{
    public decimal Percent => Values == 0 ? 0 : 100m * Outside / Values;

    /// <param name="standardised">The week's averages; a value at the end of it is inside.
    /// </param>
    public static RangeWeek Of(IEnumerable<decimal> standardised, CalibrationFunction function)
    {
        var all = standardised.ToList();
        return new RangeWeek(all.Count, all.Count(value => value > function.RangeMax));
    }
}

/// <summary>
/// The weekly check of EN 14181 since the last surveillance test: a new QAL2 is due within six
/// months once more than 5 % were outside in more than five weeks, or more than 40 % in one. From
/// memory (unverified constants).
/// </summary>
/// <param name="WeeksLeft">How many more such weeks may come before a new QAL2 is due.</param>
public sealed record CalibrationRange(int WeeksOver, decimal WorstPercent, int WeeksLeft)
{
    public bool NeedsCalibration => WeeksOver > WeeksMax.Whole || WorstPercent > OncePercent.Value;

    public static CalibrationRange Of(ImmutableArray<RangeWeek> weeks)
    {
        var over = weeks.Count(week => week.Percent > WeekPercent.Value);
        var worst = weeks.IsEmpty ? 0 : weeks.Max(week => week.Percent);
        return new CalibrationRange(
            over, worst, worst > OncePercent.Value ? 0 : Math.Max(0, WeeksMax.Whole - over));
    }
}
