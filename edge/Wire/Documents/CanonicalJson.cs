using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Monitoring.Wire.Documents;

/// <summary>
/// Canonical JSON (RFC 8785): the one form of bytes, of a parsed document or of a leaf of the
/// public log, that is hashed and signed. In a document comments, spaces, the order of keys and
/// <c>50.00</c> for <c>50</c> change nothing.
/// </summary>
/// <remarks>
/// A plain scalar is a number, true, false or null where JSON has it so; everything else is text,
/// also a number of more digits than a double keeps apart.
/// </remarks>
public static class CanonicalJson
{
    /// <summary>The largest integer up to which a double holds every one.</summary>
    public const long IntegerMax = (1L << 53) - 1;

    private const int DigitsKept = 15;

    // The quote, the backslash and all below the space.
    private static readonly SearchValues<char> Escaped = SearchValues.Create(
        [.. Enumerable.Range(0, ' ').Select(code => (char)code), '"', '\\']);

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

    /// <summary>An integer: a number, or a text where a number is not sure to hold it.</summary>
    public static JsonNode Integer(long value) =>
        value is >= -IntegerMax and <= IntegerMax
            ? JsonValue.Create(value)
            : JsonValue.Create(value.ToString(CultureInfo.InvariantCulture));

    /// <exception cref="ArgumentException">
    /// It holds an integer beyond <see cref="IntegerMax"/>, or half of a surrogate pair.
    /// </exception>
    public static byte[] Of(JsonNode? node)
    {
        var text = new StringBuilder();
        Write(text, node);
        return new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text.ToString());
    }

    internal static byte[] Of(YamlNode node) => Of(Json(node));

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

    private static void Write(StringBuilder text, JsonNode? node)
    {
        switch (node)
        {
            case null:
                text.Append("null");
                break;
            case JsonObject members:
                text.Append('{');
                var start = text.Length;
                foreach (var (key, value) in InOrder(members))
                {
                    text.Append(text.Length > start ? "," : "");
                    Quote(text, key);
                    text.Append(':');
                    Write(text, value);
                }

                text.Append('}');
                break;
            case JsonArray items:
                text.Append('[');
                for (var i = 0; i < items.Count; i++)
                {
                    text.Append(i > 0 ? "," : "");
                    Write(text, items[i]);
                }

                text.Append(']');
                break;
            case JsonValue value when value.TryGetValue<string>(out var words):
                Quote(text, words);
                break;
            case JsonValue value when value.TryGetValue<long>(out var integer)
                && integer is >= -IntegerMax and <= IntegerMax:
                text.Append(CultureInfo.InvariantCulture, $"{integer}");
                break;
            case var _ when node.GetValueKind() == JsonValueKind.Number:
                text.Append(Number(Exact(node.ToJsonString())));
                break;
            default:
                text.Append(node.ToJsonString());
                break;
        }
    }

    private static KeyValuePair<string, JsonNode?>[] InOrder(JsonObject members)
    {
        var ordered = members.ToArray();
        Array.Sort(ordered, (a, b) => string.CompareOrdinal(a.Key, b.Key));
        return ordered;
    }

    /// <summary>An integer that a double would not hold would silently be another one.</summary>
    private static double Exact(string written)
    {
        var value = double.Parse(written, CultureInfo.InvariantCulture);
        if (written.AsSpan().IndexOfAny(".eE") < 0 && Math.Abs(value) > IntegerMax)
        {
            throw new ArgumentOutOfRangeException(
                nameof(written), $"{written} is more than a number of JSON is sure to hold.");
        }

        return value;
    }

    private static JsonObject Json(YamlMappingNode map)
    {
        var json = new JsonObject();
        foreach (var (key, value) in map.Children)
        {
            json[KeyOf(key)] = Json(value);
        }

        return json;
    }

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode map => Json(map),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
        _ => JsonOf((YamlScalarNode)node),
    };

    private static string KeyOf(YamlNode key) => (key as YamlScalarNode)?.Value ?? key.ToString();

    private static JsonValue? JsonOf(YamlScalarNode scalar)
    {
        var value = scalar.Value ?? "";
        var isPlain = scalar.Style == ScalarStyle.Plain && scalar.Tag.IsEmpty;
        return !isPlain ? JsonValue.Create(value)
            : value is "" or "~" or "null" ? null
            : value is "true" or "false" ? JsonValue.Create(value == "true")
            : IsNumber(value) ? JsonValue.Create(double.Parse(value, CultureInfo.InvariantCulture))
            : JsonValue.Create(value);
    }

    private static bool IsNumber(string value) =>
        value.Count(char.IsAsciiDigit) <= DigitsKept
        && decimal.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out _);

    private static void Quote(StringBuilder text, string value)
    {
        text.Append('"');
        var rest = value.AsSpan();
        for (var plain = rest.IndexOfAny(Escaped); plain >= 0; plain = rest.IndexOfAny(Escaped))
        {
            text.Append(rest[..plain]);
            _ = rest[plain] switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append(@"\\"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                var c => text.Append("\\u").Append(((int)c).ToString("x4", null)),
            };
            rest = rest[(plain + 1)..];
        }

        text.Append(rest).Append('"');
    }
}
