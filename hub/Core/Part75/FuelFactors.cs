using System.Collections.Immutable;

namespace Monitoring.Core.Part75;

/// <summary>
/// Flue gas of a fuel for each mmBtu: dry (dscf), CO2 (scf) and wet (wscf); null where table 1 of
/// 40 CFR Part 75 Appendix F prints none.
/// </summary>
public readonly record struct FuelFactor(decimal Dry, decimal Carbon, decimal? Wet);

/// <summary>A fuel as analysed: percent by weight, and Btu/lb.</summary>
public sealed record UltimateAnalysis(
    decimal Hydrogen, decimal Carbon, decimal Sulphur, decimal Nitrogen, decimal Oxygen,
    decimal Water, decimal CalorificValue);

/// <summary>F-factors by fuel, from an analysis, and of a blend.</summary>
public static class FuelFactors
{
    private static readonly ImmutableDictionary<string, FuelFactor> Printed =
        new Dictionary<string, FuelFactor>
        {
            ["anthracite"] = new(10_100, 1_970, 10_540),
            ["bituminous"] = new(9_780, 1_800, 10_640),
            ["subbituminous"] = new(9_820, 1_840, null),
            ["lignite"] = new(9_860, 1_910, 11_950),
            ["petroleum-coke"] = new(9_830, 1_850, null),
            ["tyres"] = new(10_260, 1_800, null),
            ["natural-gas"] = new(8_710, 1_040, 10_610),
            ["propane"] = new(8_710, 1_190, 10_200),
            ["butane"] = new(8_710, 1_250, 10_390),
            ["oil"] = new(9_190, 1_420, 10_320),
            ["municipal-waste"] = new(9_570, 1_820, null),
            ["bark"] = new(9_600, 1_920, null),
            ["wood"] = new(9_240, 1_830, null),
        }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>Null for a fuel that the table has not.</summary>
    public static FuelFactor? Of(string fuel) =>
        Printed.TryGetValue(fuel, out var factor) ? factor : null;

    /// <summary>Equations F-7A, F-7B and 19-14; null without a calorific value.</summary>
    public static FuelFactor? From(UltimateAnalysis fuel)
    {
        if (fuel.CalorificValue <= 0)
        {
            return null;
        }

        var gas = 1.53m * fuel.Carbon + 0.57m * fuel.Sulphur + 0.14m * fuel.Nitrogen
            - 0.46m * fuel.Oxygen;
        return new FuelFactor(
            1e6m * (3.64m * fuel.Hydrogen + gas) / fuel.CalorificValue,
            321e3m * fuel.Carbon / fuel.CalorificValue,
            1e6m * (5.57m * fuel.Hydrogen + gas + 0.21m * fuel.Water) / fuel.CalorificValue);
    }

    /// <summary>
    /// Equation F-8: the mean weighted by heat input; null where the shares are not whole.
    /// </summary>
    public static decimal? Blend(ImmutableArray<(decimal HeatShare, decimal Factor)> fuels) =>
        fuels.Sum(fuel => fuel.HeatShare) == 1
            ? fuels.Sum(fuel => fuel.HeatShare * fuel.Factor)
            : null;
}
