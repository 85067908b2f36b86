using System.Collections.Immutable;
using System.Numerics;

namespace Monitoring.Wire.Transparency;

/// <summary>
/// Proofs of RFC 6962, section 2.1: that a leaf is in a tree, and that one tree is the beginning
/// of another. Made out of subtrees whose hashes the caller knows.
/// </summary>
public static class MerkleProof
{
    /// <summary>The hash of the leaves [start, end) as a tree of their own.</summary>
    public delegate TreeHash RangeHash(long start, long end);

    /// <summary>The hash of a range of any size out of those of full, aligned subtrees.</summary>
    /// <param name="full">Gives the hash of 2^n leaves that start at a multiple of 2^n.</param>
    public static TreeHash Range(long start, long end, RangeHash full)
    {
        Invariant.That(start < end);
        if (BitOperations.IsPow2(end - start) && start % (end - start) == 0)
        {
            return full(start, end);
        }

        var split = start + Split(end - start);
        return TreeHash.OfNode(Range(start, split, full), Range(split, end, full));
    }

    /// <summary>What leads from a leaf to the root of the tree of that size.</summary>
    public static ImmutableArray<TreeHash> OfInclusion(long index, long size, RangeHash full)
    {
        Invariant.That(index >= 0 && index < size);
        var proof = ImmutableArray.CreateBuilder<TreeHash>();
        var (start, end) = (0L, size);
        while (end - start > 1)
        {
            var split = start + Split(end - start);
            if (index < split)
            {
                proof.Add(Range(split, end, full));
                end = split;
            }
            else
            {
                proof.Add(Range(start, split, full));
                start = split;
            }
        }

        proof.Reverse();
        return proof.ToImmutable();
    }

    /// <summary>What shows that the tree of one size is the beginning of a larger one.</summary>
    public static ImmutableArray<TreeHash> OfConsistency(long first, long second, RangeHash full)
    {
        Invariant.That(first >= 0 && first <= second);
        if (first == 0 || first == second)
        {
            return [];
        }

        var proof = ImmutableArray.CreateBuilder<TreeHash>();
        var (start, end) = (0L, second);
        while (end != first)
        {
            var split = start + Split(end - start);
            if (first <= split)
            {
                proof.Add(Range(split, end, full));
                end = split;
            }
            else
            {
                proof.Add(Range(start, split, full));
                start = split;
            }
        }

        if (start > 0)
        {
            // What is left of the first tree is no root that the reader knows.
            proof.Add(Range(start, end, full));
        }

        proof.Reverse();
        return proof.ToImmutable();
    }

    /// <summary>The root that a leaf and its proof come to; null where they fit no tree.</summary>
    public static TreeHash? RootOf(
        long index, long size, TreeHash leaf, ImmutableArray<TreeHash> proof)
    {
        if (index < 0 || index >= size)
        {
            return null;
        }

        var (node, last, hash) = (index, size - 1, leaf);
        foreach (var sibling in proof)
        {
            if (last == 0)
            {
                return null;
            }

            if (node % 2 == 1 || node == last)
            {
                hash = TreeHash.OfNode(sibling, hash);
                while (node % 2 == 0 && node != 0)
                {
                    (node, last) = (node / 2, last / 2);
                }
            }
            else
            {
                hash = TreeHash.OfNode(hash, sibling);
            }

            (node, last) = (node / 2, last / 2);
        }

        return last == 0 ? hash : null;
    }

    public static bool IsIncluded(
        long index, long size, TreeHash leaf, ImmutableArray<TreeHash> proof, TreeHash root) =>
        RootOf(index, size, leaf, proof) == root;

    /// <summary>Whether the proof shows that nothing of the first tree was changed.</summary>
    public static bool IsConsistent(
        long first, TreeHash firstRoot, long second, TreeHash secondRoot,
        ImmutableArray<TreeHash> proof)
    {
        if (first < 0 || first > second)
        {
            return false;
        }

        if (first == 0 || first == second)
        {
            return proof.IsEmpty && firstRoot == (first == 0 ? TreeHash.Empty : secondRoot);
        }

        var (node, last) = (first - 1, second - 1);
        while (node % 2 == 1)
        {
            (node, last) = (node / 2, last / 2);
        }

        // A first tree of 2^n leaves is a subtree, and its root begins the proof unsaid.
        var steps = proof.AsSpan();
        if (node != 0 && steps.IsEmpty)
        {
            return false;
        }

        var (old, whole) = node == 0 ? (firstRoot, firstRoot) : (steps[0], steps[0]);
        foreach (var step in node == 0 ? steps : steps[1..])
        {
            if (last == 0)
            {
                return false;
            }

            if (node % 2 == 1 || node == last)
            {
                (old, whole) = (TreeHash.OfNode(step, old), TreeHash.OfNode(step, whole));
                while (node % 2 == 0 && node != 0)
                {
                    (node, last) = (node / 2, last / 2);
                }
            }
            else
            {
                whole = TreeHash.OfNode(whole, step);
            }

            (node, last) = (node / 2, last / 2);
        }

        return last == 0 && old == firstRoot && whole == secondRoot;
    }

    /// <summary>The largest power of two below a size above 1.</summary>
    private static long Split(long size) => 1L << BitOperations.Log2((ulong)(size - 1));
}
