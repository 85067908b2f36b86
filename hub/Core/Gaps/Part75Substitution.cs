using System.Collections.Immutable;

namespace Monitoring.Core.Gaps;

/// <summary>Which of the tables of 40 CFR 75.33 a parameter follows.</summary>
public enum SubstitutionTable
{
    /// <summary>SO2, CO2 and all that has no load ranges: table 1.</summary>
    Hourly,

    /// <summary>NOx and flow: table 2, by load.</summary>
    ByLoad,
}

/// <summary>A gap and what is known around it.</summary>
/// <param name="AvailabilityPercent">At the last hour of the gap.</param>
/// <param name="Hours">The length of the gap so far; above 0.</param>
/// <param name="Before">The adjusted value of the hour before it; null: there is none.</param>
/// <param name="After">Of the hour after it; null while the gap lasts.</param>
/// <param name="Values">
/// The adjusted values of the quality-assured hours before it, of the same load range where the
/// table goes by load: at most <see cref="Part75Substitution.LookbackHours"/>.
/// </param>
/// <param name="Potential">The maximum potential value of the monitoring plan.</param>
public sealed record Part75Gap(
    SubstitutionTable Table, decimal AvailabilityPercent, int Hours, decimal? Before,
    decimal? After, ImmutableArray<decimal> Values, decimal Potential);

/// <summary>
/// The missing data procedures of 40 CFR 75.31 to 75.33. The gates of availability and the codes
/// were read in the agency's check engine; the cells of the tables are from memory, and so are
/// the lookbacks' counts: each rule says <em>unverified constant</em>.
/// </summary>
public static class Part75Substitution
{
    private const string Mark = "; unverified constant";

    /// <summary>How many quality-assured hours a table looks back.</summary>
    public static int LookbackHours(SubstitutionTable table) =>
        LookbackOf(table).Whole;

    private static Constant LookbackOf(SubstitutionTable table) =>
        table == SubstitutionTable.ByLoad
            ? GapConstants.LookbackByLoad
            : GapConstants.LookbackHourly;

    /// <summary>The next availability at which the tables get harder; null below the last.
    /// </summary>
    public static decimal? ThresholdBelow(decimal availabilityPercent) =>
        new[] { GapConstants.High, GapConstants.Middle, GapConstants.Low }
            .Where(gate => availabilityPercent >= gate.Value)
            .Select(gate => (decimal?)gate.Value).FirstOrDefault();

    /// <summary>From the first full lookback on (75.33).</summary>
    public static Substitute Of(Part75Gap gap) =>
        gap.AvailabilityPercent >= GapConstants.High.Value
            ? ByLength(gap, GapConstants.LongGapHigh, GapConstants.PercentileHigh, "08")
        : gap.AvailabilityPercent >= GapConstants.Middle.Value
            ? ByLength(gap, GapConstants.LongGapMiddle, GapConstants.PercentileMiddle, "09")
        : gap.AvailabilityPercent >= GapConstants.Low.Value ? Extreme(gap)
        : Potential(gap);

    /// <summary>The numbers that decide about a gap, for its trace.</summary>
    public static ImmutableArray<Constant> ConstantsOf(Part75Gap gap) =>
    [
        LookbackOf(gap.Table), GapConstants.OperatingHours,
        .. gap.AvailabilityPercent >= GapConstants.High.Value
            ? (Constant[])
                [GapConstants.High, GapConstants.LongGapHigh, GapConstants.PercentileHigh]
        : gap.AvailabilityPercent >= GapConstants.Middle.Value
            ? [GapConstants.Middle, GapConstants.LongGapMiddle, GapConstants.PercentileMiddle]
        : [GapConstants.Low],
    ];

    /// <summary>
    /// Before there are as many quality-assured hours (75.31): the mean of the hours around the
    /// gap, or of all hours in the load range; the potential value without any.
    /// </summary>
    public static Substitute Initial(Part75Gap gap)
    {
        var mean = gap.Table == SubstitutionTable.ByLoad
            ? Lookback.Mean(gap.Values)
            : Around(gap);
        return mean is { } value
            ? new Substitute(value, "07", "initial missing data (75.31)" + Mark)
            : Potential(gap);
    }

    private static Substitute ByLength(
        Part75Gap gap, Constant longGap, Constant share, string code)
    {
        var percent = share.Whole;
        if (gap.Hours <= longGap.Value)
        {
            return gap.Table == SubstitutionTable.ByLoad
                ? Lookback.Mean(gap.Values) is { } binMean
                    ? new Substitute(binMean, "11", $"mean of {gap.Values.Length} hours{Mark}")
                    : Potential(gap)
                : Around(gap) is { } near
                    ? new Substitute(near, "06", "mean of the hours before and after" + Mark)
                    : Potential(gap);
        }

        if (Lookback.Percentile(gap.Values, percent) is not { } percentile)
        {
            return Potential(gap);
        }

        return Around(gap) is { } mean && mean > percentile
            ? new Substitute(
                mean, "06", $"mean of the hours around it, beyond percentile {percent}{Mark}")
            : new Substitute(
                percentile, code, $"percentile {percent} of {gap.Values.Length} hours{Mark}");
    }

    private static Substitute Extreme(Part75Gap gap) =>
        gap.Values.IsEmpty
            ? Potential(gap)
            : new Substitute(
                gap.Values.Max(), "10", $"most of {gap.Values.Length} hours{Mark}");

    private static Substitute Potential(Part75Gap gap) =>
        new(gap.Potential, "12", "potential value of the monitoring plan" + Mark);

    /// <summary>The mean of the hours around; the one that is known while the gap lasts.</summary>
    private static decimal? Around(Part75Gap gap) => (gap.Before, gap.After) switch
    {
        ({ } before, { } after) => (before + after) / 2,
        ({ } before, null) => before,
        (null, { } after) => after,
        _ => null,
    };
}
