using System.Globalization;
using System.Text;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Monitoring.Wire.Documents;

/// <summary>
/// A parsed document as canonical JSON (RFC 8785): the one form of bytes that is hashed and
/// signed. Comments, spaces, the order of keys and <c>50.00</c> for <c>50</c> change nothing.
/// </summary>
/// <remarks>
/// A plain scalar is a number, true, false or null where JSON has it so; everything else is text,
/// also a number of more digits than a double keeps apart.
/// </remarks>
public static class CanonicalJson
{
    private const int DigitsKept = 15;

    /// <summary>The number as RFC 8785 writes it, which is as ECMAScript does.</summary>
    public static string Number(double value)
    {
        if (!double.IsFinite(value))
        {
            throw new ArgumentOutOfRangeException(nameof(value), "JSON has no such number.");
        }

        if (value == 0)
        {
            return "0";
        }

        // "R" gives the shortest digits that read back as the same number, in one of two forms.
        var parts = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var whole = parts[0].Split('.')[0];
        var digits = parts[0].Replace(".", "", StringComparison.Ordinal);
        var point = whole.Length - (digits.Length - digits.TrimStart('0').Length)
            + (parts.Length > 1 ? int.Parse(parts[1], CultureInfo.InvariantCulture) : 0);
        return (value < 0 ? "-" : "") + Placed(digits.Trim('0'), point);
    }

    internal static string Of(YamlNode node)
    {
        var text = new StringBuilder();
        Write(text, node);
        return text.ToString();
    }

    // The digits with their decimal point after so many of them, by the rules of ECMA-262.
    private static string Placed(string digits, int point)
    {
        const int PointMax = 21;
        const int PointMin = -6;
        if (point is > PointMax or <= PointMin)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{digits[0]}{fraction}e{(point > 0 ? "+" : "")}{point - 1}");
        }

        return point >= digits.Length ? digits.PadRight(point, '0')
            : point > 0 ? $"{digits[..point]}.{digits[point..]}"
            : $"0.{new string('0', -point)}{digits}";
    }

    private static void Write(StringBuilder text, YamlNode node)
    {
        switch (node)
        {
            case YamlMappingNode map:
                text.Append('{');
                var members = map.Children
                    .Select(pair => (Key: KeyOf(pair.Key), pair.Value))
                    .OrderBy(pair => pair.Key, StringComparer.Ordinal);
                foreach (var (i, (key, value)) in members.Index())
                {
                    text.Append(i > 0 ? "," : "");
                    Quote(text, key);
                    text.Append(':');
                    Write(text, value);
                }

                text.Append('}');
                break;
            case YamlSequenceNode list:
                text.Append('[');
                foreach (var (i, item) in list.Children.Index())
                {
                    text.Append(i > 0 ? "," : "");
                    Write(text, item);
                }

                text.Append(']');
                break;
            default:
                WriteScalar(text, (YamlScalarNode)node);
                break;
        }
    }

    private static string KeyOf(YamlNode key) => (key as YamlScalarNode)?.Value ?? key.ToString();

    private static void WriteScalar(StringBuilder text, YamlScalarNode scalar)
    {
        var value = scalar.Value ?? "";
        if (scalar.Style != ScalarStyle.Plain || !scalar.Tag.IsEmpty)
        {
            Quote(text, value);
        }
        else if (value is "" or "~" or "null")
        {
            text.Append("null");
        }
        else if (value is "true" or "false")
        {
            text.Append(value);
        }
        else if (IsNumber(value))
        {
            text.Append(Number(double.Parse(value, CultureInfo.InvariantCulture)));
        }
        else
        {
            Quote(text, value);
        }
    }

    private static bool IsNumber(string value) =>
        value.Count(char.IsAsciiDigit) <= DigitsKept
        && decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append(@"\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                < ' ' => text.Append("\\u").Append(((int)c).ToString("x4", null)),
                _ => text.Append(c),
            };
        }

        text.Append('"');
    }
}
