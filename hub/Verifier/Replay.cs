using System.Buffers.Binary;
using System.Globalization;

namespace Monitoring.Verifier;

/// <summary>
/// Reads every entry and every tile of a log, works the tree out again, and names the bytes that
/// are not what was signed.
/// </summary>
/// <param name="tell">Called with each entry, in order.</param>
internal sealed class Replay(LogFiles files, Findings findings, Action<long, byte[]> tell)
{
    private const int LengthBytes = 2;

    private readonly List<byte[]> _ofEntries = [];
    private readonly List<byte[]> _ofTiles = [];
    private readonly List<Difference> _differences = [];

    /// <summary>The hashes of all leaves, those of the checkpoint where it can be said.</summary>
    public IReadOnlyList<byte[]> Run(Head head)
    {
        for (var start = 0L; start < head.Size; start += Tree.TileWidth)
        {
            var width = (int)Math.Min(head.Size - start, Tree.TileWidth);
            if (!Take(start, width))
            {
                findings.Add(
                    "the log", $"ends at leaf {start}; the checkpoint tells of {head.Size}");
                return _ofEntries;
            }
        }

        var byEntries = Tree.Root(_ofEntries).AsSpan().SequenceEqual(head.Root);
        var byTiles = Tree.Root(_ofTiles).AsSpan().SequenceEqual(head.Root);
        foreach (var difference in _differences)
        {
            if (!byEntries)
            {
                findings.Add(
                    difference.Entry,
                    byTiles ? "is not the leaf that was signed" : "is not what its tile says");
            }

            if (!byTiles)
            {
                findings.Add(
                    difference.Hash,
                    byEntries ? "is not the hash of its leaf, which is the one that was signed"
                        : "is not the hash of its leaf");
            }
        }

        if (!byEntries && _differences.Count == 0)
        {
            findings.Add(
                "checkpoint", $"the root that it signs is not that of its {head.Size} leaves");
        }

        var leaves = byEntries || !byTiles ? _ofEntries : _ofTiles;
        CompareUpperTiles(leaves);
        return leaves;
    }

    /// <summary>False where nothing of them is there.</summary>
    private bool Take(long start, int width)
    {
        var number = start / Tree.TileWidth;
        var (bundlePath, bundle) = ReadTile("entries", number, width);
        var (tilePath, tile) = ReadTile("0", number, width);
        if (bundle is null && tile is null)
        {
            return false;
        }

        if (tile is not null && tile.Length < width * Tree.HashBytes)
        {
            findings.Add(tilePath, $"has {tile.Length} bytes, not {width * Tree.HashBytes}");
            tile = null;
        }

        var at = 0;
        for (var i = 0; i < width; i++)
        {
            var given = tile?.AsSpan(i * Tree.HashBytes, Tree.HashBytes).ToArray();
            var entry = bundle is null ? null : EntryAt(bundle, at);
            var from = at;
            at += LengthBytes + (entry?.Length ?? 0);
            var hash = entry is null ? null : Tree.OfLeaf(entry);
            if (entry is null || (given is not null && !hash.AsSpan().SequenceEqual(given)))
            {
                _differences.Add(new Difference(
                    $"leaf {start + i} (bytes {from} to {at - 1} of {bundlePath})",
                    Bytes(i, tilePath)));
            }

            _ofEntries.Add(hash ?? new byte[Tree.HashBytes]);
            _ofTiles.Add(given ?? hash ?? new byte[Tree.HashBytes]);
            if (entry is not null)
            {
                tell(start + i, entry);
            }
        }

        if (bundle is not null && at != bundle.Length
            && bundlePath == Tree.Path("entries", number, width))
        {
            findings.Add(bundlePath, $"has {bundle.Length} bytes; its entries end at byte {at}");
        }

        if (tile is not null && tile.Length != width * Tree.HashBytes
            && tilePath == Tree.Path("0", number, width))
        {
            findings.Add(tilePath, $"has {tile.Length} bytes, not {width * Tree.HashBytes}");
        }

        return true;
    }

    private void CompareUpperTiles(IReadOnlyList<byte[]> leaves)
    {
        var below = leaves;
        for (var level = 1; below.Count >= Tree.TileWidth; level++)
        {
            var hashes = below.Chunk(Tree.TileWidth)
                .Where(tile => tile.Length == Tree.TileWidth).Select(Tree.Root).ToList();
            foreach (var (number, wanted) in hashes.Chunk(Tree.TileWidth).Index())
            {
                var (path, tile) = ReadTile(
                    level.ToString(CultureInfo.InvariantCulture), number, wanted.Length);
                var bytes = wanted.Length * Tree.HashBytes;
                if (tile is not null && (tile.Length < bytes
                    || (tile.Length > bytes && path.EndsWith(
                        string.Create(CultureInfo.InvariantCulture, $".p/{wanted.Length}"),
                        StringComparison.Ordinal))))
                {
                    findings.Add(path, $"has {tile.Length} bytes, not {bytes}");
                    continue;
                }

                for (var i = 0; tile is not null && i < wanted.Length; i++)
                {
                    if (!tile.AsSpan(i * Tree.HashBytes, Tree.HashBytes).SequenceEqual(wanted[i]))
                    {
                        findings.Add(Bytes(i, path), "is not the hash of the tile below it");
                    }
                }
            }

            below = hashes;
        }
    }

    // A log may drop a tile of the edge once the whole one is there.
    private (string Path, byte[]? Bytes) ReadTile(string level, long number, int width)
    {
        var path = Tree.Path(level, number, width);
        var whole = Tree.Path(level, number, Tree.TileWidth);
        if (files.Read(path) is { } bytes)
        {
            return (path, bytes);
        }

        if (path != whole && files.Read(whole) is { } all)
        {
            return (whole, all);
        }

        findings.Add(path, "is missing");
        return (path, null);
    }

    /// <summary>Null where the bytes end before the entry does.</summary>
    private static byte[]? EntryAt(byte[] bundle, int at)
    {
        if (at + LengthBytes > bundle.Length)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadUInt16BigEndian(bundle.AsSpan(at));
        return at + LengthBytes + length > bundle.Length
            ? null
            : bundle.AsSpan(at + LengthBytes, length).ToArray();
    }

    private static string Bytes(int hash, string path) => string.Create(
        CultureInfo.InvariantCulture,
        $"bytes {hash * Tree.HashBytes} to {((hash + 1) * Tree.HashBytes) - 1} of {path}");

    /// <summary>Where an entry and its hash lie that do not fit each other.</summary>
    private sealed record Difference(string Entry, string Hash);
}
