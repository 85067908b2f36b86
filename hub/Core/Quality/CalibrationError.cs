namespace Monitoring.Core.Quality;

/// <summary>
/// The error of one injection of a zero or upscale gas, 40 CFR Part 75 Appendix A 7.2.1, in the
/// forms in which the agency's checks SEVNDAY-15 and -16 state it.
/// </summary>
/// <param name="Value">
/// To 0.1 % of the span, at most 9999.9; of CO2 and O2 the difference to 0.1 %; by the
/// alternative specification the difference, as <see cref="Alternative"/> rounds it, and 0 for a
/// difference of pressure.
/// </param>
/// <param name="IsAlternative">
/// The percentage fails, and the alternative specification for small spans holds.
/// </param>
public sealed record CalibrationError(decimal Value, bool IsAlternative)
{
    private const decimal PercentMost = 9_999.9m;

    /// <param name="span">Above 0; not used for a <see cref="AnalyserKind.Diluent"/>.</param>
    /// <returns>Null where a percentage has no span to be of.</returns>
    public static CalibrationError? Of(
        AnalyserKind kind, decimal reference, decimal measured, decimal? span)
    {
        var difference = Math.Abs(reference - measured);
        if (kind == AnalyserKind.Diluent)
        {
            return new CalibrationError(Rounding.ToDecimals(difference, 1), false);
        }

        if (span is not { } range || range <= 0)
        {
            return null;
        }

        var percent = Math.Min(PercentMost, Rounding.ToDecimals(difference / range * 100, 1));
        if (percent <= PercentMax(kind) || Alternative(kind) is not { } rule
            || !IsSmallSpan(kind, range)
            || Rounding.ToDecimals(difference, rule.Decimals) > rule.DifferenceMax)
        {
            return new CalibrationError(percent, false);
        }

        return new CalibrationError(
            kind == AnalyserKind.PressureFlow ? 0 : Rounding.ToDecimals(difference, rule.Decimals),
            true);
    }

    /// <summary>The limit of a daily and seven-day test in percent of span, Appendix A 3.1.
    /// </summary>
    private static decimal PercentMax(AnalyserKind kind) => kind switch
    {
        AnalyserKind.Oxides => 2.5m,
        AnalyserKind.Mercury => 5m,
        _ => 3m,
    };

    /// <summary>Appendix A 3.1: 5 ppm, 1 ug/scm, or 0.01 inches of water.</summary>
    private static (decimal DifferenceMax, int Decimals)? Alternative(AnalyserKind kind) =>
        kind switch
        {
            AnalyserKind.Oxides => (5m, 0),
            AnalyserKind.Mercury => (1m, 1),
            AnalyserKind.PressureFlow => (0.01m, 2),
            _ => null,
        };

    private static bool IsSmallSpan(AnalyserKind kind, decimal span) => kind switch
    {
        AnalyserKind.Oxides => span < 200,
        AnalyserKind.Mercury => span <= 10,
        _ => true,
    };
}
