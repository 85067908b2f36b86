using System.Collections.Immutable;

namespace Monitoring.Core.Quality;

/// <summary>
/// The NOx correlation test of 40 CFR Part 75 Appendix E: heat input of each run from the fuel
/// burned, and the means of the runs at one operating level.
/// </summary>
public static class AppendixE
{
    private const decimal BtuPerMmBtu = 1_000_000m;
    private const decimal MinutesPerHour = 60m;

    /// <summary>Heat input in mmBtu, to 0.1.</summary>
    /// <param name="fuel">lb of oil, or hundreds of standard cubic feet of gas.</param>
    /// <param name="grossCalorificValue">Btu for each of those.</param>
    public static decimal HeatInput(decimal fuel, decimal grossCalorificValue) =>
        Rounding.ToDecimals(fuel * grossCalorificValue / BtuPerMmBtu, 1);

    /// <summary>Heat input rate in mmBtu/h, to 0.1.</summary>
    /// <param name="heatInput">Of the run, mmBtu.</param>
    /// <param name="minutes">Its length; above 0.</param>
    public static decimal HourlyRate(decimal heatInput, int minutes) =>
        Rounding.ToDecimals(heatInput * MinutesPerHour / minutes, 1);

    /// <summary>The mean NOx rate of the runs in lb/mmBtu, to 0.001; null for none.</summary>
    public static decimal? MeanRate(ImmutableArray<decimal> rates) => Mean(rates, 3);

    /// <summary>The mean heat input rate of the runs in mmBtu/h, to 0.1; null for none.</summary>
    public static decimal? MeanHourlyRate(ImmutableArray<decimal> rates) => Mean(rates, 1);

    private static decimal? Mean(ImmutableArray<decimal> values, int decimals) =>
        values.IsEmpty
            ? null
            : Rounding.ToDecimals(values.Sum() / values.Length, decimals);
}
