using System.Collections.Immutable;

namespace Monitoring.Core.Part75;

/// <summary>A rate, and for how long of the hour it was.</summary>
/// <param name="Rate">Such as mmBtu/h, lb/h, ton/h.</param>
/// <param name="Time">The share of the hour, 0 to 1.</param>
public readonly record struct TimedRate(decimal Rate, decimal Time);

/// <summary>What a unit did in an hour, as a common stack or pipe is shared out by it.</summary>
/// <param name="Output">
/// MW (F-21A), 1000 lb/h of steam (F-21B), or fuel flow (F-21D): the same of every unit.
/// </param>
/// <param name="Time">The share of the hour that it ran, 0 to 1.</param>
public readonly record struct UnitOutput(decimal Output, decimal Time)
{
    internal decimal Amount => Output * Time;
}

/// <summary>
/// Rates of several fuels, stacks or units as one, and one as several: ECMPS Reporting
/// Instructions, Monitoring Plan, 2021 Q2, table 31. Results are at the precision of the
/// parameter, halves away from zero.
/// </summary>
public static class Combined
{
    /// <summary>
    /// Sum of rate x time over the time of the whole: F-21C (a unit with several stacks), F-25
    /// (units of a common stack), D-12, D-15A and G-4A (several fuels).
    /// </summary>
    /// <param name="parameter">By its ECMPS code.</param>
    /// <returns>Null without time.</returns>
    public static decimal? Rate(
        string parameter, ImmutableArray<TimedRate> parts, decimal time) => time <= 0
        ? null
        : ReportedPrecision.Of(parameter)!.Round(
            parts.Sum(part => part.Rate * part.Time) / time);

    /// <summary>
    /// The heat input rate of one unit of a common stack or pipe, mmBtu/h: HI (t/t_i) L_i t_i /
    /// sum of L t (F-21A by MW, F-21B by steam, F-21D by fuel flow).
    /// </summary>
    /// <param name="common">Of the stack or pipe.</param>
    /// <returns>Null for a unit that stood, and where no unit made anything.</returns>
    public static decimal? HeatInputOf(
        int unit, TimedRate common, ImmutableArray<UnitOutput> units)
    {
        var sum = units.Sum(one => one.Amount);
        return units[unit].Time <= 0 || sum <= 0
            ? null
            : ReportedPrecision.Of("HI")!.Round(
                common.Rate * common.Time / units[unit].Time * units[unit].Amount / sum);
    }
}
