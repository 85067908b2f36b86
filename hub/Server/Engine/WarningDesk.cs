using System.Globalization;
using Monitoring.Core.Compliance;
using Monitoring.Core.Quality;
using Monitoring.Core.Warnings;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>Raises and clears warnings by how a source stands, and has them told.</summary>
public sealed class WarningDesk(
    WarningBook warnings, NoticeWriter notices, NoticeBell bell, HubSettings settings)
{
    /// <summary>How long before its end a test is due.</summary>
    private static readonly TimeSpan DueBefore = TimeSpan.FromDays(30);

    public async Task TellAsync(SourceStanding standing)
    {
        var changes = WarningRules.Changes(
            warnings.StatesOf(standing.Source), [.. WarningsOf(standing)], standing.At);
        if (changes.Length > 0)
        {
            await warnings.WriteAsync(changes, [.. changes.SelectMany(notices.NoticesOf)]);
            bell.Ring();
        }
    }

    private IEnumerable<Warning> WarningsOf(SourceStanding standing) =>
        (standing.Gaps is { } gaps ? GapsOf(gaps) : [])
        .Concat(standing.Days.SelectMany(one => LossesOf(standing.Source, one)))
        .Concat(standing.Tests is { } tests ? TestsOf(tests, standing.At) : []);

    private IEnumerable<Warning> GapsOf(SourceGaps standing) =>
        from one in standing.Quantities
        where one.SinceMs is not null
        select new Warning(
            new WarningKey(standing.Source, one.Quantity, WarningKind.Gap, ""),
            $"{standing.Source}: {one.Quantity} is missing since {Local(one.SinceMs!.Value)}"
                + (standing.SilentSinceMs is null ? "" : ", its gateway is silent")
                + CostOf(standing));

    private string Local(long ms) => LocalTime.In(
        DateTimeOffset.FromUnixTimeMilliseconds(ms), settings.TimeZone, "yyyy-MM-dd HH:mm zzz");

    private static string CostOf(SourceGaps standing) => string.Concat(
        standing.Pollutants.Where(one => one.Cost is not null).Select(one => string.Create(
            CultureInfo.InvariantCulture,
            $"; {one.Pollutant} is booked {one.Cost!.SoFar:0.######} t beyond the usual so far, "
                + $"and {one.Cost.NextHour:0.######} t more with the next hour")))
        + ".";

    private IEnumerable<Warning> LossesOf(string source, PollutantDay one)
    {
        var budget = one.Day.Budget;
        Warning Of(string subject, string text) => new(
            new WarningKey(source, one.Pollutant, WarningKind.Loss, subject),
            $"{source}/{one.Pollutant}: {text}.");
        var today = $"of the day from {Local(one.Day.Window.StartMs)}, {budget.LostToday} windows "
            + $"are lost of {budget.LostTodayMax} that may be";
        if (budget.IsTodayLost)
        {
            yield return Of("day-lost", $"{today}, so it has no average");
        }
        else if (budget.IsTodayLow)
        {
            yield return Of("day", $"{today}, and {budget.LeftToday} are left");
        }

        if (budget.AreDaysLow)
        {
            yield return Of(
                "year",
                $"of the year's days, {budget.LostDaysMax - budget.LeftDays} are lost of "
                    + $"{budget.LostDaysMax} that may be");
        }
    }

    private IEnumerable<Warning> TestsOf(SourceTests tests, DateTimeOffset now)
    {
        foreach (var one in tests.Quantities)
        {
            Warning Of(WarningKind kind, string subject, string text) => new(
                new WarningKey(tests.Source, one.Quantity, kind, subject),
                $"{tests.Source}/{one.Quantity}: {text}.");
            foreach (var test in one.Tests)
            {
                if (!test.IsValid)
                {
                    yield return Of(
                        WarningKind.TestInvalid, test.Kind,
                        $"{test.Kind} is {TestStanding.NameOf(test.State)}, no hour is valid");
                }
                else if (test.ExpiresMs is { } ms
                    && DateTimeOffset.FromUnixTimeMilliseconds(ms) - now <= DueBefore)
                {
                    yield return Of(
                        WarningKind.TestDue, test.Kind,
                        $"{test.Kind} is valid until {Local(ms)}");
                }
            }

            foreach (var chart in one.Charts.Where(chart => chart.IsAlarm))
            {
                yield return Of(
                    WarningKind.Drift, chart.Level, string.Create(
                        CultureInfo.InvariantCulture,
                        $"{chart.Level}: CUSUM {chart.Cusum}, Shewhart {chart.Shewhart}, EWMA "
                            + $"{chart.Ewma}, take off {chart.Correction}"));
            }
        }
    }
}
