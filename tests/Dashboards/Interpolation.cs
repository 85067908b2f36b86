using System.Globalization;
using System.Text.RegularExpressions;

namespace Monitoring.Tests.Dashboards;

/// <summary>What Grafana puts into a query in place of its variables.</summary>
public static partial class Interpolation
{
    private const int PointsPerPanelMax = 1000;

    /// <summary>The lower bound of the interval; the data source is provisioned with it.</summary>
    private static readonly TimeSpan IntervalMin = TimeSpan.FromSeconds(10);

    public static string Apply(
        string query,
        IReadOnlyDictionary<string, IReadOnlyList<string>> selection,
        DateTimeOffset to,
        TimeSpan range)
    {
        var (fromMs, toMs) = ((to - range).ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds());
        var interval = range / PointsPerPanelMax;
        var seconds = (long)Math.Max(IntervalMin.TotalSeconds, Math.Ceiling(interval.TotalSeconds));
        var filled = query
            .Replace("$timeFilter", $"time >= {fromMs}ms and time <= {toMs}ms")
            .Replace("$__interval_ms", (seconds * 1000).ToString(CultureInfo.InvariantCulture))
            .Replace("$__interval", $"{seconds}s");
        return Variable().Replace(filled, match =>
            selection.TryGetValue(match.Groups[1].Value, out var values)
                ? AsRegex(values)
                : match.Value);
    }

    /// <summary>What looks like a variable and was not replaced.</summary>
    public static string? Unresolved(string query) =>
        Leftover().Match(query) is { Success: true } match ? match.Value : null;

    private static string AsRegex(IReadOnlyList<string> values)
    {
        var escaped = values.Select(value => Special().Replace(value, @"\$0")).ToList();
        return escaped.Count == 1 ? escaped[0] : $"({string.Join('|', escaped)})";
    }

    [GeneratedRegex(@"\$\{(\w+):regex\}")]
    private static partial Regex Variable();

    /// <summary>A dollar at the end of a regular expression is none.</summary>
    [GeneratedRegex(@"\$(\w+|\{[^}]*\}?)|\[\[\w+")]
    private static partial Regex Leftover();

    [GeneratedRegex(@"[\\^$.*+?()\[\]{}|/]")]
    private static partial Regex Special();
}
