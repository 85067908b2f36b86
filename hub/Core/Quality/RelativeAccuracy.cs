using System.Collections.Immutable;
using Monitoring.Wire;
using static Monitoring.Core.Quality.Part75Tests;

namespace Monitoring.Core.Quality;

/// <summary>One run of a relative accuracy test audit: monitor beside reference.</summary>
public readonly record struct AuditRun(decimal Monitor, decimal Reference);

/// <summary>
/// A relative accuracy test audit (RATA), 40 CFR Part 75 Appendix A 7.3 to 7.6. Means, deviation
/// and coefficient are unrounded, the results rounded as they are reported.
/// </summary>
/// <param name="MeanDifference">Reference less monitor.</param>
/// <param name="RelativeAccuracyPercent">To 0.01 %.</param>
/// <param name="BiasAdjustmentFactor">To 0.001; 1 where the test shows no low bias.</param>
public sealed record RelativeAccuracy(
    int Runs, decimal MeanMonitor, decimal MeanReference, decimal MeanDifference,
    decimal StandardDeviation, decimal T, decimal ConfidenceCoefficient,
    decimal RelativeAccuracyPercent, decimal BiasAdjustmentFactor)
{
    /// <summary>The field of a report holds no more.</summary>
    private const decimal PercentMost = 999.99m;

    /// <param name="takesLowEmitterFactor">
    /// The plant uses the factor of a low emitter, as it may.
    /// </param>
    /// <returns>
    /// Null where there are too few runs, or more than the table of t has, a value below 0, or
    /// nothing but zeros on one side.
    /// </returns>
    public static RelativeAccuracy? Of(
        AuditedSystem system, ImmutableArray<AuditRun> runs, bool takesLowEmitterFactor)
    {
        if (runs.Length < AuditRunsMin.Whole || StudentT.TwoSided95(runs.Length - 1) is not { } t
            || runs.Any(run => run.Monitor < 0 || run.Reference < 0)
            || runs.Sum(run => run.Monitor) == 0 || runs.Sum(run => run.Reference) == 0)
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
        var factor = FactorOf(system, monitor, difference, coefficient);
        return new RelativeAccuracy(
            n, monitor, reference, difference, deviation, t, coefficient,
            Math.Min(
                PercentMost,
                Rounding.ToDecimals((Math.Abs(difference) + coefficient) / reference * 100, 2)),
            takesLowEmitterFactor && IsLowEmitter(system, reference)
                ? Math.Min(factor, LowEmitterFactor.Value)
                : factor);
    }

    private static decimal FactorOf(
        AuditedSystem system, decimal monitor, decimal difference, decimal coefficient)
    {
        Invariant.That(coefficient >= 0);
        return HasBiasTest(system) && difference > coefficient
            ? Rounding.ToDecimals(1 + difference / monitor, 3)
            : 1m;
    }

    private static bool HasBiasTest(AuditedSystem system) => system
        is AuditedSystem.Concentration or AuditedSystem.NitrogenRate
        or AuditedSystem.SulphurRate or AuditedSystem.Flow;

    /// <summary>
    /// By the mean reference, rounded as check RATA-39 does.
    /// </summary>
    private static bool IsLowEmitter(AuditedSystem system, decimal reference) => system switch
    {
        AuditedSystem.Concentration =>
            Rounding.ToDecimals(reference, 1) <= LowEmitterConcentration.Value,
        AuditedSystem.NitrogenRate or AuditedSystem.SulphurRate =>
            Rounding.ToDecimals(reference, 2) <= LowEmitterRate.Value,
        _ => false,
    };
}
