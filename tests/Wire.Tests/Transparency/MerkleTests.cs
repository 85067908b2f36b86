using System.Collections.Immutable;
using CsCheck;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Transparency;

/// <summary>
/// Leaves, roots and proofs are those that Certificate Transparency publishes with its reference
/// implementation of RFC 6962.
/// </summary>
public sealed class MerkleTests
{
    private const string Hash2And3 =
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";

    private const string Hash4To7 =
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";

    private const string Leaf1 =
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";

    private const string Leaf4 =
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";

    private const string Hash4And5 =
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

    private const string Hash6And7 =
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";

    private static readonly byte[][] Entries =
    [
        .. new[]
        {
            "", "00", "10", "2021", "3031", "40414243", "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        }.Select(Convert.FromHexString),
    ];

    private static readonly string[] Roots =
    [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    private static readonly Gen<ImmutableArray<TreeHash>> Leaves =
        Gen.Byte.Array[0, 3].Select(entry => TreeHash.OfLeaf(entry)).Array[1, 700]
            .Select(leaves => leaves.ToImmutableArray());

    private static readonly Gen<(ImmutableArray<TreeHash> Leaves, int Size, int Index)> Grown =
        from leaves in Leaves
        from size in Gen.Int[1, leaves.Length]
        from index in Gen.Int[0, size - 1]
        select (leaves, size, index);

    [Fact]
    public void Roots_of_the_first_eight_trees_are_the_published_ones()
    {
        var frontier = MerkleFrontier.Empty;
        var roots = new List<string> { frontier.Root.ToString() };
        foreach (var entry in Entries)
        {
            frontier = frontier.Append(TreeHash.OfLeaf(entry));
            roots.Add(frontier.Root.ToString());
        }

        Assert.Equal(Roots, roots);
    }

    [Theory]
    [InlineData(0, 1, "")]
    [InlineData(0, 8, Leaf1 + " " + Hash2And3 + " " + Hash4To7)]
    [InlineData(5, 8, Leaf4 + " " + Hash6And7 + " 4")]
    [InlineData(2, 3, "2")]
    [InlineData(1, 5, "1 " + Hash2And3 + " " + Leaf4)]
    public void Inclusion_proofs_are_the_published_ones(int index, int size, string proof) =>
        Assert.Equal(Hashes(proof), MerkleProof.OfInclusion(index, size, Full(Known())));

    [Theory]
    [InlineData(1, 1, "")]
    [InlineData(1, 8, Leaf1 + " " + Hash2And3 + " " + Hash4To7)]
    [InlineData(6, 8, Hash4And5 + " " + Hash6And7 + " 4")]
    [InlineData(2, 5, Hash2And3 + " " + Leaf4)]
    public void Consistency_proofs_are_the_published_ones(int first, int second, string proof)
    {
        Assert.Equal(Hashes(proof), MerkleProof.OfConsistency(first, second, Full(Known())));
        Assert.True(MerkleProof.IsConsistent(
            first, Root(first), second, Root(second), [.. Hashes(proof)]));
    }

    [Fact]
    public void A_frontier_grows_to_the_root_of_the_definition() =>
        Leaves.Sample(leaves =>
            leaves.Aggregate(MerkleFrontier.Empty, (tree, leaf) => tree.Append(leaf)).Root
                == Defined(leaves.AsSpan()));

    [Fact]
    public void An_inclusion_proof_leads_to_the_root_and_nothing_else_does() =>
        Grown.Sample((leaves, size, index) =>
        {
            var tree = leaves[..size];
            var proof = MerkleProof.OfInclusion(index, size, Full(tree));
            var root = Defined(tree.AsSpan());
            Assert.True(MerkleProof.IsIncluded(index, size, leaves[index], proof, root));
            Assert.False(MerkleProof.IsIncluded(index, size, Other(leaves[index]), proof, root));
            Assert.False(
                MerkleProof.IsIncluded(index, size, leaves[index], proof.Add(root), root));
            for (var i = 0; i < proof.Length; i++)
            {
                Assert.False(MerkleProof.IsIncluded(
                    index, size, leaves[index], proof.SetItem(i, Other(proof[i])), root));
                Assert.False(MerkleProof.IsIncluded(
                    index, size, leaves[index], proof.RemoveAt(i), root));
            }
        });

    [Fact]
    public void A_consistency_proof_shows_the_smaller_tree_in_the_larger_and_no_other_tree() =>
        Grown.Sample((leaves, size, _) =>
        {
            var (first, second) = (Defined(leaves.AsSpan()[..size]), Defined(leaves.AsSpan()));
            var proof = MerkleProof.OfConsistency(size, leaves.Length, Full(leaves));
            bool Holds(TreeHash one, TreeHash other, ImmutableArray<TreeHash> by) =>
                MerkleProof.IsConsistent(size, one, leaves.Length, other, by);

            Assert.True(Holds(first, second, proof));
            Assert.False(Holds(Other(first), second, proof));
            Assert.False(Holds(first, Other(second), proof));
            Assert.False(Holds(first, second, proof.Add(first)));
            for (var i = 0; i < proof.Length; i++)
            {
                Assert.False(Holds(first, second, proof.SetItem(i, Other(proof[i]))));
                Assert.False(Holds(first, second, proof.RemoveAt(i)));
            }
        });

    [Fact]
    public void A_tree_that_shrank_or_has_no_such_leaf_is_refused()
    {
        var root = Root(8);

        Assert.False(MerkleProof.IsConsistent(8, root, 6, Root(6), []));
        Assert.False(MerkleProof.IsConsistent(0, root, 8, root, []));
        Assert.False(MerkleProof.IsIncluded(8, 8, root, [], root));
        Assert.False(MerkleProof.IsIncluded(-1, 8, root, [], root));
    }

    [Fact]
    public void Proofs_by_tiles_are_the_same()
    {
        var leaves = Enumerable.Range(0, 70_000)
            .Select(i => TreeHash.OfLeaf(BitConverter.GetBytes(i))).ToImmutableArray();
        Gen.Int[1, leaves.Length].SelectMany(size => Gen.Int[0, size - 1], (size, index) =>
            (size, index)).Sample((size, index) =>
        {
            var tiles = new TileTree(size, path => Tile(leaves, size, path));
            Assert.Equal(
                MerkleProof.OfInclusion(index, size, Full(leaves)),
                MerkleProof.OfInclusion(index, size, tiles.Full));
            Assert.Equal(
                MerkleProof.OfConsistency(index, size, Full(leaves)),
                MerkleProof.OfConsistency(index, size, tiles.Full));
        }, iter: 4);
    }

    private static byte[] Tile(ImmutableArray<TreeHash> leaves, int size, TilePath path)
    {
        Assert.Equal(TilePath.WidthIn(size, path.Level, path.Number), path.Width);
        var span = 1 << (8 * path.Level!.Value);
        return
        [
            .. Enumerable.Range((int)path.Number * 256, path.Width).SelectMany(i =>
                Defined(leaves.AsSpan().Slice(i * span, span)).ToArray()),
        ];
    }

    private static ImmutableArray<TreeHash> Known() =>
        [.. Entries.Select(entry => TreeHash.OfLeaf(entry))];

    private static MerkleProof.RangeHash Full(ImmutableArray<TreeHash> leaves) =>
        (start, end) => Defined(leaves.AsSpan()[(int)start..(int)end]);

    /// <summary>The hash of a list of leaves as section 2.1 of RFC 6962 defines it.</summary>
    private static TreeHash Defined(ReadOnlySpan<TreeHash> leaves)
    {
        if (leaves.Length <= 1)
        {
            return leaves.IsEmpty ? TreeHash.Empty : leaves[0];
        }

        var split = 1;
        while (split * 2 < leaves.Length)
        {
            split *= 2;
        }

        return TreeHash.OfNode(Defined(leaves[..split]), Defined(leaves[split..]));
    }

    private static TreeHash Other(TreeHash hash) => hash with { Low = hash.Low ^ 1 };

    private static TreeHash Root(int size) =>
        TreeHash.Read(Convert.FromHexString(Roots[size]));

    /// <summary>A short word is the root of the tree of that size.</summary>
    private static IEnumerable<TreeHash> Hashes(string proof) =>
        proof.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word =>
            TreeHash.Read(Convert.FromHexString(word.Length == 1 ? Roots[word[0] - '0'] : word)));
}
