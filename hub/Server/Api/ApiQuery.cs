using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Api;

/// <summary>One parameter of a route, as OpenAPI says it.</summary>
public sealed record ApiParameter(string Name, string Description)
{
    public const int LimitMax = 1_000;
    public const int LimitDefault = 100;

    public static readonly ApiParameter From = new(
        "from", "The first instant, ISO 8601 with an offset, such as 2026-11-24T10:00:00Z.");

    public static readonly ApiParameter To = new(
        "to", "The first instant after the span, ISO 8601 with an offset.");

    public static readonly ApiParameter Cursor = new(
        "cursor", "The next_cursor of the page before; leave it out for the first page.");

    public static readonly ApiParameter Limit = new(
        "limit", $"The most items of a page, 1 to {LimitMax}; {LimitDefault} unless told.");

    public static readonly ApiParameter[] Paging = [From, To, Cursor, Limit];

    public static ApiParameter Id(string name) => new(name, $"Only this {name}.");
}

/// <summary>One thing wrong with a request, and what to do about it.</summary>
public sealed record ApiFault(string Field, string Problem, string Remedy);

/// <summary>A place in a list: time, row, and item within the row.</summary>
public readonly record struct ApiCursor(long Ms, long Id, int Item)
{
    public static readonly ApiCursor Start = new(long.MinValue, 0, 0);

    public override string ToString() => Base64Url.EncodeToString(
        Encoding.ASCII.GetBytes(
            string.Create(CultureInfo.InvariantCulture, $"{Ms}.{Id}.{Item}")));

    public static ApiCursor? Parse(string text)
    {
        if (!Base64Url.IsValid(text))
        {
            return null;
        }

        var parts = Encoding.ASCII.GetString(Base64Url.DecodeFromChars(text)).Split('.');
        return parts.Length == 3
            && long.TryParse(parts[0], CultureInfo.InvariantCulture, out var ms)
            && long.TryParse(parts[1], CultureInfo.InvariantCulture, out var id)
            && int.TryParse(parts[2], CultureInfo.InvariantCulture, out var item)
            && id >= 0 && item >= 0
            ? new ApiCursor(ms, id, item)
            : null;
    }
}

/// <summary>Reads the parameters of one request and collects every fault of them.</summary>
public sealed class ApiQuery
{
    private readonly IQueryCollection _query;
    private readonly List<ApiFault> _faults = [];

    public ApiQuery(IQueryCollection query, IReadOnlyList<ApiParameter> allowed)
    {
        _query = query;
        foreach (var (name, values) in query)
        {
            if (allowed.All(parameter => parameter.Name != name))
            {
                var names = string.Join(", ", allowed.Select(parameter => parameter.Name));
                Fault(
                    name, $"there is no parameter '{name}'",
                    names.Length > 0 ? $"use out of {names}" : "leave it out");
            }
            else if (values.Count > 1)
            {
                Fault(name, $"'{name}' is given {values.Count} times", "give it once");
            }
        }
    }

    public IReadOnlyList<ApiFault> Faults => _faults;

    public string? Id(string name)
    {
        var text = Text(name);
        if (text is not null && !Identifier.IsValid(text))
        {
            Fault(name, $"'{text}' is no identifier", Identifier.Rule);
        }

        return text;
    }

    /// <summary>What is made of a parameter; null is its fault, unless it is not there.</summary>
    public T? Parsed<T>(string name, Func<string, T?> parse, string remedy)
        where T : class
    {
        var (text, value) = (Text(name), default(T));
        if (text is not null && (value = parse(text)) is null)
        {
            Fault(name, $"'{text}' is not known", remedy);
        }

        return value;
    }

    public string? OneOf(string name, params string[] values)
    {
        var text = Text(name);
        if (text is not null && !values.Contains(text))
        {
            Fault(name, $"'{text}' is not known", $"use {string.Join(" or ", values)}");
        }

        return text;
    }

    /// <summary>The span and place of a page.</summary>
    public (PageQuery Page, ApiCursor Cursor) Page()
    {
        var from = Instant("from") ?? long.MinValue;
        var to = Instant("to") ?? long.MaxValue;
        if (from >= to)
        {
            Fault("to", "'to' is not after 'from'", "give a later instant");
        }

        var cursor = Cursor();
        return (new PageQuery(from, to, Limit(), cursor.Ms, cursor.Id), cursor);
    }

    /// <summary>RFC 9457, all faults at once.</summary>
    public ProblemHttpResult Refusal() => TypedResults.Problem(
        title: "The request has faults.",
        detail: string.Join(
            " ", _faults.Select(fault => $"{fault.Field}: {fault.Problem}; {fault.Remedy}.")),
        statusCode: StatusCodes.Status400BadRequest,
        extensions: new Dictionary<string, object?> { ["faults"] = _faults });

    private ApiCursor Cursor()
    {
        if (Text("cursor") is not { } text)
        {
            return ApiCursor.Start;
        }

        if (ApiCursor.Parse(text) is { } cursor)
        {
            return cursor;
        }

        Fault("cursor", $"'{text}' is no cursor", "use the next_cursor of the page before");
        return ApiCursor.Start;
    }

    private int Limit()
    {
        if (Text("limit") is not { } text)
        {
            return ApiParameter.LimitDefault;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            && limit is >= 1 and <= ApiParameter.LimitMax)
        {
            return limit;
        }

        Fault("limit", $"'{text}' is no limit", $"use 1 to {ApiParameter.LimitMax}");
        return ApiParameter.LimitDefault;
    }

    private long? Instant(string name)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (DocumentText.ParseInstant(text) is { } instant)
        {
            return instant.ToUnixTimeMilliseconds();
        }

        Fault(
            name, $"'{text}' is no instant with an offset",
            "use ISO 8601, such as 2026-11-24T10:00:00Z or 2026-11-24T12:00:00%2B02:00");
        return null;
    }

    private string? Text(string name) =>
        _query.TryGetValue(name, out var values) && values.Count == 1 ? values[0] : null;

    private void Fault(string field, string problem, string remedy) =>
        _faults.Add(new ApiFault(field, problem, remedy));
}
