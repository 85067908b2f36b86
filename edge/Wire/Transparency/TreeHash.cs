using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Monitoring.Wire.Transparency;

/// <summary>A hash of a Merkle tree of RFC 6962: 32 bytes of SHA-256.</summary>
public readonly record struct TreeHash(UInt128 High, UInt128 Low)
{
    public const int Bytes = 32;

    /// <summary>The root of a tree without leaves.</summary>
    public static readonly TreeHash Empty = Read(SHA256.HashData([]));

    private const byte LeafPrefix = 0;
    private const byte NodePrefix = 1;

    public static TreeHash OfLeaf(ReadOnlySpan<byte> entry)
    {
        var bytes = new byte[1 + entry.Length];
        bytes[0] = LeafPrefix;
        entry.CopyTo(bytes.AsSpan(1));
        return Read(SHA256.HashData(bytes));
    }

    public static TreeHash OfNode(TreeHash left, TreeHash right)
    {
        Span<byte> bytes = stackalloc byte[1 + (2 * Bytes)];
        bytes[0] = NodePrefix;
        left.Write(bytes[1..]);
        right.Write(bytes[(1 + Bytes)..]);
        Span<byte> hash = stackalloc byte[Bytes];
        SHA256.HashData(bytes, hash);
        return Read(hash);
    }

    public static TreeHash Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt128BigEndian(bytes),
        BinaryPrimitives.ReadUInt128BigEndian(bytes[(Bytes / 2)..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt128BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt128BigEndian(bytes[(Bytes / 2)..], Low);
    }

    public byte[] ToArray()
    {
        var bytes = new byte[Bytes];
        Write(bytes);
        return bytes;
    }

    /// <summary>Hexadecimal, lower case.</summary>
    public override string ToString() => Convert.ToHexStringLower(ToArray());
}
