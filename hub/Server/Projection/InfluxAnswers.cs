using System.Globalization;
using System.Text.Json;

namespace Monitoring.Server.Projection;

/// <summary>
/// What InfluxDB means by what it says. A statement that failed is answered with 200 and the
/// error in the body; a write of which a part was stored, with 400.
/// </summary>
public static class InfluxAnswers
{
    private const string Unreadable = "unable to parse '";
    private const string UnreadableEnd = "': ";
    private const string Dropped = "dropped=";
    private const string Expired = "points beyond retention policy";

    /// <summary>Null where there is none. It is in "error" or, with 2.x, in "message".</summary>
    public static string? ErrorIn(string text)
    {
        // A taken write has no body. Else something in between answered, such as a proxy, and the
        // status says how.
        using var json = Parse(text);
        return json?.RootElement is { } root
            ? TextOf(root, "error") ?? TextOf(root, "message")
                ?? Results(root).Select(result => TextOf(result, "error"))
                    .FirstOrDefault(error => error is not null)
            : null;
    }

    /// <summary>
    /// The numbers in the first row of the first series; null where this is no answer to a query.
    /// </summary>
    public static IReadOnlyDictionary<string, double>? FirstRow(string text)
    {
        using var json = Parse(text);
        if (json is null || !Results(json.RootElement).Any())
        {
            return null;
        }

        var row = new Dictionary<string, double>();
        foreach (var series in Results(json.RootElement).Take(1)
            .SelectMany(result => Elements(result, "series")).Take(1))
        {
            var values = Elements(series, "values").Take(1)
                .Where(first => first.ValueKind == JsonValueKind.Array)
                .SelectMany(first => first.EnumerateArray());
            foreach (var (name, value) in Elements(series, "columns").Zip(values))
            {
                if (value.ValueKind == JsonValueKind.Number
                    && name.ValueKind == JsonValueKind.String)
                {
                    row[Text(name)] = value.GetDouble();
                }
            }
        }

        return row;
    }

    /// <summary>Points older than the database keeps: they are not wanted there.</summary>
    public static bool IsOnlyExpiry(string reason) =>
        reason.Contains(Expired, StringComparison.Ordinal);

    /// <summary>How many points were dropped; null where it does not say.</summary>
    public static int? DroppedIn(string reason)
    {
        var at = reason.LastIndexOf(Dropped, StringComparison.Ordinal);
        return at >= 0 && int.TryParse(
            reason.AsSpan(at + Dropped.Length), NumberStyles.None, CultureInfo.InvariantCulture,
            out var count)
            ? count
            : null;
    }

    /// <summary>The lines that could not be read, each with why.</summary>
    public static IReadOnlyDictionary<string, string> UnreadableIn(string reason)
    {
        var lines = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var part in reason.Split(Unreadable).Skip(1))
        {
            var end = part.LastIndexOf(UnreadableEnd, StringComparison.Ordinal);
            if (end >= 0)
            {
                lines[part[..end]] = part[(end + UnreadableEnd.Length)..].Split('\n')[0];
            }
        }

        return lines;
    }

    private static JsonElement.ArrayEnumerator Results(JsonElement root) =>
        Elements(root, "results");

    private static JsonElement.ArrayEnumerator Elements(JsonElement node, string name) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty(name, out var list)
            && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray()
            : default;

    private static string? TextOf(JsonElement node, string name) =>
        node.ValueKind == JsonValueKind.Object && node.TryGetProperty(name, out var text)
            && text.ValueKind == JsonValueKind.String
            ? Text(text)
            : null;

    /// <summary>Null where it is no JSON, or cut off.</summary>
    private static JsonDocument? Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // A text with half of a surrogate pair is JSON, and no string.
    private static string Text(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return text.GetRawText();
        }
    }
}
