using Monitoring.Core;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Console;

/// <summary>A trace as nested lists that a resident can follow with a pocket calculator.</summary>
internal static class TracePage
{
    private const int ReadingsOpenMax = 3;

    public static Html Render(Trace trace, string id, TimeZoneInfo zone) => PageFrame.Page(
        $"How it came about: {trace.Title}", 0, Html.Of($"""
            <header><p class="soft"><a href="/">Status</a></p>
            <h1>How this number came about</h1>
            <p class="soft">Each line is computed from the lines below it, down to the readings
            of the instruments. The numbers are as they were used, so you can compute them
            again. Times are those of {zone.Id}.</p></header>
            <main><section class="tree"><ul>{Node(trace, zone)}</ul></section>
            <p class="soft">The same <a href="/api/v1/trace/{id}?format=text">as plain text</a> or
            <a href="/api/v1/trace/{id}">as JSON</a>. Id: <code>{id}</code></p></main>
            """));

    public static Html Missing(string id) => PageFrame.Page("No trace", 0, Html.Of($"""
        <header><p class="soft"><a href="/">Status</a></p><h1>No trace</h1></header>
        <main><section><p>Nothing here has the id <code>{id}</code>. Ids of masses, charges and
        settlements have one; follow a link from the status page.</p></section></main>
        """));

    private static Html Node(Trace trace, TimeZoneInfo zone)
    {
        var result = trace.Result is { } value
            ? Html.Of($" = <b>{Show(value)}</b>")
            : Html.Empty;
        return Html.Of($"""
            <li><div class="title">{trace.Title}{result}</div>{Span(trace, zone)}
            {Line("by", trace.Rule)}{Line("note", trace.Note)}{Constants(trace)}
            {Parts(trace, zone)}{Readings(trace, zone)}</li>
            """);
    }

    private static Html Span(Trace trace, TimeZoneInfo zone) => trace.Span is { } span
        ? Html.Of($"""
            <div class="by">{LocalTime.Iso(span.StartMs, zone)} to
            {LocalTime.Iso(span.EndMs, zone)}</div>
            """)
        : Html.Empty;

    private static Html Line(string name, string text) => text.Length > 0
        ? Html.Of($"<div class=\"by\">{name}: {text}</div>")
        : Html.Empty;

    private static IEnumerable<Html> Constants(Trace trace) => trace.Constants.Select(it =>
        Html.Of($"<div class=\"by\">with: {it.Name} = {Show(it.Value)} ({it.Source})</div>"));

    private static Html Parts(Trace trace, TimeZoneInfo zone) => trace.Parts.IsEmpty
        ? Html.Empty
        : Html.Of($"<ul>{trace.Parts.Select(part => Node(part, zone))}</ul>");

    private static Html Readings(Trace trace, TimeZoneInfo zone)
    {
        if (trace.Readings.IsEmpty)
        {
            return Html.Empty;
        }

        var rows = trace.Readings.Select(reading => Html.Of($"""
            <tr><td>{LocalTime.Iso(reading.TimeMs, zone)}</td>
            <td>{reading.Device}/{reading.Point}</td><td class="n">{Show(reading.Value)}</td>
            <td>{reading.Status}</td><td><code>{reading.Record}</code></td></tr>
            """));
        var open = Html.OwnText(trace.Readings.Length <= ReadingsOpenMax ? " open" : "");
        return Html.Of($"""
            <details{open}><summary>{trace.Readings.Length} readings</summary><div class="wide">
            <table><tr><th>time</th><th>point</th><th class="n">value</th><th>status</th>
            <th>record (plant/gateway/journal/offset)</th></tr>{rows}</table></div></details>
            """);
    }

    private static string Show(TraceValue value) =>
        value.Unit.Length > 0 ? $"{value.Value} {value.Unit}" : value.Value;
}
