using Monitoring.Core.Gaps;
using Monitoring.Server.Engine;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Api;

/// <summary>What of a source is not measured now, and what that costs while it lasts.</summary>
/// <param name="SilentSince">
/// Nothing was heard since, by the hub's clock; null: it is heard.
/// </param>
public sealed record GapsAnswer(
    string Source, string Profile, string At, string? SilentSince,
    IReadOnlyList<QuantityGapAnswer> Quantities,
    IReadOnlyList<GapCostAnswer> Pollutants);

/// <summary>One quantity, as <see cref="QuantityStanding"/> says.</summary>
public sealed record QuantityGapAnswer(
    string Quantity, decimal? AvailabilityPercent, decimal? HarderBelowPercent, int? HoursLeft,
    OpenGapAnswer? Gap);

/// <param name="Substitute">What takes its place; null: the rule has nothing.</param>
public sealed record OpenGapAnswer(
    string Since, decimal Hours, decimal? Substitute, string Unit, string Rule, string Trace);

/// <summary>What the gaps cost a pollutant beyond its usual mass; null where none lasts.</summary>
public sealed record GapCostAnswer(
    string Pollutant, decimal? SoFarT, decimal? NextHourT, int? HarderAtHours,
    decimal? HarderAddsT);

/// <summary>Missing hours and their price.</summary>
internal static class GapRoutes
{
    private const int Decimals = 6;

    public static void Map(IEndpointRouteBuilder api) => api.MapOne(
        "/gaps/{id}",
        "What of a source is not measured, what takes its place, and the tonnes that it costs.",
        (view, id) => view.Signals.Gaps(id, view.Time.GetUtcNow()) is { } found
            ? AnswerOf(found, view.Zone)
            : null);

    private static GapsAnswer AnswerOf(SourceGaps found, TimeZoneInfo zone) => new(
        found.Source, found.Profile, LocalTime.Iso(found.UntilMs, zone),
        found.SilentSinceMs is { } silentMs ? LocalTime.Iso(silentMs, zone) : null,
        [
            .. found.Quantities.Select(one => new QuantityGapAnswer(
                one.Quantity, Rounded(one.AvailabilityPercent, 3),
                one.Threshold, one.HoursLeft,
                one.SinceMs is { } sinceMs && one.Now is { } now
                    ? new OpenGapAnswer(
                        LocalTime.Iso(sinceMs, zone), one.GapHours, Rounded(now.Value), one.Unit,
                        now.Rule, TraceOf(found.Source, one.Quantity))
                    : null)),
        ],
        [
            .. found.Pollutants.Select(one => new GapCostAnswer(
                one.Pollutant, Rounded(one.Cost?.SoFar), Rounded(one.Cost?.NextHour),
                one.Cost?.HarderAtHours, Rounded(one.Cost?.HarderAdds))),
        ]);

    /// <summary>Where a gap that lasts is explained.</summary>
    internal static string TraceOf(string source, string quantity) =>
        $"/api/v1/trace/{Traces.GapId(source, quantity)}";

    private static decimal? Rounded(decimal? value, int decimals = Decimals) =>
        value is { } number ? Core.Rounding.ToDecimals(number, decimals) : null;
}
