using System.Globalization;
using System.Text.RegularExpressions;

namespace Monitoring.Wire.Transparency;

/// <summary>
/// Where a tile of a log lies (C2SP tlog-tiles): 256 hashes of one level, or the entries
/// themselves; at the right edge fewer.
/// </summary>
/// <param name="Level">Hashes of 256^level leaves; null for entries.</param>
/// <param name="Width">Below 256 at the right edge only.</param>
public sealed partial record TilePath(int? Level, long Number, int Width)
{
    public const int WidthMax = 256;

    /// <summary>Tiles of as many levels hold any tree.</summary>
    public const int LevelMax = 7;

    /// <summary>Such as <c>tile/0/x001/234</c> or <c>tile/entries/005.p/17</c>.</summary>
    public override string ToString()
    {
        var digits = Number.ToString(CultureInfo.InvariantCulture);
        var padded = digits.PadLeft((digits.Length + 2) / 3 * 3, '0');
        var parts = padded.Chunk(3).Select(part => new string(part)).ToList();
        var number = string.Join('/', parts.Select((part, i) =>
            i < parts.Count - 1 ? "x" + part : part));
        var level = Level?.ToString(CultureInfo.InvariantCulture) ?? "entries";
        return Width == WidthMax
            ? $"tile/{level}/{number}"
            : string.Create(CultureInfo.InvariantCulture, $"tile/{level}/{number}.p/{Width}");
    }

    /// <summary>Null for any text that is not exactly the path of a tile.</summary>
    public static TilePath? Parse(string text)
    {
        var match = Form().Match(text);
        if (!match.Success)
        {
            return null;
        }

        var level = match.Groups["level"].Value;
        var width = match.Groups["width"];
        var digits = match.Groups["number"].Value.Replace("x", "", StringComparison.Ordinal)
            .Replace("/", "", StringComparison.Ordinal);
        var path = new TilePath(
            level == "entries" ? null : int.Parse(level, CultureInfo.InvariantCulture),
            long.Parse(digits, CultureInfo.InvariantCulture),
            width.Success ? int.Parse(width.Value, CultureInfo.InvariantCulture) : WidthMax);

        // One tile has one name: no further zeroes, no level or width beyond the limits.
        return path.Level is null or <= LevelMax && path.Width is >= 1 and <= WidthMax
            && path.ToString() == text
            ? path
            : null;
    }

    /// <summary>How many hashes or entries that tile has in a tree of that size; 0: none.</summary>
    public static int WidthIn(long size, int? level, long number)
    {
        var inLevel = size >> (8 * (level ?? 0));
        return (int)Math.Clamp(inLevel - (number * WidthMax), 0, WidthMax);
    }

    /// <summary>The tile as it is in a tree of that size, or null where it has none.</summary>
    public static TilePath? In(long size, int? level, long number) =>
        WidthIn(size, level, number) is > 0 and var width
            ? new TilePath(level, number, width)
            : null;

    [GeneratedRegex(
        @"^tile/(?<level>entries|[0-9])/(?<number>(x[0-9]{3}/){0,5}[0-9]{3})"
            + @"(\.p/(?<width>[0-9]{1,3}))?$",
        RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
