using System.Collections.Immutable;

namespace Monitoring.Core.Gaps;

/// <summary>How one quantity stands at its newest hour.</summary>
/// <param name="AvailabilityPercent">
/// Of the last hours of operation, or of the year's windows, those measured; null: none ran.
/// </param>
/// <param name="Threshold">The next availability at which the rule gets harder; null: none.</param>
/// <param name="HoursLeft">How many more hours may be lost before it.</param>
/// <param name="SinceMs">The start of the gap that lasts; null: there is none.</param>
/// <param name="GapHours">Its length so far, h.</param>
/// <param name="Now">What takes its place now; null without a gap.</param>
public sealed record QuantityStanding(
    string Quantity, string Unit, decimal? AvailabilityPercent, decimal? Threshold,
    int? HoursLeft, long? SinceMs, decimal GapHours, Substitute? Now)
{
    private const long MsPerHour = 3_600_000;

    public static QuantityStanding Of(GapSeries series)
    {
        var last = series.Hours.Length - 1;
        var availability = series.Availability(last);
        decimal? threshold = series.Way == Averaging.GapRule.Part75
            ? Part75Substitution.ThresholdBelow(availability)
            : null;
        var left = threshold is { } percent
            ? Availability.HoursLeft(
                series.OperatingHours(last), series.Hours[last].StartMs / MsPerHour, percent)
            : null;
        if (!series.Hours[last].IsMissing)
        {
            return new QuantityStanding(
                series.Quantity, series.Unit, availability, threshold, left, null, 0, null);
        }

        var gap = series.GapAt(last);
        return new QuantityStanding(
            series.Quantity, series.Unit, availability, threshold, left,
            series.Hours[gap.First].StartMs, gap.Hours, series.At(last));
    }
}

/// <summary>What the gaps that last cost one pollutant.</summary>
public static class PollutantGap
{
    private const int UsualHours = 720;
    private const decimal MilligramsPerGram = 1_000;

    /// <summary>
    /// The mass that is booked beyond the usual one; null where nothing is missing now, or where
    /// nothing was measured yet that could be usual.
    /// </summary>
    public static GapCost? CostOf(GapSeries concentration, GapSeries flow)
    {
        GapSeries[] both = [concentration, flow];
        if (!both.Any(one => one.Hours[^1].IsMissing)
            || UsualOf(concentration) is not { } usualConcentration
            || UsualOf(flow) is not { } usualFlow)
        {
            return null;
        }

        var hours = both.Where(one => one.Hours[^1].IsMissing)
            .Max(one => one.GapAt(one.Hours.Length - 1).Hours);
        return GapCost.Of(
            hours,
            length => Booked(concentration, length, usualConcentration) is { } c
                && Booked(flow, length, usualFlow) is { } q
                    ? c * q / MilligramsPerGram
                    : null,
            usualConcentration * usualFlow / MilligramsPerGram);
    }

    /// <summary>Of each hour of a gap of that length; null: nothing takes its place.</summary>
    private static decimal? Booked(GapSeries series, int length, decimal usual)
    {
        if (!series.Hours[^1].IsMissing)
        {
            return usual;
        }

        var longer = series.Lengthened(length);
        return longer.At(longer.Hours.Length - 1).Value;
    }

    private static decimal? UsualOf(GapSeries series) => Lookback.Mean(
    [
        .. series.Hours.Reverse().Where(hour => hour.Value is not null).Take(UsualHours)
            .Select(hour => hour.Value!.Value),
    ]);
}
