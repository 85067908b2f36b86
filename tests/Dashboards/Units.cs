namespace Monitoring.Tests.Dashboards;

/// <summary>
/// The Grafana unit ids that our dashboards use, each taken from valueFormats/categories.ts of
/// @grafana/data 13. Grafana prints an unknown id behind the number as if it were a unit.
/// </summary>
public static class Units
{
    private static readonly HashSet<string> Ids =
    [
        "none", "locale", "percent", "percentunit", "conmgNm3", "masst", "dateTimeFromNow",
    ];

    private static readonly string[] Forms =
        ["suffix:", "prefix:", "time:", "si:", "count:", "currency:", "bool:"];

    public static bool IsKnown(string unit) =>
        Ids.Contains(unit) || Forms.Any(form => unit.StartsWith(form, StringComparison.Ordinal));
}
