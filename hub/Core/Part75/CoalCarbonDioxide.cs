namespace Monitoring.Core.Part75;

/// <summary>
/// CO2 of bituminous coal from heat input: the heat input of F-15 put into F-11, so 5.7e-5 short
/// tons for each cubic foot of CO2 and mmBtu, times the factor Fc of the fuel.
/// </summary>
public static class CoalCarbonDioxide
{
    /// <summary>Hourly CO2 in short tons and hourly heat input in mmBtu are kept to 0.1.</summary>
    private const decimal HalfStep = 0.05m;

    private static readonly decimal TonsPerMmBtu =
        HourlyFormulas.Carbon.Value * 100
            * Fuel.Find("bituminous")!.CarbonFactor.Value;

    /// <summary>Short tons of CO2.</summary>
    /// <param name="heatInput">mmBtu.</param>
    public static decimal Tons(decimal heatInput) => heatInput * TonsPerMmBtu;

    /// <summary>How far a sum of that many hours may be off by their rounding, short tons.
    /// </summary>
    public static decimal RoundingOfDay(int hours) =>
        HalfStep + hours * (HalfStep + HalfStep * TonsPerMmBtu);
}
