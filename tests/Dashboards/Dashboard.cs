using System.Text.Json;

namespace Monitoring.Tests.Dashboards;

/// <summary>One query of a panel. <see cref="Alias"/> null: the default name.</summary>
public sealed record Target(
    string RefId, string Query, string? Alias, bool IsRaw, bool IsTable, string SourceUid);

/// <summary>A field override: how fields are matched, and which properties they get.</summary>
public sealed record Override(string Matcher, string Argument, IReadOnlyList<string> Units);

/// <summary>The one transformation that is understood: renaming and leaving out columns.</summary>
public sealed record Organize(IReadOnlyDictionary<string, string> Names, IReadOnlySet<string> Out);

/// <summary>A panel as far as queries, fields and words go.</summary>
/// <param name="Range">Its own range of time; null: that of the dashboard.</param>
public sealed record Panel(
    string Title, string Description, string SourceUid, string? Repeat, string? Unit,
    TimeSpan? Range, IReadOnlyList<Target> Targets, IReadOnlyList<Override> Overrides,
    Organize? Organize, IReadOnlyList<string> UnknownTransformations);

/// <summary>A variable that is filled by a query.</summary>
public sealed record Variable(
    string Name, string Type, string Query, bool HasAll, IReadOnlyList<string> Current,
    string SourceUid);

/// <summary>A classic Grafana dashboard, as far as it can be checked without Grafana.</summary>
public sealed record Dashboard(
    string Title, string Description, int SchemaVersion, bool IsEditable, TimeSpan Range,
    IReadOnlyList<Variable> Variables, IReadOnlyList<Panel> Panels,
    IReadOnlyList<(string Name, Target Target)> Annotations)
{
    public static Dashboard Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        var root = document.RootElement;
        return new Dashboard(
            Text(root, "title"),
            Text(root, "description"),
            root.GetProperty("schemaVersion").GetInt32(),
            root.GetProperty("editable").GetBoolean(),
            RangeOf(Text(root.GetProperty("time"), "from")),
            Items(root.GetProperty("templating"), "list").Select(VariableOf).ToList(),
            Items(root, "panels").Select(PanelOf).ToList(),
            Items(root.GetProperty("annotations"), "list").Select(one =>
                (Text(one, "name"), TargetOf(one.GetProperty("target"), UidOf(one)))).ToList());
    }

    private static Panel PanelOf(JsonElement panel)
    {
        var uid = UidOf(panel);
        var fields = panel.GetProperty("fieldConfig");
        var transformations = Items(panel, "transformations").ToList();
        return new Panel(
            Text(panel, "title"),
            Text(panel, "description"),
            uid,
            OptionalText(panel, "repeat"),
            OptionalText(fields.GetProperty("defaults"), "unit"),
            OptionalText(panel, "timeFrom") is { } from ? RangeOf($"now-{from}") : null,
            Items(panel, "targets").Select(one => TargetOf(one, UidOf(one))).ToList(),
            Items(fields, "overrides").Select(OverrideOf).ToList(),
            transformations.Where(one => Text(one, "id") == "organize")
                .Select(OrganizeOf).FirstOrDefault(),
            transformations.Select(one => Text(one, "id")).Where(id => id != "organize").ToList());
    }

    private static Variable VariableOf(JsonElement variable) => new(
        Text(variable, "name"),
        Text(variable, "type"),
        Text(variable, "query"),
        variable.GetProperty("includeAll").GetBoolean(),
        CurrentOf(variable.GetProperty("current")),
        UidOf(variable));

    private static List<string> CurrentOf(JsonElement current) =>
        !current.TryGetProperty("value", out var value) ? []
        : value.ValueKind == JsonValueKind.Array
            ? value.EnumerateArray().Select(one => one.GetString() ?? "").ToList()
            : [value.GetString() ?? ""];

    private static Target TargetOf(JsonElement target, string uid) => new(
        Text(target, "refId"),
        Text(target, "query"),
        OptionalText(target, "alias"),
        target.TryGetProperty("rawQuery", out var raw) && raw.GetBoolean(),
        Text(target, "resultFormat") == "table",
        uid);

    private static Override OverrideOf(JsonElement one)
    {
        var matcher = one.GetProperty("matcher");
        var units = Items(one, "properties")
            .Where(property => Text(property, "id") == "unit")
            .Select(property => Text(property, "value"));
        return new Override(Text(matcher, "id"), Text(matcher, "options"), units.ToList());
    }

    private static Organize OrganizeOf(JsonElement transformation)
    {
        var options = transformation.GetProperty("options");
        return new Organize(
            options.GetProperty("renameByName").EnumerateObject()
                .ToDictionary(pair => pair.Name, pair => pair.Value.GetString() ?? ""),
            options.GetProperty("excludeByName").EnumerateObject()
                .Where(pair => pair.Value.GetBoolean()).Select(pair => pair.Name).ToHashSet());
    }

    /// <summary>Such as <c>now-15m</c>.</summary>
    private static TimeSpan RangeOf(string from)
    {
        var count = int.Parse(from.AsSpan(4, from.Length - 5));
        return from[^1] switch
        {
            'm' => TimeSpan.FromMinutes(count),
            'h' => TimeSpan.FromHours(count),
            'd' => TimeSpan.FromDays(count),
            _ => throw new FormatException($"The time range {from} is not understood."),
        };
    }

    private static string UidOf(JsonElement element) =>
        element.TryGetProperty("datasource", out var source) ? Text(source, "uid") : "";

    private static List<JsonElement> Items(JsonElement element, string name) =>
        element.TryGetProperty(name, out var list) ? [.. list.EnumerateArray()] : [];

    private static string Text(JsonElement element, string name) =>
        OptionalText(element, name) ?? "";

    private static string? OptionalText(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
