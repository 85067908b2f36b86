using System.Collections.Immutable;

namespace Monitoring.Core.Part75;

/// <summary>
/// A heat input rate or mass rate (mmBtu/h, lb/h, tons/h) and the share of the hour, 0 to 1, in
/// which it held.
/// </summary>
public readonly record struct TimedRate(decimal Rate, decimal Hours);

/// <summary>A unit at a common stack: its load in any one unit, and its operating time.</summary>
public readonly record struct UnitLoad(decimal Load, decimal Hours);

/// <summary>Rates of several stacks, units or fuels together, and of one stack apart.</summary>
public static class HeatInputs
{
    /// <summary>
    /// Equations F-21A, B and D: the rate of a common stack or pipe goes to its units by load
    /// (MW, steam or fuel flow) times time, HI (t/ti) Li ti / sum(L t).
    /// </summary>
    /// <returns>
    /// One rate for each unit, unrounded; 0 for a unit that did not run; null where none did.
    /// </returns>
    public static ImmutableArray<decimal>? Apportion(
        TimedRate common, ImmutableArray<UnitLoad> units)
    {
        var total = units.Sum(unit => unit.Load * unit.Hours);
        return total <= 0
            ? null
            :
            [
                .. units.Select(unit => unit.Hours <= 0
                    ? 0
                    : common.Rate * (common.Hours / unit.Hours)
                        * (unit.Load * unit.Hours / total)),
            ];
    }

    /// <summary>
    /// Equations F-21C, F-25, D-12, D-15A and G-4A: what several stacks or fuels give, over the
    /// operating time of the unit: sum(rate t)/t. Null for a unit that did not run.
    /// </summary>
    public static decimal? Combine(ImmutableArray<TimedRate> parts, decimal unitHours) =>
        unitHours > 0 ? parts.Sum(part => part.Rate * part.Hours) / unitHours : null;

    /// <summary>
    /// The mass of a quarter in short tons, to 0.1: sum(rate t)/2000 of hourly lb.
    /// </summary>
    public static decimal QuarterlyTons(IEnumerable<TimedRate> pounds) =>
        Rounding.ToDecimals(pounds.Sum(hour => hour.Rate * hour.Hours) / 2_000, 1);

    /// <summary>The heat of a quarter in mmBtu, to 1.</summary>
    public static decimal QuarterlyHeat(IEnumerable<TimedRate> hours) =>
        Rounding.ToDecimals(hours.Sum(hour => hour.Rate * hour.Hours), 0);
}
