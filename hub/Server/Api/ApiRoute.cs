using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Monitoring.Server.Api;

/// <summary>Maps routes that check their parameters first and answer with one shape.</summary>
internal static class ApiRoute
{
    /// <summary>A list or state; <paramref name="ask"/> reads the parameters.</summary>
    public static void MapRead<TAsk, TAnswer>(
        this IEndpointRouteBuilder routes, string path, string summary,
        ApiParameter[] parameters, Func<ApiQuery, TAsk> ask, Func<HubView, TAsk, TAnswer> answer) =>
        routes.MapGet(path, IResult (HttpRequest request, HubView view) =>
        {
            var query = new ApiQuery(request.Query, parameters);
            var asked = ask(query);
            return query.Faults.Count > 0
                ? query.Refusal()
                : TypedResults.Ok(answer(view, asked));
        }).Describe<TAnswer>(path, summary, parameters).ProducesProblem(400);

    /// <summary>A state without parameters.</summary>
    public static void MapRead<TAnswer>(
        this IEndpointRouteBuilder routes, string path, string summary,
        Func<HubView, TAnswer> answer) =>
        routes.MapRead(path, summary, [], _ => 0, (view, _) => answer(view));

    /// <summary>One thing by its id; null is an answer 404.</summary>
    public static void MapOne<TAnswer>(
        this IEndpointRouteBuilder routes, string path, string summary,
        Func<HubView, string, TAnswer?> find)
        where TAnswer : class =>
        routes.MapGet(path, IResult (string id, HubView view) =>
            find(view, id) is { } found ? TypedResults.Ok(found) : Missing(path, id))
            .Describe<TAnswer>(path, summary, []).ProducesProblem(404);

    public static IResult Missing(string path, string id) => TypedResults.Problem(
        title: "There is no such thing.",
        detail: $"Nothing of {path.Replace("{id}", "")} has the id '{id}'; "
            + "take an id from a list of this API.",
        statusCode: StatusCodes.Status404NotFound);

    public static RouteHandlerBuilder Describe<TAnswer>(
        this RouteHandlerBuilder route, string path, string summary,
        IReadOnlyList<ApiParameter> parameters) =>
        route.WithName(path.Trim('/').Replace("/{id}", "-one").Replace('/', '-'))
            .WithSummary(summary)
            .Produces<TAnswer>()
            .AddOpenApiOperationTransformer((operation, _, _) =>
            {
                operation.Parameters ??= [];
                foreach (var parameter in parameters)
                {
                    operation.Parameters.Add(new OpenApiParameter
                    {
                        Name = parameter.Name,
                        In = ParameterLocation.Query,
                        Description = parameter.Description,
                        Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                    });
                }

                return Task.CompletedTask;
            });

    /// <summary>The page of rows of which one more than asked for was read.</summary>
    public static Page<TAnswer> ToPage<TRow, TAnswer>(
        this IReadOnlyList<TRow> rows, int max, Func<TRow, TAnswer> answerOf,
        Func<TRow, ApiCursor> cursorOf, Func<(string? Since, string? Reason)> whyEmpty)
    {
        var shown = rows.Take(max).Select(answerOf).ToList();
        var next = rows.Count > max ? cursorOf(rows[max - 1]).ToString() : null;
        var (since, reason) = shown.Count == 0 ? whyEmpty() : (null, null);
        return new Page<TAnswer>(shown, next, since, reason);
    }
}
