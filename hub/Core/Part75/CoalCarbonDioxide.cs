namespace Monitoring.Core.Part75;

/// <summary>
/// CO2 of bituminous coal from heat input, 40 CFR Part 75 equation G-4: 5.7e-5 short tons for
/// each cubic foot of CO2 and mmBtu, times the F-factor Fc = 1800.
/// </summary>
public static class CoalCarbonDioxide
{
    public const decimal TonsPerMmBtu = 5.7e-5m * 1_800m;

    /// <summary>Hourly CO2 in short tons and hourly heat input in mmBtu are kept to 0.1.</summary>
    private const decimal HalfStep = 0.05m;

    /// <summary>Short tons of CO2.</summary>
    /// <param name="heatInput">mmBtu.</param>
    public static decimal Tons(decimal heatInput) => heatInput * TonsPerMmBtu;

    /// <summary>How far a sum of that many hours may be off by their rounding, short tons.
    /// </summary>
    public static decimal RoundingOfDay(int hours) =>
        HalfStep + hours * (HalfStep + HalfStep * TonsPerMmBtu);
}
