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

/// <summary>A day that is not over.</summary>
/// <param name="Mean">Of its windows so far; null before the first.</param>
/// <param name="RestMean">
/// What the mean of the windows to come may be for the day to keep its limit; null without one.
/// </param>
public sealed record RunningDay(
    Window Window, decimal? Mean, decimal? RestMean, int WindowsLeft, LossBudget Budget);

/// <summary>Where a source stands against the limits of its profile.</summary>
/// <param name="UntilMs">The end of its last window.</param>
public sealed record SourceCompliance(
    string Source, string Profile, Window Year, long UntilMs,
    ImmutableArray<PollutantCompliance> Pollutants);

/// <summary>Holds stored averages of a source against its limits, as of its last window.</summary>
public sealed class Compliance(
    FactBook facts, LevelBook levels, ClusterMap cluster, ProfileSet profiles)
{
    private static readonly Level Year = new("year", LevelSpan.Year, TimeSpan.Zero, 0, null);

    /// <summary>Null for a source without windows, or whose profile has no limits.</summary>
    public SourceCompliance? Of(string id)
    {
        if (facts.PositionOf(id) is not { } untilMs
            || cluster.SourceAt(id, DateTimeOffset.FromUnixTimeMilliseconds(untilMs - 1))
                is not { } source
            || profiles[source.Profile] is not { Limits.IsEmpty: false } profile)
        {
            return null;
        }

        var year = Year.Containing(untilMs - 1, source.TimeZone, profile.WindowMs);
        var values = levels.ValuesOf(id, year, long.MaxValue).ToLookup(row => row.Quantity);
        return new SourceCompliance(
            id, profile.Id, year, untilMs,
            [
                .. from limit in profile.Limits
                   where source.Quantities.Any(one => one.Quantity == limit.Pollutant)
                   let quantity = limit.Pollutant + LevelBook.ValidatedSuffix
                   select Judge(source, profile, limit, year, untilMs, [.. values[quantity]]),
            ]);
    }

    private PollutantCompliance Judge(
        SourceBinding source, Profile profile, PollutantLimit limit, Window year, long untilMs,
        IReadOnlyList<WindowValueRow> values)
    {
        var quantity = limit.Pollutant + LevelBook.ValidatedSuffix;
        var limitValue = source.LimitOf(limit.Pollutant, profile);
        var groups = LimitRules.Judge(limit, limitValue, year, level => level
            == Profile.WindowLevel
            ? [
                .. from row in values
                   where row.Number is not null
                   select new LevelValue(new Window(row.StartMs, row.EndMs), row.Number!.Value),
            ]
            : [
                .. from row in levels.RowsOf(source.Id, level, quantity, year)
                   where row.Number is not null
                   select new LevelValue(new Window(row.StartMs, row.EndMs), row.Number!.Value),
            ]);
        var day = profile.Levels.FirstOrDefault(level => level.Span == LevelSpan.Day);
        return new PollutantCompliance(
            limit.Pollutant, limitValue, groups,
            day is null ? null : Running(source, profile, limit, day, untilMs, values));
    }

    private RunningDay Running(
        SourceBinding source, Profile profile, PollutantLimit limit, Level day, long untilMs,
        IReadOnlyList<WindowValueRow> values)
    {
        var today = day.Containing(untilMs - 1, source.TimeZone, profile.WindowMs);
        var year = Year.Containing(untilMs - 1, source.TimeZone, profile.WindowMs);
        var sum = values.Where(row => today.Contains(row.StartMs)).Aggregate(
            default(LevelSum), (all, row) => all.Add(row.Number, row.AbsentBecause));
        var fromMs = Math.Max(today.StartMs, source.From.ToUnixTimeMilliseconds());
        var left = (int)((today.EndMs - untilMs) / profile.WindowMs);
        var quantity = limit.Pollutant + LevelBook.ValidatedSuffix;
        var days = levels.RowsOf(source.Id, day.Id, quantity, year).Select(row =>
            new LevelAverage(
                day, new Window(row.StartMs, row.EndMs), row.Number, row.AbsentBecause,
                (int)row.Counted, 0, (int)row.Lost));
        var test = limit.Tests.FirstOrDefault(one => one.Level == day.Id && one.ShareMin == 1);
        return new RunningDay(
            today,
            sum.Counted > 0
                ? Core.Rounding.ToDecimals(sum.Sum / sum.Counted, profile.AverageDecimals)
                : null,
            test is null ? null : LimitRules.RestMean(
                test.Limit ?? test.Factor!.Value * source.LimitOf(limit.Pollutant, profile)!.Value,
                sum, left),
            left,
            LossBudget.Of(
                profile, day, days, sum,
                (int)(Math.Max(0, untilMs - fromMs) / profile.WindowMs)));
    }
}
