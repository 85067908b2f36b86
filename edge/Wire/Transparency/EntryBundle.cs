using System.Buffers.Binary;
using System.Collections.Immutable;

namespace Monitoring.Wire.Transparency;

/// <summary>
/// The entries of a tile one after the other, each behind its length in two bytes, the high one
/// first (C2SP tlog-tiles).
/// </summary>
public static class EntryBundle
{
    public const int EntryBytesMax = ushort.MaxValue;

    private const int LengthBytes = sizeof(ushort);

    public static byte[] Write(IReadOnlyCollection<byte[]> entries)
    {
        var bytes = new byte[entries.Sum(entry => LengthBytes + entry.Length)];
        var rest = bytes.AsSpan();
        foreach (var entry in entries)
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, checked((ushort)entry.Length));
            entry.CopyTo(rest[LengthBytes..]);
            rest = rest[(LengthBytes + entry.Length)..];
        }

        return bytes;
    }

    /// <summary>Null where the bytes end within an entry.</summary>
    public static ImmutableArray<byte[]>? Read(ReadOnlySpan<byte> bytes)
    {
        var entries = ImmutableArray.CreateBuilder<byte[]>();
        while (!bytes.IsEmpty)
        {
            if (bytes.Length < LengthBytes
                || BinaryPrimitives.ReadUInt16BigEndian(bytes) is var length
                && bytes.Length - LengthBytes < length)
            {
                return null;
            }

            entries.Add(bytes.Slice(LengthBytes, length).ToArray());
            bytes = bytes[(LengthBytes + length)..];
        }

        return entries.ToImmutable();
    }
}
