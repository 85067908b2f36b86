using Monitoring.Wire;
using Monitoring.Wire.Transparency;

namespace Monitoring.Core.Transparency;

/// <summary>A tile of hashes and all its bytes.</summary>
public sealed record Tile(int Level, long Number, byte[] Hashes)
{
    public int Width => Hashes.Length / TreeHash.Bytes;
}

/// <summary>What tiles become when leaves are appended to a tree.</summary>
public static class TileGrowth
{
    /// <summary>The tiles that are new or longer than before, each once.</summary>
    /// <param name="size">How many leaves the tree has so far.</param>
    /// <param name="leaves">Those to append.</param>
    /// <param name="edge">Gives the bytes of a tile that is there, as wide as it is.</param>
    public static IReadOnlyList<Tile> Append(
        long size, IReadOnlyList<TreeHash> leaves, Func<TilePath, byte[]> edge)
    {
        var tiles = new List<Tile>();
        var hashes = leaves;
        for (var level = 0; hashes.Count > 0; level++)
        {
            Invariant.That(level <= TilePath.LevelMax);
            var had = size >> (8 * level);
            var bytes = new List<byte>();
            if (TilePath.In(size, level, had / TilePath.WidthMax) is { } last)
            {
                bytes.AddRange(edge(last));
            }

            foreach (var hash in hashes)
            {
                bytes.AddRange(hash.ToArray());
            }

            var first = had / TilePath.WidthMax;
            tiles.AddRange(bytes.Chunk(TilePath.WidthMax * TreeHash.Bytes)
                .Select((part, i) => new Tile(level, first + i, part)));

            // A full tile is one hash of the level above.
            hashes =
            [
                .. tiles.Where(tile => tile.Level == level && tile.Width == TilePath.WidthMax)
                    .Select(tile => TileTree.RootOf(tile.Hashes)),
            ];
        }

        return tiles;
    }
}
