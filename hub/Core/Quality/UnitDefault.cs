using System.Collections.Immutable;

namespace Monitoring.Core.Quality;

/// <summary>One run of a unit default test.</summary>
/// <param name="Level">The operating level, from 1.</param>
/// <param name="Rate">lb NOx/mmBtu; null: none was given.</param>
/// <param name="IsUsed">It counts for the default.</param>
public readonly record struct DefaultRun(int Level, decimal? Rate, bool IsUsed);

/// <summary>
/// The fuel-and-unit-specific NOx rate of a low mass emitter, 40 CFR Part 75.19(c)(1)(iv): the
/// highest mean of the operating levels.
/// </summary>
public static class UnitDefault
{
    /// <summary>
    /// The rate as the agency keeps it (checks UNITDEF-23 and -25): the highest mean of all runs
    /// of a level, used or not; the plant's own where it is within the tolerance of that.
    /// </summary>
    /// <param name="reported">The plant's own; null: none.</param>
    /// <returns>
    /// Null for no run, one at no level or without a rate, and a level of too few.
    /// </returns>
    public static decimal? Kept(ImmutableArray<DefaultRun> runs, decimal? reported)
    {
        if (runs.IsEmpty || runs.Any(run => run.Level < 1 || !(run.Rate >= 0)))
        {
            return null;
        }

        var levels = runs.ToLookup(run => run.Level, run => run.Rate!.Value);
        if (levels.Any(level => level.Count() < Part75Tests.DefaultRunsMin.Whole))
        {
            return null;
        }

        var most = levels.Max(level => Rounding.ToDecimals(level.Sum() / level.Count(), 3));
        return reported is { } own && own >= 0
            && Math.Abs(own - most) <= Part75Tests.DefaultTolerance.Value
            ? own
            : most;
    }

    /// <summary>lb/mmBtu to 0.001; null where a run is at no level, or is used and has no rate.
    /// </summary>
    public static decimal? Rate(ImmutableArray<DefaultRun> runs)
    {
        if (runs.Any(run => run.Level < 1 || (run.IsUsed && run.Rate is null)))
        {
            return null;
        }

        var means = runs
            .Where(run => run.IsUsed)
            .GroupBy(run => run.Level)
            .Select(level => level.Sum(run => run.Rate!.Value) / level.Count())
            .ToList();
        return means.Count == 0 ? null : Rounding.ToDecimals(means.Max(), 3);
    }
}
