using Monitoring.Core.Compliance;
using Monitoring.Server.Engine;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Api;

/// <summary>Where a source stands against its limits, and how much is left of each.</summary>
/// <param name="SilentSince">
/// Nothing was heard since, by the hub's clock, and windows are lost as they pass; null: it is
/// heard.
/// </param>
public sealed record ComplianceAnswer(
    string Source, string Profile, SpanAnswer Year, string At, string? SilentSince,
    IReadOnlyList<PollutantComplianceAnswer> Pollutants);

/// <summary>One pollutant of it.</summary>
/// <param name="Tests">Those that stand together in a list: one of them has to be kept.</param>
public sealed record PollutantComplianceAnswer(
    string Pollutant, decimal? LimitValueMgM3, IReadOnlyList<LimitGroupAnswer> Tests,
    RunningDayAnswer? Today);

public sealed record LimitGroupAnswer(string Verdict, IReadOnlyList<LimitAnswer> AnyOf);

/// <summary>One test, as <see cref="LimitResult"/> says.</summary>
public sealed record LimitAnswer(
    string Level, decimal LimitMgM3, decimal ShareMin, string Over, string Verdict, int Values,
    int Above, int AboveLeft, decimal? HighestMgM3);

/// <summary>The day that runs; what may still be lost of it, and of the year's days.</summary>
public sealed record RunningDayAnswer(
    SpanAnswer Day, decimal? MeanMgM3, decimal? RestMeanMaxMgM3, int WindowsLeft,
    int WindowsLost, int? WindowsMayBeLost, int DaysLost, int? DaysMayBeLost);

/// <summary>Compliance with the limits of a profile.</summary>
internal static class ComplianceRoutes
{
    public static void Map(IEndpointRouteBuilder api) => api.MapOne(
        "/compliance/{id}",
        "Where a source stands against the limits of its profile this year, and what is left.",
        (view, id) => view.Signals.Compliance(id, view.Time.GetUtcNow()) is { } found
            ? AnswerOf(found, view.Zone)
            : null);

    private static ComplianceAnswer AnswerOf(SourceCompliance found, TimeZoneInfo zone) => new(
        found.Source, found.Profile,
        SpanOf(found.Year.StartMs, found.Year.EndMs, zone),
        LocalTime.Iso(found.UntilMs, zone),
        found.SilentSinceMs is { } silentMs ? LocalTime.Iso(silentMs, zone) : null,
        [
            .. found.Pollutants.Select(one => new PollutantComplianceAnswer(
                one.Pollutant, one.LimitValue,
                [
                    .. one.Groups.Select(group => new LimitGroupAnswer(
                        NameOf(group.Verdict), [.. group.Tests.Select(AnswerOf)])),
                ],
                one.Today is { } today ? AnswerOf(today, zone) : null)),
        ]);

    private static LimitAnswer AnswerOf(LimitResult result) => new(
        result.Test.Level, result.Limit, result.Test.ShareMin,
        result.Test.Over == Core.Averaging.TestSpan.Year ? "year" : "any-day",
        NameOf(result.Verdict), result.Values, result.Above, result.Left, result.Highest);

    private static RunningDayAnswer AnswerOf(RunningDay today, TimeZoneInfo zone) => new(
        SpanOf(today.Window.StartMs, today.Window.EndMs, zone), today.Mean, today.RestMean,
        today.WindowsLeft, today.Budget.LostToday, today.Budget.LeftToday,
        today.Budget.LostDays, today.Budget.LeftDays);

    private static SpanAnswer SpanOf(long startMs, long endMs, TimeZoneInfo zone) =>
        new(LocalTime.Iso(startMs, zone), LocalTime.Iso(endMs, zone));

    private static string NameOf(LimitVerdict verdict) => verdict switch
    {
        LimitVerdict.NoValues => "no-values",
        LimitVerdict.Kept => "kept",
        LimitVerdict.AtRisk => "at-risk",
        _ => "broken",
    };
}
