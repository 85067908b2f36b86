using System.Collections.Immutable;

namespace Monitoring.Core.Part75;

/// <summary>What a laboratory found in a fuel as it is burned.</summary>
/// <param name="CalorificValue">Gross, Btu/lb, on the same basis as the percentages.</param>
public sealed record UltimateAnalysis(
    decimal Hydrogen, decimal Carbon, decimal Sulphur, decimal Nitrogen, decimal Oxygen,
    decimal Water, decimal CalorificValue)
{
    /// <summary>Fd, dscf/mmBtu, by F-7A; null without a calorific value.</summary>
    public decimal? DryFactor => Over(Dry);

    /// <summary>Fc, scf CO2/mmBtu, by F-7B.</summary>
    public decimal? CarbonFactor => Over(FuelFactors.CarbonVolume.Value / 1e6m * Carbon);

    /// <summary>Fw, wscf/mmBtu, by 19-14.</summary>
    public decimal? WetFactor => Over(
        Dry + (FuelFactors.WetHydrogenVolume.Value - FuelFactors.HydrogenVolume.Value) * Hydrogen
            + FuelFactors.WaterVolume.Value * Water);

    private decimal Dry =>
        FuelFactors.HydrogenVolume.Value * Hydrogen + FuelFactors.CarbonGasVolume.Value * Carbon
            + FuelFactors.SulphurVolume.Value * Sulphur
            + FuelFactors.NitrogenVolume.Value * Nitrogen
            - FuelFactors.OxygenVolume.Value * Oxygen;

    private decimal? Over(decimal volume) =>
        CalorificValue > 0 ? 1e6m * volume / CalorificValue : null;
}

/// <summary>
/// F-factors of a fuel that the tables have not: from its analysis (F-7A, F-7B, 19-14), or of
/// several that are burned together (F-8). Not rounded: no precision is stated for them.
/// </summary>
public static class FuelFactors
{
    private const string Source = HourlyFormulas.Instructions;

    public static readonly Constant HydrogenVolume = Of("hydrogen", 3.64m);
    public static readonly Constant CarbonGasVolume = Of("carbon", 1.53m);
    public static readonly Constant SulphurVolume = Of("sulphur", 0.57m);
    public static readonly Constant NitrogenVolume = Of("nitrogen", 0.14m);
    public static readonly Constant OxygenVolume = Of("oxygen, taken off", 0.46m);
    public static readonly Constant WetHydrogenVolume = Of("hydrogen with its water", 5.57m);
    public static readonly Constant WaterVolume = Of("water", 0.21m);

    public static readonly Constant CarbonVolume = new(
        "scf CO2 of a percent of carbon", 321_000, "scf/lb/% x 1e6", Source);

    /// <summary>F-8: the sum of factor x share; null for shares that are not 1 together.</summary>
    /// <param name="fuels">Factor, and the share of the heat input, 0 to 1.</param>
    public static decimal? Blended(ImmutableArray<(decimal Factor, decimal Share)> fuels) =>
        fuels.Sum(fuel => fuel.Share) == 1 && fuels.All(fuel => fuel.Share >= 0)
            ? fuels.Sum(fuel => fuel.Factor * fuel.Share)
            : null;

    private static Constant Of(string element, decimal volume) => new(
        $"scf of flue gas of a percent of {element}", volume, "scf/lb/%", Source);
}
