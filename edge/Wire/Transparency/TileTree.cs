using System.Numerics;

namespace Monitoring.Wire.Transparency;

/// <summary>
/// A tree that is known by its tiles. A tile is asked for once; for one proof these are two or
/// so a level.
/// </summary>
/// <param name="size">No leaf from there on is known.</param>
/// <param name="read">The bytes of a tile of hashes, as wide as its path says.</param>
public sealed class TileTree(long size, Func<TilePath, byte[]> read)
{
    private readonly Dictionary<(int Level, long Number), byte[]> _tiles = [];

    public long Size => size;

    public TreeHash Root => size == 0 ? TreeHash.Empty : MerkleProof.Range(0, size, Full);

    /// <summary>The hash of a full, aligned subtree.</summary>
    public TreeHash Full(long start, long end)
    {
        Invariant.That(end <= size);
        var height = BitOperations.Log2((ulong)(end - start));
        var level = height / 8;
        var first = start >> (8 * level);
        var count = 1 << (height % 8);
        var tile = Tile(level, first / TilePath.WidthMax);
        return Fold(tile, (int)(first % TilePath.WidthMax), count);
    }

    /// <summary>The one hash above a full tile.</summary>
    public static TreeHash RootOf(byte[] tile)
    {
        Invariant.That(tile.Length == TilePath.WidthMax * TreeHash.Bytes);
        return Fold(tile, 0, TilePath.WidthMax);
    }

    private static TreeHash Fold(byte[] tile, int first, int count) => count == 1
        ? TreeHash.Read(tile.AsSpan(first * TreeHash.Bytes))
        : TreeHash.OfNode(
            Fold(tile, first, count / 2), Fold(tile, first + (count / 2), count / 2));

    private byte[] Tile(int level, long number)
    {
        if (!_tiles.TryGetValue((level, number), out var tile))
        {
            var path = TilePath.In(size, level, number)!;
            tile = read(path);
            Invariant.That(tile.Length == path.Width * TreeHash.Bytes);
            _tiles.Add((level, number), tile);
        }

        return tile;
    }
}
