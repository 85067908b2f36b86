using System.Collections.Immutable;
using static Monitoring.Core.Quality.Part75Tests;

namespace Monitoring.Core.Quality;

/// <summary>One injection of a protocol gas.</summary>
public readonly record struct GasInjection(decimal Reference, decimal Measured);

/// <summary>
/// The linearity error at one gas level, 40 CFR Part 75 Appendix A 7.1: of the means of three
/// injections.
/// </summary>
/// <param name="Value">
/// To 0.1 % of the reference, at most <see cref="PercentMost"/>; by the alternative
/// specification the difference itself, as <see cref="LinearityLimits"/> rounds it; null where a
/// percentage has no reference to be of.
/// </param>
/// <param name="IsAlternative">
/// The percentage fails, and the alternative specification holds.
/// </param>
public sealed record LinearityError(
    decimal MeanReference, decimal MeanMeasured, decimal? Value, bool IsAlternative)
{
    /// <summary>The field of a report holds no more.</summary>
    public const decimal PercentMost = 9_999.9m;

    /// <returns>
    /// Null for fewer injections, a reference below 0, and an analyser that has no such test.
    /// </returns>
    public static LinearityError? Of(AnalyserKind kind, ImmutableArray<GasInjection> injections)
    {
        if (injections.Length < LinearityInjections.Whole
            || injections.Any(one => one.Reference < 0)
            || LinearityLimits.Of(kind) is not { } limits)
        {
            return null;
        }

        var counted = injections[..LinearityInjections.Whole];
        var reference = counted.Sum(one => one.Reference) / LinearityInjections.Whole;
        var measured = counted.Sum(one => one.Measured) / LinearityInjections.Whole;
        var difference = Rounding.ToDecimals(Math.Abs(reference - measured), limits.Decimals);
        decimal? percent = reference > 0 ? PercentOf(reference, measured) : null;
        var fails = !(percent <= limits.PercentMax);
        return fails && difference <= limits.DifferenceMax
            ? new LinearityError(reference, measured, difference, true)
            : new LinearityError(reference, measured, percent, false);
    }

    private static decimal PercentOf(decimal reference, decimal measured) => Math.Min(
        PercentMost,
        Rounding.ToDecimals(Math.Abs(reference - measured) / reference * 100, 1));
}

/// <summary>
/// When a linearity test passes, 40 CFR Part 75 Appendix A 3.2, and how the agency's check
/// LINEAR-26 rounds: the difference to whole ppm, to 0.1 % CO2 or O2, to 0.1 ug/scm.
/// </summary>
/// <param name="PercentMax">Of the reference.</param>
/// <param name="DifferenceMax">Of the rounded difference, in the unit of the gas.</param>
/// <param name="Decimals">Of the difference.</param>
public sealed record LinearityLimits(decimal PercentMax, decimal DifferenceMax, int Decimals)
{
    /// <summary>Null: a flow monitor has no linearity test.</summary>
    public static LinearityLimits? Of(AnalyserKind kind) => kind switch
    {
        AnalyserKind.Oxides => Limits(LinearityPercent, LinearityOxidesDifference, 0),
        AnalyserKind.Diluent => Limits(LinearityPercent, LinearityDiluentDifference, 1),
        AnalyserKind.Mercury => Limits(LinearityMercury, LinearityMercuryDifference, 1),
        _ => null,
    };

    private static LinearityLimits Limits(Constant percent, Constant difference, int decimals) =>
        new(percent.Value, difference.Value, decimals);
}
