using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Compliance;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>Where one pollutant of a source stands in a year.</summary>
/// <param name="LimitValue">The emission limit value, mg/m3; null where none is needed.</param>
/// <param name="Today">The running day; null in a profile without days.</param>
public sealed record PollutantCompliance(
    string Pollutant, decimal? LimitValue, ImmutableArray<LimitGroup> Groups, RunningDay? Today);

/// <summary>Where a source stands against the limits of its profile.</summary>
/// <param name="UntilMs">The end of its last window, or of the last that is silent.</param>
/// <param name="SilentSinceMs">Nothing was heard since; null: it is heard.</param>
public sealed record SourceCompliance(
    string Source, string Profile, Window Year, long UntilMs, long? SilentSinceMs,
    ImmutableArray<PollutantCompliance> Pollutants);

/// <summary>Holds stored averages of a source against its limits, as of its last window.</summary>
public sealed class Compliance(SourceClocks clocks, RunningDays days, LevelBook levels)
{
    /// <summary>Null for a source without windows, or whose profile has no limits.</summary>
    public SourceCompliance? Of(string id, DateTimeOffset now)
    {
        if (clocks.Of(id, now) is not { Profile.Limits.IsEmpty: false } at)
        {
            return null;
        }

        var values = levels.ValuesOf(id, at.Year, long.MaxValue).ToLookup(row => row.Quantity);
        return new SourceCompliance(
            id, at.Profile.Id, at.Year, at.UntilMs, at.SilentSinceMs,
            [
                .. from limit in at.Profile.Limits
                   where at.Source.Quantities.Any(one => one.Quantity == limit.Pollutant)
                   let quantity = limit.Pollutant + LevelBook.ValidatedSuffix
                   select Judge(at, limit, [.. values[quantity]]),
            ]);
    }

    private PollutantCompliance Judge(
        SourceClock at, PollutantLimit limit, IReadOnlyList<WindowValueRow> values)
    {
        var quantity = limit.Pollutant + LevelBook.ValidatedSuffix;
        var limitValue = at.Source.LimitOf(limit.Pollutant, at.Profile);
        var groups = LimitRules.Judge(limit, limitValue, at.Year, level => level
            == Profile.WindowLevel
            ? [
                .. from row in values
                   where row.Number is not null
                   select new LevelValue(new Window(row.StartMs, row.EndMs), row.Number!.Value),
            ]
            : [
                .. from row in levels.RowsOf(at.Source.Id, level, quantity, at.Year)
                   where row.Number is not null
                   select new LevelValue(new Window(row.StartMs, row.EndMs), row.Number!.Value),
            ]);
        return new PollutantCompliance(
            limit.Pollutant, limitValue, groups, days.Of(at, limit));
    }
}
