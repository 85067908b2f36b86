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

    /// <summary>One-sided 95 % values, to three decimals, as EN 14181 uses them.</summary>
    private static readonly ImmutableArray<decimal> OneSided =
    [
        6.314m, 2.920m, 2.353m, 2.132m, 2.015m, 1.943m, 1.895m, 1.860m, 1.833m, 1.812m,
        1.796m, 1.782m, 1.771m, 1.761m, 1.753m, 1.746m, 1.740m, 1.734m, 1.729m, 1.725m,
        1.721m, 1.717m, 1.714m, 1.711m, 1.708m, 1.706m, 1.703m, 1.701m, 1.699m, 1.697m,
    ];

    /// <summary>Beyond this many degrees of freedom the table is not printed.</summary>
    public static int DegreesMax => Printed.Length;

    /// <summary>Both tables, one number a row.</summary>
    public static IEnumerable<Constant> AllConstants =>
    [
        .. Printed.Select((value, i) => new Constant(
            $"t of two sides, {i + 1} degrees", value, "", "40 CFR 75 Appendix A 7.3.1; computed")),
        .. OneSided.Select((value, i) => new Constant(
            $"t of one side, {i + 1} degrees", value, "", "EN 14181; computed")),
    ];

    /// <returns>Null where the table has no such row.</returns>
    public static decimal? TwoSided95(int degreesOfFreedom) =>
        degreesOfFreedom >= 1 && degreesOfFreedom <= DegreesMax
            ? Printed[degreesOfFreedom - 1]
            : null;

    /// <inheritdoc cref="TwoSided95"/>
    public static decimal? OneSided95(int degreesOfFreedom) =>
        degreesOfFreedom >= 1 && degreesOfFreedom <= OneSided.Length
            ? OneSided[degreesOfFreedom - 1]
            : null;
}
