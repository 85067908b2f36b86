using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Compliance;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>A day that is not over.</summary>
/// <param name="Mean">Of its windows so far; null before the first.</param>
/// <param name="RestMean">
/// What the mean of the windows to come may be for the day to keep its limit; null without one.
/// </param>
public sealed record RunningDay(
    Window Window, decimal? Mean, decimal? RestMean, int WindowsLeft, LossBudget Budget);

/// <summary>The running day of one pollutant.</summary>
public sealed record PollutantDay(string Pollutant, RunningDay Day);

/// <summary>
/// What of the running day and of the year's days may still be lost. Windows that a silent
/// gateway leaves out are lost as they pass, and so are its days.
/// </summary>
public sealed class RunningDays(LevelBook levels)
{
    /// <summary>Of each pollutant that has limits; none in a profile without days.</summary>
    public ImmutableArray<PollutantDay> Of(SourceClock at) =>
    [
        .. from limit in at.Profile.Limits
           where at.Source.Quantities.Any(one => one.Quantity == limit.Pollutant)
           let day = Of(at, limit)
           where day is not null
           select new PollutantDay(limit.Pollutant, day),
    ];

    /// <summary>Null in a profile without days.</summary>
    public RunningDay? Of(SourceClock at, PollutantLimit limit)
    {
        if (at.Profile.Levels.FirstOrDefault(level => level.Span == LevelSpan.Day) is not { } day)
        {
            return null;
        }

        var quantity = limit.Pollutant + LevelBook.ValidatedSuffix;
        var today = day.Containing(at.UntilMs - 1, at.Source.TimeZone, at.Profile.WindowMs);
        var sum = SumOf(at, today, quantity);
        var left = (int)((today.EndMs - at.UntilMs) / at.Profile.WindowMs);
        var test = limit.Tests.FirstOrDefault(one => one.Level == day.Id && one.ShareMin == 1);
        return new RunningDay(
            today,
            sum.Counted > 0
                ? Core.Rounding.ToDecimals(sum.Sum / sum.Counted, at.Profile.AverageDecimals)
                : null,
            test is null ? null : LimitRules.RestMean(
                test.Limit ?? test.Factor!.Value
                    * at.Source.LimitOf(limit.Pollutant, at.Profile)!.Value,
                sum, left),
            left,
            LossBudget.Of(
                at.Profile, day,
                DaysOf(at, day, quantity).Concat(SilentDaysOf(at, day, today, quantity)), sum,
                at.PassedOf(today)));
    }

    private IEnumerable<LevelAverage> DaysOf(SourceClock at, Level day, string quantity) =>
        levels.RowsOf(at.Source.Id, day.Id, quantity, at.Year).Select(row => new LevelAverage(
            day, new Window(row.StartMs, row.EndMs), row.Number, row.AbsentBecause,
            (int)row.Counted, 0, (int)row.Lost));

    // Days that are over by the clock, and that nothing has closed.
    private IEnumerable<LevelAverage> SilentDaysOf(
        SourceClock at, Level day, Window today, string quantity)
    {
        Window Containing(long timeMs) =>
            day.Containing(timeMs, at.Source.TimeZone, at.Profile.WindowMs);
        var closedMs = levels.ClosedUntil(at.Source.Id, day.Id)
            ?? Containing(at.HeardUntilMs - 1).StartMs;
        for (var span = Containing(Math.Max(closedMs, at.Year.StartMs));
            span.EndMs <= today.StartMs;
            span = Containing(span.EndMs))
        {
            yield return SumOf(at, span, quantity)
                .Close(day, span, at.Profile, at.PassedOf(span));
        }
    }

    private LevelSum SumOf(SourceClock at, Window span, string quantity) =>
        levels.ValuesOf(at.Source.Id, span, long.MaxValue)
            .Where(row => row.Quantity == quantity)
            .Aggregate(
                default(LevelSum), (sum, row) => sum.Add(row.Number, row.AbsentBecause));
}
