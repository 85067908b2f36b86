using System.Globalization;

namespace Monitoring.Wire.Documents;

/// <summary>
/// How times and lengths of time are written in documents, settings and messages.
/// </summary>
public static class DocumentText
{
    private static readonly (string Unit, TimeSpan Length)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)),
        ("s", TimeSpan.FromSeconds(1)),
        ("min", TimeSpan.FromMinutes(1)),
        ("h", TimeSpan.FromHours(1)),
        ("d", TimeSpan.FromDays(1)),
    ];

    /// <summary>A number and a unit, such as <c>10 s</c>; null where it is not that.</summary>
    public static TimeSpan? ParseDuration(string text)
    {
        var letters = text.AsSpan().TrimStart("0123456789. ").Trim();
        var number = text.AsSpan()[..^letters.Length].Trim();
        if (text.EndsWith(' ')
            || !decimal.TryParse(
                number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out var count))
        {
            return null;
        }

        foreach (var (unit, length) in Units)
        {
            if (letters.SequenceEqual(unit)
                && count < (decimal)TimeSpan.MaxValue.Ticks / length.Ticks)
            {
                return TimeSpan.FromTicks((long)(count * length.Ticks));
            }
        }

        return null;
    }

    /// <summary>The largest unit that leaves a whole number, such as <c>90 s</c>.</summary>
    public static string Format(TimeSpan length)
    {
        foreach (var (unit, one) in Units.Reverse())
        {
            if (length.Ticks % one.Ticks == 0 && length != TimeSpan.Zero)
            {
                return $"{length.Ticks / one.Ticks} {unit}";
            }
        }

        return $"{length.TotalMilliseconds.ToString(CultureInfo.InvariantCulture)} ms";
    }

    /// <summary>
    /// ISO 8601 with an offset or Z; null without one, since it would be ambiguous.
    /// </summary>
    public static DateTimeOffset? ParseInstant(string text)
    {
        var t = text.IndexOf('T', StringComparison.Ordinal);
        var hasOffset = text.EndsWith('Z') || (t > 0 && text.AsSpan(t).IndexOfAny('+', '-') > 0);
        return hasOffset && DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var value)
            ? value
            : null;
    }
}
