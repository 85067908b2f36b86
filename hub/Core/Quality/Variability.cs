using Monitoring.Wire;
using static Monitoring.Core.Quality.En14181;

namespace Monitoring.Core.Quality;

/// <summary>
/// The tests of EN 14181 on the differences between reference method and instrument. The formulas
/// are from memory (unverified constants); the values of k_v are computed here.
/// </summary>
public static class Variability
{
    /// <summary>More pairs than anybody measures; keeps the iteration short.</summary>
    private const int PairsMax = 1_000;

    /// <summary>The standard deviation that the directive permits, in the unit of the limit.
    /// </summary>
    /// <param name="interval">The confidence interval as a share of the limit value.</param>
    public static decimal Permitted(decimal interval, decimal limitValue) =>
        interval * limitValue / ConfidenceDeviations.Value;

    /// <summary>
    /// k_v = sqrt(median of chi2 with N-1 degrees / (N-1)): what a standard deviation of N pairs
    /// is short of the true one half of the time.
    /// </summary>
    /// <param name="pairs">From 3 to 1000.</param>
    public static decimal Factor(int pairs)
    {
        Invariant.That(pairs is >= 3 and <= PairsMax);
        var degrees = pairs - 1;
        var (low, high) = (0d, (double)degrees);
        for (var i = 0; i < 60; i++)
        {
            var middle = (low + high) / 2;
            (low, high) = Below(middle, degrees) < 0.5 ? (middle, high) : (low, middle);
        }

        return Rounding.ToDecimals((decimal)Math.Sqrt(low / degrees), 6);
    }

    /// <summary>The share of the chi2 distribution below a value, by its power series.</summary>
    private static double Below(double value, int degrees)
    {
        var (half, x) = (degrees / 2d, value / 2);
        var (term, sum) = (1 / half, 1 / half);
        for (var n = 1; term > sum * 1e-15; n++)
        {
            term *= x / (half + n);
            sum += term;
        }

        return Math.Exp(half * Math.Log(x) - x - LogGamma(degrees)) * sum;
    }

    /// <summary>The logarithm of Gamma(degrees/2), up from Gamma(1) and Gamma(1/2).</summary>
    private static double LogGamma(int degrees)
    {
        var isOdd = degrees % 2 == 1;
        var sum = isOdd ? Math.Log(Math.PI) / 2 : 0;
        for (var at = isOdd ? 0.5 : 1; at < degrees / 2d; at++)
        {
            sum += Math.Log(at);
        }

        return sum;
    }
}
