using System.Collections.Immutable;

namespace Monitoring.Core.Fund;

/// <summary>What one product was made of in a period.</summary>
/// <param name="Activity">What was made or done, in one unit for all products; above 0.</param>
/// <param name="Emitted">In any unit of mass; above 0.</param>
public sealed record ProductActivity(string Product, double Activity, double Emitted);

/// <summary>A change of emissions, told apart by its three causes. They sum to it.</summary>
/// <param name="Scale">More or less was made.</param>
/// <param name="Productivity">Each product emits more or less.</param>
/// <param name="Range">Other products were made.</param>
public sealed record Levers(double Scale, double Productivity, double Range)
{
    public double Total => Scale + Productivity + Range;

    /// <summary>
    /// By the logarithmic mean Divisia index in its additive form (Ang 2005, from memory), which
    /// leaves no residual. Null where the products of the two periods are not the same ones, or
    /// one of them was not made: a logarithm of 0 is no number.
    /// </summary>
    public static Levers? Between(
        ImmutableArray<ProductActivity> before, ImmutableArray<ProductActivity> after)
    {
        var pairs = before.Join(
            after, one => one.Product, other => other.Product, (one, other) => (one, other))
            .ToList();
        if (pairs.Count == 0 || pairs.Count != before.Length || pairs.Count != after.Length
            || before.Concat(after).Any(it => !(it.Activity > 0) || !(it.Emitted > 0)))
        {
            return null;
        }

        var (made, makes) = (before.Sum(it => it.Activity), after.Sum(it => it.Activity));
        double scale = 0, productivity = 0, range = 0;
        foreach (var (one, other) in pairs)
        {
            var mean = LogarithmicMean(other.Emitted, one.Emitted);
            scale += mean * Math.Log(makes / made);
            range += mean * Math.Log(other.Activity / makes / (one.Activity / made));
            productivity += mean
                * Math.Log(other.Emitted / other.Activity / (one.Emitted / one.Activity));
        }

        return new Levers(scale, productivity, range);
    }

    // Near one another the quotient of the two differences is all rounding; its limit is a mean.
    private static double LogarithmicMean(double a, double b) =>
        Math.Abs(a - b) <= 1e-9 * a ? (a + b) / 2 : (a - b) / (Math.Log(a) - Math.Log(b));
}
