using System.Collections.Immutable;

namespace Monitoring.Core.Quality;

/// <summary>One injection of a protocol gas.</summary>
public readonly record struct GasInjection(decimal Reference, decimal Measured);

/// <summary>
/// The linearity error at one gas level, 40 CFR Part 75 Appendix A 7.1: of the means of the
/// injections.
/// </summary>
/// <param name="Value">
/// To 0.1 % of the reference; by the alternative specification the difference itself, to 0.1.
/// </param>
/// <param name="IsAlternative">
/// The percentage fails, and the alternative specification holds.
/// </param>
public sealed record LinearityError(
    decimal MeanReference, decimal MeanMeasured, decimal Value, bool IsAlternative)
{
    private const decimal PercentMax = 5m;
    private const decimal AlternativeMax = 5m;

    /// <returns>Null for no injection, and for gases whose mean is 0.</returns>
    public static LinearityError? Of(ImmutableArray<GasInjection> injections)
    {
        if (injections.IsEmpty)
        {
            return null;
        }

        var reference = injections.Sum(one => one.Reference) / injections.Length;
        var measured = injections.Sum(one => one.Measured) / injections.Length;
        if (reference == 0)
        {
            return null;
        }

        var difference = Math.Abs(reference - measured);
        var percent = Rounding.ToDecimals(difference / reference * 100, 1);
        return percent > PercentMax && difference <= AlternativeMax
            ? new LinearityError(reference, measured, Rounding.ToDecimals(difference, 1), true)
            : new LinearityError(reference, measured, percent, false);
    }
}
