using static Monitoring.Core.Quality.Part75Tests;

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
        if (percent <= PercentMax(kind).Value || Alternative(kind) is not { } rule
            || !IsSmallSpan(kind, range)
            || Rounding.ToDecimals(difference, rule.Decimals) > rule.DifferenceMax.Value)
        {
            return new CalibrationError(percent, false);
        }

        return new CalibrationError(
            kind == AnalyserKind.PressureFlow ? 0 : Rounding.ToDecimals(difference, rule.Decimals),
            true);
    }

    /// <summary>It passes as a seven-day test does.</summary>
    public bool Passes(AnalyserKind kind) => IsWithin(kind, 1);

    /// <summary>The monitor is not out of control by it, as a daily test.</summary>
    public bool IsInControl(AnalyserKind kind) => IsWithin(kind, DailyFactor.Value);

    private bool IsWithin(AnalyserKind kind, decimal times) => IsAlternative
        || Value <= times * (kind == AnalyserKind.Diluent ? CalibrationDiluent : PercentMax(kind))
            .Value;

    /// <summary>The limit in percent of span.</summary>
    private static Constant PercentMax(AnalyserKind kind) => kind switch
    {
        AnalyserKind.Oxides => CalibrationOxides,
        AnalyserKind.Mercury => CalibrationMercury,
        _ => CalibrationFlow,
    };

    private static (Constant DifferenceMax, int Decimals)? Alternative(AnalyserKind kind) =>
        kind switch
        {
            AnalyserKind.Oxides => (CalibrationOxidesDifference, 0),
            AnalyserKind.Mercury => (CalibrationMercuryDifference, 1),
            AnalyserKind.PressureFlow => (CalibrationPressure, 2),
            _ => null,
        };

    private static bool IsSmallSpan(AnalyserKind kind, decimal span) => kind switch
    {
        AnalyserKind.Oxides => span < CalibrationOxidesSpan.Value,
        AnalyserKind.Mercury => span <= CalibrationMercurySpan.Value,
        _ => true,
    };
}
