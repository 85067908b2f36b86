using System.Collections.Immutable;
using System.Numerics;

namespace Monitoring.Wire.Transparency;

/// <summary>
/// The right edge of a tree, which is all that appending needs: the roots of its full subtrees,
/// the largest first, one for each bit of the size.
/// </summary>
public sealed record MerkleFrontier
{
    public static readonly MerkleFrontier Empty = new(0, []);

    private MerkleFrontier(long size, ImmutableArray<TreeHash> roots)
    {
        Size = size;
        Roots = roots;
    }

    public long Size { get; }

    public ImmutableArray<TreeHash> Roots { get; }

    public TreeHash Root
    {
        get
        {
            if (Size == 0)
            {
                return TreeHash.Empty;
            }

            var root = Roots[^1];
            for (var i = Roots.Length - 2; i >= 0; i--)
            {
                root = TreeHash.OfNode(Roots[i], root);
            }

            return root;
        }
    }

    public MerkleFrontier Append(TreeHash leaf)
    {
        var hash = leaf;
        var full = BitOperations.TrailingZeroCount(~Size);
        for (var i = 1; i <= full; i++)
        {
            hash = TreeHash.OfNode(Roots[^i], hash);
        }

        return new MerkleFrontier(Size + 1, [.. Roots[..^full], hash]);
    }
}
