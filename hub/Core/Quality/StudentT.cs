using System.Collections.Immutable;

namespace Monitoring.Core.Quality;

/// <summary>
/// Two-sided 95 % values of Student's t (2.5 % in each tail), as 40 CFR Part 75 Appendix A prints
/// them: to three decimals. The agency computes with the printed numbers.
/// </summary>
public static class StudentT
{
    private static readonly ImmutableArray<decimal> Printed =
    [
        12.706m, 4.303m, 3.182m, 2.776m, 2.571m, 2.447m, 2.365m, 2.306m, 2.262m, 2.228m,
        2.201m, 2.179m, 2.160m, 2.145m, 2.131m, 2.120m, 2.110m, 2.101m, 2.093m, 2.086m,
        2.080m, 2.074m, 2.069m, 2.064m, 2.060m, 2.056m, 2.052m, 2.048m, 2.045m, 2.042m,
    ];

    /// <summary>Beyond this many degrees of freedom the table is not printed.</summary>
    public static int DegreesMax => Printed.Length;

    /// <returns>Null where the table has no such row.</returns>
    public static decimal? TwoSided95(int degreesOfFreedom) =>
        degreesOfFreedom >= 1 && degreesOfFreedom <= DegreesMax
            ? Printed[degreesOfFreedom - 1]
            : null;
}
