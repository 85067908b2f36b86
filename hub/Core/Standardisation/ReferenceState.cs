using Monitoring.Core.Averaging;

namespace Monitoring.Core.Standardisation;

/// <summary>
/// The state that volumes are stated at, and the oxygen content that concentrations are stated
/// at, with the constant of the oxygen formula. Dry basis throughout.
/// </summary>
/// <param name="OxygenConstantPercent">21 in the EU, 20.9 in the United States.</param>
/// <param name="ZeroCelsiusK">273.15, or 273 in China.</param>
public sealed record ReferenceState(
    decimal TemperatureK, decimal PressureKpa, decimal? OxygenPercent,
    decimal OxygenConstantPercent, decimal ZeroCelsiusK)
{
    // Outside of these an instrument is wrong, whatever it says of itself; they also keep every
    // later product far from the ends of a decimal.
    private const decimal TemperatureCelsiusMin = -90m;
    private const decimal TemperatureCelsiusMax = 2_000m;
    private const decimal PressureKpaMax = 10_000m;

    public static ReferenceState Of(Profile profile) => new(
        profile.ReferenceTemperatureK, profile.ReferencePressureKpa,
        profile.ReferenceOxygenPercent, profile.OxygenConstantPercent,
        profile.CelsiusZeroK);

    /// <summary>
    /// E_s = (21 - O_s) / (21 - O_m) x E_m. Null where the measured oxygen reaches the constant:
    /// air has no exhaust in it, and the formula divides by zero or changes sign. Unchanged without
    /// a reference oxygen.
    /// </summary>
    public decimal? AtReferenceOxygen(decimal concentration, decimal oxygenPercent) =>
        OxygenPercent is not { } reference ? concentration
        : oxygenPercent >= OxygenConstantPercent || oxygenPercent < 0 ? null
        : concentration * (OxygenConstantPercent - reference)
            / (OxygenConstantPercent - oxygenPercent);

    /// <summary>
    /// Q x T0 / (Tc + t) x p / p0, with Tc the kelvins of 0 Cel. Null where temperature or
    /// absolute pressure is not that of any gas in a stack.
    /// </summary>
    public decimal? FlowAtReference(
        decimal flowM3PerH, decimal temperatureCelsius, decimal pressureKpa) =>
        IsOfAStack(temperatureCelsius, pressureKpa)
            ? flowM3PerH * TemperatureK / (ZeroCelsiusK + temperatureCelsius)
                * pressureKpa / PressureKpa
            : null;

    /// <summary>
    /// c x (Tc + t) / T0 x p0 / p: the same mass in the volume that it has at the reference.
    /// Null as above.
    /// </summary>
    public decimal? ConcentrationAtReference(
        decimal concentration, decimal temperatureCelsius, decimal pressureKpa) =>
        IsOfAStack(temperatureCelsius, pressureKpa)
            ? concentration * (ZeroCelsiusK + temperatureCelsius) / TemperatureK
                * PressureKpa / pressureKpa
            : null;

    private static bool IsOfAStack(decimal temperatureCelsius, decimal pressureKpa) =>
        temperatureCelsius is >= TemperatureCelsiusMin and <= TemperatureCelsiusMax
        && pressureKpa is > 0 and <= PressureKpaMax;
}
