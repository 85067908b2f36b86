using Monitoring.Server.Engine;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Api;

/// <summary>What a member means to make in a span, and what it reported to have made.</summary>
public sealed record PlannedProductAnswer(
    string Product, string Unit, long Planned, long? Reported, long PlannedG);

/// <summary>One span, planned, forecast and as it came.</summary>
/// <param name="Scored">It is over, and was planned before it began.</param>
public sealed record PlanSpanAnswer(
    string Span, SpanAnswer Time, int Version, bool PlannedBefore, bool Over, bool Scored,
    long PlannedG, long? ForecastG, long ActualG, IReadOnlyList<PlannedProductAnswer> Products);

/// <summary>The indicative plan of a member; it binds nobody.</summary>
/// <param name="ErrorPercent">
/// The misses of plans in percent of what came; null where nothing can be scored.
/// </param>
public sealed record PlanAnswer(
    string Member, string Role, int? Version, decimal? ErrorPercent,
    decimal? ForecastErrorPercent, IReadOnlyList<PlanSpanAnswer> Spans);

/// <summary>Indicative plans against forecasts and against what came.</summary>
internal static class PlanRoutes
{
    public static void Map(IEndpointRouteBuilder api) => api.MapRead(
        "/plans",
        "What each member planned to emit, what is forecast, what came, and by how much it missed.",
        AnswersOf);

    private static IReadOnlyList<PlanAnswer> AnswersOf(HubView view) =>
    [
        .. view.Signals.Plans().Select(plan => new PlanAnswer(
            plan.Member, plan.Role, plan.Version, plan.ErrorPercent, plan.ForecastErrorPercent,
            [.. plan.Spans.Select(span => AnswerOf(span, view.Zone))])),
    ];

    private static PlanSpanAnswer AnswerOf(PlanOutcome span, TimeZoneInfo zone) => new(
        span.Planned.Span,
        new SpanAnswer(
            LocalTime.Iso(span.Planned.FromMs, zone), LocalTime.Iso(span.Planned.UntilMs, zone)),
        span.Planned.Version, span.Planned.IsMadeBefore, span.IsOver, span.IsScored,
        span.Planned.Grams, span.ForecastGrams, span.ActualGrams,
        [
            .. span.Planned.Lines.Zip(span.Made, (line, made) => new PlannedProductAnswer(
                line.Product, line.Unit, line.Quantity, made, line.Grams)),
        ]);
}
