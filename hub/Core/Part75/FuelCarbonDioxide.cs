using System.Collections.Immutable;

namespace Monitoring.Core.Part75;

/// <summary>
/// CO2 of a fuel from heat input. Of coal it is the heat input of F-15 put into F-11, so 5.7e-5
/// short tons for each cubic foot of CO2 and mmBtu, times the factor Fc of the fuel; oil and gas,
/// whose flow is metered, go by G-4.
/// </summary>
public static class FuelCarbonDioxide
{
    /// <summary>Hourly CO2 in short tons and hourly heat input in mmBtu are kept to 0.1.</summary>
    private const decimal HalfStep = 0.05m;

    private static readonly ImmutableArray<string> Metered = ["oil", "natural-gas"];

    private static readonly ImmutableArray<string> Burned =
        ["anthracite", "bituminous", "subbituminous", "lignite", .. Metered];

    /// <summary>
    /// The fuel of a power plant whose CO2 rate, to three decimals as it is published, is this
    /// one; null where it is that of none.
    /// </summary>
    /// <param name="rate">Short tons CO2/mmBtu.</param>
    public static string? FuelOf(decimal rate) => Burned.FirstOrDefault(
        fuel => Rounding.ToDecimals(TonsPerMmBtu(fuel), 3) == rate);

    /// <summary>Short tons of CO2.</summary>
    /// <param name="fuel">A fuel of the table of F-factors.</param>
    /// <param name="heatInput">mmBtu.</param>
    public static decimal Tons(string fuel, decimal heatInput) => heatInput * TonsPerMmBtu(fuel);

    /// <summary>How far a sum of that many hours may be off by their rounding, short tons.
    /// </summary>
    public static decimal RoundingOfDay(string fuel, int hours) =>
        HalfStep + hours * (HalfStep + HalfStep * TonsPerMmBtu(fuel));

    private static decimal TonsPerMmBtu(string fuel) => Fuel.Find(fuel)!.CarbonFactor.Value
        * (Metered.Contains(fuel)
            ? FuelFormulas.DioxideMole.Value / FuelFormulas.MoleVolume.Value
                / Constants.ShortTon.Value
            : HourlyFormulas.Carbon.Value * 100);
}
