using System.Globalization;
using System.Text;

namespace Monitoring.Core;

/// <summary>Writes a trace as indented lines for a person, in the times of a time zone.</summary>
public static class TraceText
{
    private const string InstantFormat = "yyyy-MM-dd HH:mm:ss.fffzzz";

    public static string Render(Trace trace, TimeZoneInfo zone)
    {
        var text = new StringBuilder();
        Write(text, trace, zone, 0);
        return text.ToString();
    }

    public static string Local(long timeMs, TimeZoneInfo zone) =>
        TimeZoneInfo.ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(timeMs), zone)
            .ToString(InstantFormat, CultureInfo.InvariantCulture);

    private static void Write(StringBuilder text, Trace trace, TimeZoneInfo zone, int depth)
    {
        var result = trace.Result is { } value ? $" = {Show(value)}" : "";
        Line(text, depth, trace.Title + result);
        if (trace.Span is { } span)
        {
            Line(text, depth + 1, $"{Local(span.StartMs, zone)} to {Local(span.EndMs, zone)}");
        }

        if (trace.Rule.Length > 0)
        {
            Line(text, depth + 1, $"by: {trace.Rule}");
        }

        if (trace.Note.Length > 0)
        {
            Line(text, depth + 1, $"note: {trace.Note}");
        }

        foreach (var constant in trace.Constants)
        {
            Line(
                text, depth + 1,
                $"with: {constant.Name} = {Show(constant.Value)} ({constant.Source})");
        }

        foreach (var part in trace.Parts)
        {
            Write(text, part, zone, depth + 1);
        }

        foreach (var reading in trace.Readings)
        {
            Line(
                text, depth + 1,
                $"{Local(reading.TimeMs, zone)} {reading.Device}/{reading.Point} = "
                + $"{Show(reading.Value)} [{reading.Status}] record {reading.Record}");
        }
    }

    private static string Show(TraceValue value) =>
        value.Unit.Length > 0 ? $"{value.Value} {value.Unit}" : value.Value;

    private static void Line(StringBuilder text, int depth, string line) =>
        text.Append(' ', depth * 2).Append(line).Append('\n');
}
