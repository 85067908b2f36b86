using Monitoring.Core.Fund;
using Monitoring.Server.Engine;

namespace Monitoring.Server.Api;

/// <summary>Statements of the fund for whoever asks, as the command prints them.</summary>
internal static class StatementRoutes
{
    public static readonly ApiParameter Language = new("language", "en or uk; en unless told.");

    public static readonly ApiParameter Year = new(
        "year", "A year of the contract's time zone; the running one unless told.");

    private static readonly ApiParameter Period = new(
        "period", "One period instead, such as demo-bubble/2026-11-24T10:15:00Z.");

    private static readonly ApiParameter[] Parameters = [Year, Period, Language];

    public static void Map(IEndpointRouteBuilder api) =>
        api.MapGet("/fund/statement", IResult (HttpRequest request, HubView view) =>
        {
            var query = new ApiQuery(request.Query, Parameters);
            var (span, language) = (SpanOf(query, view), LanguageOf(query));
            return query.Faults.Count > 0 ? query.Refusal()
                : view.Statements.TryOf(span) is not { } report ? Busy()
                : TypedResults.Text(
                    view.Statements.TextOf(report, language), "text/plain; charset=utf-8");
        }).Describe<string>(
            "/fund/statement", "A year of the fund, or one period of it, as text.", Parameters)
            .ProducesProblem(400).ProducesProblem(503);

    public static IResult Busy() => TypedResults.Problem(
        title: "Several statements are being worked out.",
        detail: "Each reads the whole journal of the fund; ask again in some seconds.",
        statusCode: StatusCodes.Status503ServiceUnavailable);

    public static string LanguageOf(ApiQuery query) =>
        query.OneOf("language", [.. StatementText.Languages]) ?? "en";

    /// <summary>Of a query without faults; else any.</summary>
    public static StatementSpan SpanOf(ApiQuery query, HubView view)
    {
        var running = view.Statements.Year(view.Statements.YearAt(view.Time.GetUtcNow()))!;
        var year = query.Parsed(
            "year", text => int.TryParse(text, out var year) ? view.Statements.Year(year) : null,
            $"use {Statements.YearMin} to {Statements.YearMax}");
        var period = query.Parsed(
            "period", view.Statements.Period, "use the id of a period, from /api/v1/settlements");
        return period ?? year ?? running;
    }
}
