using System.Collections.Concurrent;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Transparency;

/// <summary>
/// Hashes over many leaves that proofs have needed before. A log only grows, so they hold for
/// ever; and most of the hashing of a proof is above its lowest tile, where proofs share it.
/// </summary>
public sealed class Subtrees
{
    // Some megabytes; beyond it all are forgotten, which costs time only.
    private const int KeptMax = 1 << 16;

    private readonly ConcurrentDictionary<(long Start, long End), TreeHash> _kept = new();

    /// <summary>What reads the tree, with what is kept taken from here.</summary>
    public MerkleProof.RangeHash Over(TileTree tree) => (start, end) =>
    {
        if (end - start <= TilePath.WidthMax)
        {
            return tree.Full(start, end);
        }

        if (!_kept.TryGetValue((start, end), out var hash))
        {
            if (_kept.Count >= KeptMax)
            {
                _kept.Clear();
            }

            _kept[(start, end)] = hash = tree.Full(start, end);
        }

        return hash;
    };
}
