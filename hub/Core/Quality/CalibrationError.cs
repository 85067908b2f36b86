namespace Monitoring.Core.Quality;

/// <summary>What a calibration error is measured in.</summary>
public enum CalibrationBasis
{
    /// <summary>SO2, NOx and flow.</summary>
    PercentOfSpan,

    /// <summary>CO2 and O2: percent of the gas itself.</summary>
    Absolute,
}

/// <summary>
/// The error of one injection of a zero or upscale gas, 40 CFR Part 75 Appendix A 7.2.1.
/// </summary>
/// <param name="Value">
/// To 0.1 %; by the alternative specification to 1 ppm, since it is a difference in ppm then.
/// </param>
/// <param name="IsAlternative">
/// The percentage fails, and the alternative specification for small spans holds.
/// </param>
public sealed record CalibrationError(decimal Value, bool IsAlternative)
{
    private const decimal PercentMax = 2.5m;
    private const decimal AlternativeMax = 5m;
    private const decimal AlternativeSpanBelow = 200m;

    /// <param name="span">Above 0; not used for <see cref="CalibrationBasis.Absolute"/>.</param>
    public static CalibrationError? Of(
        CalibrationBasis basis, decimal reference, decimal measured, decimal? span)
    {
        var difference = Math.Abs(reference - measured);
        if (basis == CalibrationBasis.Absolute)
        {
            return new CalibrationError(Rounding.ToDecimals(difference, 1), false);
        }

        if (span is not > 0)
        {
            return null;
        }

        var percent = Rounding.ToDecimals(difference / span.Value * 100, 1);
        return percent > PercentMax && span < AlternativeSpanBelow && difference <= AlternativeMax
            ? new CalibrationError(Rounding.ToDecimals(difference, 0), true)
            : new CalibrationError(percent, false);
    }
}
