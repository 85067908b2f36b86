using System.Text.Json;

namespace Monitoring.Tests.Dashboards;

/// <summary>An answer of InfluxDB under the names that Grafana would give its fields.</summary>
public sealed record QueryAnswer(
    string? Error, IReadOnlyList<string> FieldNames, int ValueCount, IReadOnlyList<string> Texts)
{
    public static QueryAnswer Read(JsonElement answer, Target target)
    {
        // An unknown database answers with status 200 and the error inside.
        if (ErrorOf(answer) is { } error)
        {
            return new QueryAnswer(error, [], 0, []);
        }

        var series = answer.GetProperty("results").EnumerateArray()
            .Where(result => result.TryGetProperty("series", out _))
            .SelectMany(result => result.GetProperty("series").EnumerateArray())
            .ToList();
        var names = target.IsTable ? series.SelectMany(TableNames)
            : series.SelectMany(one => SeriesNames(one, target.Alias));
        return new QueryAnswer(
            null, names.Distinct().ToList(), series.Sum(CountValues),
            series.SelectMany(LastColumn).ToList());
    }

    private static string? ErrorOf(JsonElement answer)
    {
        if (answer.TryGetProperty("error", out var error))
        {
            return error.GetString();
        }

        return answer.GetProperty("results").EnumerateArray()
            .Where(result => result.TryGetProperty("error", out _))
            .Select(result => result.GetProperty("error").GetString())
            .FirstOrDefault();
    }

    private static IEnumerable<string> TableNames(JsonElement series) =>
        Tags(series).Select(tag => tag.Name)
            .Concat(Columns(series).Select(column => column == "time" ? "Time" : column));

    private static IEnumerable<string> SeriesNames(JsonElement series, string? alias)
    {
        var measurement = series.GetProperty("name").GetString() ?? "";
        foreach (var column in Columns(series).Where(column => column != "time"))
        {
            if (alias is null)
            {
                var tags = Tags(series).Select(tag => $"{tag.Name}: {tag.Value}");
                yield return $"{measurement}.{column} {{{string.Join(", ", tags)}}}";
                continue;
            }

            var name = alias.Replace("$m", measurement).Replace("$col", column);
            yield return Tags(series)
                .OrderByDescending(tag => tag.Name.Length)
                .Aggregate(name, (text, tag) =>
                    text.Replace($"$tag_{tag.Name}", tag.Value.GetString()));
        }
    }

    private static int CountValues(JsonElement series) =>
        series.GetProperty("values").EnumerateArray()
            .Sum(row => row.EnumerateArray().Skip(1)
                .Count(cell => cell.ValueKind != JsonValueKind.Null));

    private static IEnumerable<string> LastColumn(JsonElement series) =>
        series.GetProperty("values").EnumerateArray()
            .Select(row => row[row.GetArrayLength() - 1].ToString());

    private static IEnumerable<string> Columns(JsonElement series) =>
        series.GetProperty("columns").EnumerateArray().Select(column => column.GetString() ?? "");

    private static List<JsonProperty> Tags(JsonElement series) =>
        series.TryGetProperty("tags", out var tags) ? [.. tags.EnumerateObject()] : [];
}
