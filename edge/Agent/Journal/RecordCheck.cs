using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Monitoring.Agent.Journal;

/// <summary>
/// CRC-32C, which SQLite does not keep of its pages: a flipped bit must not become another value
/// under an offset that the hub may have already.
/// </summary>
internal static class RecordCheck
{
    public static uint Of(long offset, ReadOnlySpan<byte> bytes)
    {
        var crc = BitOperations.Crc32C(uint.MaxValue, (ulong)offset);
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var one in bytes)
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return crc;
    }

    public static uint Of(string text) => Of(0, Encoding.UTF8.GetBytes(text));
}
