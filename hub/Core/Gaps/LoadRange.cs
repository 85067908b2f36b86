using System.Collections.Immutable;

namespace Monitoring.Core.Gaps;

/// <summary>
/// Ten ranges of load of equal width, from 1 (up to a tenth of the most) to 10: hours that NOx
/// and flow are filled by are of the same one. From memory (unverified constants).
/// </summary>
public static class LoadRange
{
    public static readonly Constant Ranges = new(
        "ranges of load", 10, "", "40 CFR 75 Appendix C 2.2", false);

    /// <summary>A load at the end of a range is in it; beyond the most it is in the last.
    /// </summary>
    /// <param name="most">Above 0.</param>
    public static int Of(decimal load, decimal most) =>
        (int)Math.Clamp(Math.Ceiling(load * Ranges.Whole / most), 1, Ranges.Whole);

    /// <summary>
    /// The hours of a range; without any, those of the next higher one that has some. Without a
    /// range, all.
    /// </summary>
    public static ImmutableArray<MeasuredHour> HoursIn(
        ImmutableArray<MeasuredHour> hours, int? range, decimal? most)
    {
        for (var at = range; at <= Ranges.Whole; at++)
        {
            ImmutableArray<MeasuredHour> found =
                [.. hours.Where(hour => hour.Load is { } load && Of(load, most!.Value) == at)];
            if (!found.IsEmpty)
            {
                return found;
            }
        }

        return range is null ? hours : [];
    }
}
