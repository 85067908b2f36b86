using System.Buffers.Binary;

namespace Monitoring.Tests.Fuzz;

/// <summary>Makes an input out of others.</summary>
internal sealed class Mutator(Random random, int bytesMax)
{
    private const int StepsMax = 5;
    private const int ChunkMax = 64;

    private static readonly ulong[] Edges =
    [
        0, 1, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000,
        0xFFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, 0xFFFF_FFFF_FFFF_FFFF,
        0x7FF0_0000_0000_0000, 0x7FF8_0000_0000_0000,
    ];

    public byte[] Mutate(IReadOnlyList<byte[]> corpus)
    {
        var bytes = new List<byte>(corpus[random.Next(corpus.Count)]);
        for (var steps = 1 + random.Next(StepsMax); steps > 0; steps--)
        {
            Change(bytes, corpus);
        }

        return bytes.Count <= bytesMax ? [.. bytes] : [.. bytes.Take(bytesMax)];
    }

    private void Change(List<byte> bytes, IReadOnlyList<byte[]> corpus)
    {
        var at = random.Next(bytes.Count + 1);
        var length = Math.Min(1 + random.Next(ChunkMax), bytes.Count - at);
        switch (random.Next(9))
        {
            case 0 when at < bytes.Count:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when at < bytes.Count:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2:
                bytes.RemoveRange(at, length);
                break;
            case 3:
                // The same once more, or many times: what is counted or nested.
                var part = bytes.GetRange(at, length);
                for (var times = 1 << random.Next(5); times > 0; times--)
                {
                    bytes.InsertRange(at, part);
                }

                break;
            case 4:
                var noise = new byte[1 + random.Next(8)];
                random.NextBytes(noise);
                bytes.InsertRange(at, noise);
                break;
            case 5:
                Overwrite(bytes, at);
                break;
            case 6:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            default:
                var other = corpus[random.Next(corpus.Count)];
                var from = random.Next(other.Length + 1);
                var taken = other.AsSpan(from, Math.Min(1 + random.Next(ChunkMax),
                    other.Length - from)).ToArray();
                bytes.RemoveRange(at, random.Next(2) * length);
                bytes.InsertRange(at, taken);
                break;
        }
    }

    private void Overwrite(List<byte> bytes, int at)
    {
        var number = new byte[8];
        var edge = Edges[random.Next(Edges.Length)];
        if (random.Next(2) == 0)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(number, edge);
        }
        else
        {
            BinaryPrimitives.WriteUInt64BigEndian(number, edge);
        }

        var width = 1 << random.Next(4);
        for (var i = 0; i < width && at + i < bytes.Count; i++)
        {
            bytes[at + i] = number[BitConverter.IsLittleEndian ? i : 7 - i];
        }
    }
}
