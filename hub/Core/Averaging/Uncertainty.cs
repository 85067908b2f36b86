namespace Monitoring.Core.Averaging;

/// <summary>The relative standard uncertainty of a mass, its two kinds apart.</summary>
/// <param name="Random">
/// What differs from window to window by chance, as a share: it falls with the root of their
/// number.
/// </param>
/// <param name="Systematic">
/// What is the same in each of them, such as the slope of a calibration or a pitot's factor: it
/// does not fall at all.
/// </param>
public readonly record struct RelativeUncertainty(decimal Random, decimal Systematic)
{
    /// <summary>
    /// Of a product of two measured values, u(M)/M = sqrt((u(C)/C)^2 + (u(Q)/Q)^2) for each kind.
    /// </summary>
    public RelativeUncertainty Times(RelativeUncertainty other) => new(
        Root(Random, other.Random), Root(Systematic, other.Systematic));

    private static decimal Root(decimal one, decimal other) =>
        SquareRoot.Of(one * one + other * other);
}

/// <summary>A total and its standard uncertainty, in the unit of the total.</summary>
public sealed record UncertainTotal(decimal Total, decimal Random, decimal Systematic)
{
    public decimal Combined => SquareRoot.Of(Random * Random + Systematic * Systematic);

    /// <summary>
    /// Random parts add as squares, systematic ones as they are (from memory).
    /// </summary>
    public static UncertainTotal Of(IEnumerable<decimal> masses, RelativeUncertainty each)
    {
        var (total, squares) = (0m, 0m);
        foreach (var mass in masses)
        {
            total += mass;
            var part = mass * each.Random;
            squares += part * part;
        }

        return new UncertainTotal(
            total, SquareRoot.Of(squares), Math.Abs(total) * each.Systematic);
    }
}
