using System.Collections.Immutable;

namespace Monitoring.Core.Gaps;

/// <summary>One hour in which the unit ran.</summary>
/// <param name="Hour">Whole hours since the Unix epoch, UTC.</param>
public readonly record struct OperatingHour(long Hour, bool IsQualityAssured);

/// <summary>
/// Percent monitor data availability, 40 CFR 75.32: quality-assured hours of the last 8 760
/// operating hours, looking back three years at most. From memory (unverified constants), with
/// the three years as the 2003 text has them.
/// </summary>
public static class Availability
{
    /// <summary>
    /// Percent, unrounded; null while nothing has run.
    /// </summary>
    /// <param name="hours">In any order, each hour once.</param>
    /// <param name="end">The hour at whose end it is asked for.</param>
    public static decimal? Percent(IEnumerable<OperatingHour> hours, long end)
    {
        var last = hours
            .Where(hour => hour.Hour <= end && hour.Hour > end - GapConstants.ClockHours.Whole)
            .OrderByDescending(hour => hour.Hour)
            .Take(GapConstants.OperatingHours.Whole)
            .ToList();
        return last.Count == 0
            ? null
            : 100m * last.Count(hour => hour.IsQualityAssured) / last.Count;
    }

    /// <summary>
    /// How many further hours may be lost, one after the other from now, before the availability
    /// falls below a threshold: the forecast before the tables get harder.
    /// </summary>
    /// <returns>0 where it already is below; null where nothing has run.</returns>
    public static int? HoursLeft(ImmutableArray<OperatingHour> hours, long end, decimal threshold)
    {
        var window = hours
            .Where(hour => hour.Hour <= end && hour.Hour > end - GapConstants.ClockHours.Whole)
            .OrderByDescending(hour => hour.Hour)
            .Take(GapConstants.OperatingHours.Whole)
            .Select(hour => hour.IsQualityAssured)
            .Reverse()
            .ToList();
        if (window.Count == 0)
        {
            return null;
        }

        var assured = window.Count(isAssured => isAssured);
        var (count, dropped) = (window.Count, 0);
        for (var lost = 0; lost <= GapConstants.OperatingHours.Whole; lost++)
        {
            if (100m * assured < threshold * count)
            {
                return Math.Max(0, lost - 1);
            }

            // One more hour comes in without value; the oldest leaves once the window is full.
            if (count < GapConstants.OperatingHours.Whole)
            {
                count++;
            }
            else if (dropped < window.Count)
            {
                assured -= window[dropped++] ? 1 : 0;
            }
        }

        return GapConstants.OperatingHours.Whole;
    }
}
