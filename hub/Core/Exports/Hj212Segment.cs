using System.Collections.Immutable;
using System.Globalization;

namespace Monitoring.Core.Exports;

/// <summary>Reads the segment of a packet: named fields, and the content between two &amp;&amp;.
/// </summary>
internal static class Hj212Segment
{
    private const string Opening = "CP=&&";
    private const string Closing = "&&";
    private const int SplitBit = 2;
    private const int AnswerBit = 1;

    public static Hj212Packet? Parse(string segment, out string fault)
    {
        var start = segment.IndexOf(Opening, StringComparison.Ordinal);
        if (start < 0
            || segment.Length < start + Opening.Length + Closing.Length
            || !segment.EndsWith(Closing, StringComparison.Ordinal))
        {
            fault = "the segment has no content CP=&&...&&";
            return null;
        }

        var head = Fields(segment[..start].TrimEnd(';').Split(';'));
        if (head.IsDefault || Items(segment[(start + Opening.Length)..^Closing.Length])
            is not { IsDefault: false } content)
        {
            fault = "a field has no = in it";
            return null;
        }

        var fields = new Hj212Item(head);
        var part = PartOf(fields, out fault);
        return fault.Length > 0
            ? null
            : new Hj212Packet(
                fields.Find("QN") ?? "", fields.Find("ST") ?? "", fields.Find("CN") ?? "",
                fields.Find("PW") ?? "", fields.Find("MN") ?? "",
                ((Whole(fields, "Flag") ?? 0) & AnswerBit) != 0, part, content);
    }

    private static (int Count, int Number)? PartOf(Hj212Item fields, out string fault)
    {
        fault = "";
        if (((Whole(fields, "Flag") ?? 0) & SplitBit) == 0)
        {
            return null;
        }

        if (Whole(fields, "PNUM") is { } count && Whole(fields, "PNO") is { } number
            && number >= 1 && number <= count)
        {
            return (count, number);
        }

        fault = "Flag says that this is a part, and PNUM and PNO do not say which";
        return null;
    }

    private static int? Whole(Hj212Item fields, string name) =>
        int.TryParse(
            fields.Find(name), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static ImmutableArray<Hj212Item> Items(string content)
    {
        var items = ImmutableArray.CreateBuilder<Hj212Item>();
        foreach (var text in content.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            var fields = Fields(text.Split(','));
            if (fields.IsDefault)
            {
                return default;
            }

            items.Add(new Hj212Item(fields));
        }

        return items.ToImmutable();
    }

    /// <summary>Default where one of them has no name or no =.</summary>
    private static ImmutableArray<(string Name, string Value)> Fields(string[] texts)
    {
        var fields = ImmutableArray.CreateBuilder<(string, string)>(texts.Length);
        foreach (var text in texts)
        {
            var at = text.IndexOf('=', StringComparison.Ordinal);
            if (at < 1)
            {
                return default;
            }

            fields.Add((text[..at], text[(at + 1)..]));
        }

        return fields.ToImmutable();
    }
}
