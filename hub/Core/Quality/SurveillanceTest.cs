using System.Collections.Immutable;
using static Monitoring.Core.Quality.En14181;

namespace Monitoring.Core.Quality;

/// <summary>
/// The annual surveillance test of EN 14181: whether the calibration function still holds. From
/// memory (unverified constants).
/// </summary>
/// <param name="IsPrecise">The differences scatter no more than is permitted.</param>
/// <param name="IsTrue">Their mean is no further from zero than is permitted.</param>
public sealed record SurveillanceTest(
    decimal MeanDifference, decimal MeanMax, decimal Deviation, decimal DeviationMax,
    bool IsPrecise, bool IsTrue)
{
    public bool Passes => IsPrecise && IsTrue;

    /// <returns>Null for fewer pairs, and for more than the table of t has.</returns>
    public static SurveillanceTest? Of(
        CalibrationFunction function, ImmutableArray<ParallelPair> pairs, Qal2Terms terms)
    {
        if (pairs.Length < SurveillancePairsMin.Whole
            || StudentT.OneSided95(pairs.Length - 1) is not { } t)
        {
            return null;
        }

        var found = Differences.Of(pairs, function.A, function.B);
        var permitted = Variability.Permitted(terms.Interval, terms.LimitValue);
        var deviationMax = SurveillanceAllowance.Value * permitted
            * Variability.Factor(pairs.Length);
        var meanMax = t * found.Deviation / SquareRoot.Of(pairs.Length) + permitted;
        return new SurveillanceTest(
            found.Mean, meanMax, found.Deviation, deviationMax,
            found.Deviation <= deviationMax, Math.Abs(found.Mean) <= meanMax);
    }
}
