using System.Globalization;
using System.Security.Cryptography;

namespace Monitoring.Verifier;

/// <summary>
/// The tree of RFC 6962, section 2.1, as plainly as it is defined, and where its tiles lie.
/// </summary>
internal static class Tree
{
    public const int TileWidth = 256;
    public const int HashBytes = 32;

    public static byte[] OfLeaf(byte[] entry) => SHA256.HashData([0, .. entry]);

    /// <summary>The root over a list of hashes, be they of leaves or of full tiles.</summary>
    public static byte[] Root(IReadOnlyList<byte[]> hashes)
    {
        if (hashes.Count == 0)
        {
            return SHA256.HashData([]);
        }

        // Level by level; a last one without a partner goes up as it is, which is the same tree
        // as halving at powers of two from above.
        var level = hashes;
        while (level.Count > 1)
        {
            var above = new List<byte[]>((level.Count + 1) / 2);
            for (var i = 0; i + 1 < level.Count; i += 2)
            {
                above.Add(SHA256.HashData([1, .. level[i], .. level[i + 1]]));
            }

            if (level.Count % 2 == 1)
            {
                above.Add(level[^1]);
            }

            level = above;
        }

        return level[0];
    }

    /// <summary>Such as <c>tile/0/x001/234.p/5</c>.</summary>
    public static string Path(string level, long number, int width)
    {
        var digits = number.ToString("000", CultureInfo.InvariantCulture);
        while (digits.Length % 3 != 0)
        {
            digits = "0" + digits;
        }

        var parts = digits.Chunk(3).Select(part => new string(part)).ToArray();
        for (var i = 0; i < parts.Length - 1; i++)
        {
            parts[i] = "x" + parts[i];
        }

        var partial = width < TileWidth
            ? string.Create(CultureInfo.InvariantCulture, $".p/{width}")
            : "";
        return $"tile/{level}/{string.Join('/', parts)}{partial}";
    }
}
