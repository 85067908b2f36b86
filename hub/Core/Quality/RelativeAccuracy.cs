using System.Collections.Immutable;
using Monitoring.Wire;

namespace Monitoring.Core.Quality;

/// <summary>One run of a relative accuracy test audit: monitor beside reference.</summary>
public readonly record struct AuditRun(decimal Monitor, decimal Reference);

/// <summary>
/// A relative accuracy test audit (RATA), 40 CFR Part 75 Appendix A 7.3 to 7.6. Means, deviation
/// and coefficient are unrounded, the results rounded as they are reported.
/// </summary>
/// <param name="MeanDifference">Reference less monitor.</param>
/// <param name="RelativeAccuracyPercent">
/// To 0.01 %; null where the mean of the reference is 0.
/// </param>
/// <param name="BiasAdjustmentFactor">To 0.001; 1 where the test shows no low bias.</param>
public sealed record RelativeAccuracy(
    int Runs, decimal MeanMonitor, decimal MeanReference, decimal MeanDifference,
    decimal StandardDeviation, decimal T, decimal ConfidenceCoefficient,
    decimal? RelativeAccuracyPercent, decimal BiasAdjustmentFactor)
{
    /// <summary>Fewer runs are no test.</summary>
    public const int RunsMin = 9;

    /// <summary>The bias factor of a low emitter is at most this.</summary>
    private const decimal LowEmitterFactorMax = 1.111m;

    /// <summary>
    /// At or below it, in ppm, a source is a low emitter; a rate in lb/mmBtu of at most 0.20,
    /// the other limit, is below it too.
    /// </summary>
    private const decimal LowEmitterReferenceMax = 250m;

    /// <returns>Null where there are too few runs, or more than the table of t has.</returns>
    public static RelativeAccuracy? Of(ImmutableArray<AuditRun> runs)
    {
        if (runs.Length < RunsMin || StudentT.TwoSided95(runs.Length - 1) is not { } t)
        {
            return null;
        }

        var n = runs.Length;
        var monitor = runs.Sum(run => run.Monitor) / n;
        var reference = runs.Sum(run => run.Reference) / n;
        var difference = runs.Sum(run => run.Reference - run.Monitor) / n;
        var squares = runs.Sum(run =>
        {
            var off = run.Reference - run.Monitor - difference;
            return off * off;
        });
        var deviation = SquareRoot.Of(squares / (n - 1));
        var coefficient = t * deviation / SquareRoot.Of(n);
        return new RelativeAccuracy(
            n, monitor, reference, difference, deviation, t, coefficient,
            reference == 0
                ? null
                : Rounding.ToDecimals(
                    (Math.Abs(difference) + coefficient) / reference * 100, 2),
            FactorOf(monitor, reference, difference, coefficient));
    }

    private static decimal FactorOf(
        decimal monitor, decimal reference, decimal difference, decimal coefficient)
    {
        Invariant.That(coefficient >= 0);
        if (difference <= coefficient || monitor == 0)
        {
            return 1m;
        }

        var factor = Rounding.ToDecimals(1 + difference / monitor, 3);
        return reference <= LowEmitterReferenceMax && factor > LowEmitterFactorMax
            ? LowEmitterFactorMax
            : factor;
    }
}
