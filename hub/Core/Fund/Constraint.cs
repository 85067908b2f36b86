using System.Collections.Immutable;

namespace Monitoring.Core.Fund;

/// <summary>A limit on what may be emitted in a zone, or in all of them.</summary>
/// <param name="Zone">Null: the bubble's own.</param>
/// <param name="ExpectedGrams">What the period is expected to come to.</param>
public sealed record Constraint(string? Zone, string Pollutant, long CapGrams, long ExpectedGrams);

/// <summary>A way of emitting less, as measured or appraised.</summary>
/// <param name="Zone">Where it helps.</param>
/// <param name="CostPerKgMinor">For each kilogram that is not emitted.</param>
public sealed record AbatementOption(
    string Id, string Zone, string Pollutant, long CostPerKgMinor, long Grams);

/// <summary>How tight a constraint is, and what its last kilogram costs.</summary>
/// <param name="ShadowPriceMinor">
/// What one kilogram more under this limit would save: 0 while it does not bind, or else the
/// dearest option that is needed, or the charge where paying is cheaper or nothing else is left.
/// </param>
/// <param name="Marginal">What sets the price; null where nothing does.</param>
public sealed record Tightness(
    Constraint Constraint, long ExcessGrams, long ShadowPriceMinor, string? Marginal)
{
    public const string Charge = "charge";

    public bool Binds => ExcessGrams > 0;
}

/// <summary>Which limit holds everything up.</summary>
public static class Constraints
{
    /// <summary>Each constraint with its price; the one to look at first stands first.</summary>
    /// <param name="chargePerKgMinor">What the contract takes for a kilogram of excess.</param>
    public static ImmutableArray<Tightness> Of(
        ImmutableArray<Constraint> constraints, ImmutableArray<AbatementOption> options,
        long chargePerKgMinor) =>
    [
        .. constraints.Select(constraint => PriceOf(constraint, options, chargePerKgMinor))
            .OrderByDescending(one => one.Binds)
            .ThenByDescending(one => one.ShadowPriceMinor)
            .ThenByDescending(one => (double)one.Constraint.ExpectedGrams
                / Math.Max(1, one.Constraint.CapGrams))
            .ThenBy(one => one.Constraint.Zone, StringComparer.Ordinal),
    ];

    // The least costly way of meeting one limit takes options in the order of their cost; its
    // price is that of the last one it takes, as the dual of that little linear programme has it.
    private static Tightness PriceOf(
        Constraint constraint, ImmutableArray<AbatementOption> options, long chargePerKgMinor)
    {
        var excess = Math.Max(0, constraint.ExpectedGrams - constraint.CapGrams);
        var left = excess;
        var usable = options
            .Where(option => option.Pollutant == constraint.Pollutant && option.Grams > 0
                && (constraint.Zone is null || option.Zone == constraint.Zone)
                && option.CostPerKgMinor <= chargePerKgMinor)
            .OrderBy(option => option.CostPerKgMinor)
            .ThenBy(option => option.Id, StringComparer.Ordinal);
        AbatementOption? marginal = null;
        foreach (var option in usable)
        {
            if (left <= 0)
            {
                break;
            }

            marginal = option;
            left -= option.Grams;
        }

        return excess == 0 ? new Tightness(constraint, 0, 0, null)
            : left > 0
                ? new Tightness(constraint, excess, chargePerKgMinor, Tightness.Charge)
            : new Tightness(constraint, excess, marginal!.CostPerKgMinor, marginal.Id);
    }
}
