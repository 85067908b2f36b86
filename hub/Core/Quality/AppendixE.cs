using System.Collections.Immutable;
using static Monitoring.Core.Quality.Part75Tests;

namespace Monitoring.Core.Quality;

/// <summary>
/// The NOx correlation test of 40 CFR Part 75 Appendix E: heat input of each run from the fuel
/// burned, and the means of the runs at one operating level.
/// </summary>
public static class AppendixE
{
    private const decimal BtuPerMmBtu = 1_000_000m;
    private const decimal MinutesPerHour = 60m;

    /// <summary>Heat input in mmBtu, to 0.1; null where fuel or value is not above 0.</summary>
    /// <param name="fuel">
    /// lb of oil, a volume of it, or hundreds of standard cubic feet of gas.
    /// </param>
    /// <param name="grossCalorificValue">Btu for each of those.</param>
    public static decimal? HeatInput(decimal fuel, decimal grossCalorificValue) =>
        fuel > 0 && grossCalorificValue > 0
            ? Rounding.ToDecimals(fuel * grossCalorificValue / BtuPerMmBtu, 1)
            : null;

    /// <summary>
    /// The heat input that goes on into the sums: the plant's own where it is within the
    /// tolerance of ours, since ours may rest on rounded inputs (checks APPE-33, -36, -37).
    /// </summary>
    public static decimal Counted(decimal? reported, decimal calculated) =>
        reported is { } own && own > 0 && Math.Abs(own - calculated) <= HeatTolerance.Value
            ? own
            : calculated;

    /// <summary>Heat input rate in mmBtu/h, to 0.1.</summary>
    /// <param name="heatInput">Of the run, mmBtu.</param>
    /// <param name="minutes">Its length; above 0.</param>
    public static decimal HourlyRate(decimal heatInput, int minutes) =>
        Rounding.ToDecimals(heatInput * MinutesPerHour / minutes, 1);

    /// <summary>
    /// The rate that goes on into the mean of a level: the plant's own where a run one minute
    /// longer or shorter would give it (check APPE-44).
    /// </summary>
    public static decimal CountedRate(decimal? reported, decimal heatInput, int minutes)
    {
        var least = HourlyRate(heatInput, minutes + 1) - HeatTolerance.Value;
        var isPossible = reported is { } own && own > 0 && own >= least
            && (minutes == 1 || own <= HourlyRate(heatInput, minutes - 1) + HeatTolerance.Value);
        return isPossible ? reported!.Value : HourlyRate(heatInput, minutes);
    }

    /// <summary>The mean NOx rate of the runs in lb/mmBtu, to 0.001; null for too few.</summary>
    public static decimal? MeanRate(ImmutableArray<decimal> rates) => Mean(rates, 3);

    /// <summary>The mean heat input rate of the runs in mmBtu/h, to 0.1; null for too few.
    /// </summary>
    public static decimal? MeanHourlyRate(ImmutableArray<decimal> rates) => Mean(rates, 1);

    private static decimal? Mean(ImmutableArray<decimal> values, int decimals) =>
        values.Length < CorrelationRunsMin.Whole
            ? null
            : Rounding.ToDecimals(values.Sum() / values.Length, decimals);
}
