using System.Collections.Frozen;

namespace Monitoring.Core.Quality;

/// <summary>
/// Hourly values times the bias factor of the last audit, at the precision at which the
/// parameter is reported (40 CFR Part 75 Appendix A 7.6; ECMPS reporting instructions).
/// </summary>
public static class BiasAdjustment
{
    /// <summary>The least step of a reported hourly value, in its unit, by ECMPS code.</summary>
    private static readonly FrozenDictionary<string, decimal> Steps =
        new Dictionary<string, decimal>
        {
            ["FLOW"] = 1_000m,
            ["SO2C"] = 0.1m,
            ["NOXC"] = 0.1m,
            ["NOXR"] = 0.001m,
            ["CO2C"] = 0.1m,
            ["O2C"] = 0.1m,
            ["H2O"] = 0.1m,
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Null for a parameter that is not known here.</summary>
    public static decimal? StepOf(string parameter) =>
        Steps.TryGetValue(parameter, out var step) ? step : null;

    /// <summary>
    /// Whether a parameter has a bias factor at all: diluents and moisture have no bias test.
    /// </summary>
    public static bool IsAdjusted(string parameter) =>
        parameter is not ("CO2C" or "O2C" or "H2O");

    /// <summary>The value as reported: to the nearest step, halves away from zero.</summary>
    public static decimal Adjust(decimal unadjusted, decimal factor, decimal step) =>
        Rounding.ToDecimals(unadjusted * factor / step, 0) * step;
}
