using Microsoft.AspNetCore.Http.HttpResults;
using Monitoring.Server.Api;

namespace Monitoring.Server.Console;

/// <summary>The pages for people.</summary>
internal static class ConsoleRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", (HttpContext context, HubView view) =>
            Show(context, StatusPage.Render(StatusFacts.Of(view)), StatusCodes.Status200OK))
            .ExcludeFromDescription();
        routes.MapGet("/fund", IResult (HttpContext context, HubView view) =>
        {
            var query = new ApiQuery(
                context.Request.Query, [StatementRoutes.Year, StatementRoutes.Language]);
            var (span, language) = (
                StatementRoutes.SpanOf(query, view), StatementRoutes.LanguageOf(query));
            return query.Faults.Count > 0 ? query.Refusal()
                : view.Statements.TryOf(span) is not { } report ? StatementRoutes.Busy()
                : Show(
                    context, FundPage.Render(view, report, language), StatusCodes.Status200OK);
        }).ExcludeFromDescription();
        routes.MapGet("/contract", IResult (HttpContext context, HubView view) =>
        {
            var query = new ApiQuery(context.Request.Query, [StatementRoutes.Language]);
            var language = StatementRoutes.LanguageOf(query);
            return query.Faults.Count > 0
                ? query.Refusal()
                : Show(
                    context, ContractPage.Render(view.ContractNow(), language),
                    StatusCodes.Status200OK);
        }).ExcludeFromDescription();
        routes.MapGet("/trace/{id}", async (string id, HttpContext context, HubView view) =>
            await view.Signals.FindTrace(id) is { } trace
                ? Show(context, TracePage.Render(trace, id, view.Zone), StatusCodes.Status200OK)
                : Show(context, TracePage.Missing(id), StatusCodes.Status404NotFound))
            .ExcludeFromDescription();
    }

    private static ContentHttpResult Show(HttpContext context, Html page, int status)
    {
        // Nothing but the page itself, so even a hole in the encoding could fetch nothing.
        context.Response.Headers.ContentSecurityPolicy =
            "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Text(page.ToString(), "text/html; charset=utf-8", null, status);
    }
}
