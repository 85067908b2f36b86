using System.Buffers.Binary;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// Modbus RTU: unit, PDU, CRC-16 with the low byte first. Where a frame ends is told by its
/// function code; user programs cannot keep the gaps that the standard tells it by.
/// </summary>
public static class RtuFrame
{
    public const int BytesMax = 256;

    /// <summary>Unit, function and CRC.</summary>
    public const int OverheadBytes = 4;

    private const int CrcBytes = 2;
    private const byte ExceptionBit = 0x80;

    private static readonly ushort[] Table = [.. Enumerable.Range(0, 256).Select(CrcOf)];

    /// <summary>CRC-16, polynomial 0xA001 reflected, start 0xFFFF.</summary>
    public static ushort Crc(ReadOnlySpan<byte> bytes)
    {
        ushort crc = 0xFFFF;
        foreach (var one in bytes)
        {
            crc = (ushort)((crc >> 8) ^ Table[(crc ^ one) & 0xFF]);
        }

        return crc;
    }

    /// <returns>The bytes of the frame.</returns>
    public static int Write(Span<byte> frame, byte unit, ReadOnlySpan<byte> pdu)
    {
        frame[0] = unit;
        pdu.CopyTo(frame[1..]);
        var length = 1 + pdu.Length;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[length..], Crc(frame[..length]));
        return length + CrcBytes;
    }

    public static bool IsIntact(ReadOnlySpan<byte> frame) =>
        frame.Length > CrcBytes + 1
        && Crc(frame[..^CrcBytes]) == BinaryPrimitives.ReadUInt16LittleEndian(frame[^CrcBytes..]);

    /// <summary>Unit and CRC taken off.</summary>
    public static ReadOnlySpan<byte> PduOf(ReadOnlySpan<byte> frame) => frame[1..^CrcBytes];

    /// <summary>
    /// The bytes of the answer that begins here: 0 where more must come to know, negative where no
    /// answer begins like this.
    /// </summary>
    public static int LengthOfAnswer(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 3)
        {
            return 0;
        }

        var function = bytes[1];
        if ((function & ExceptionBit) != 0)
        {
            return 3 + CrcBytes;
        }

        return function switch
        {
            1 or 2 or 3 or 4 or 23 => 3 + bytes[2] + CrcBytes,
            5 or 6 or 15 or 16 => 6 + CrcBytes,
            43 => LengthOfIdentity(bytes),
            _ => -1,
        };
    }

    /// <summary>The same for a request.</summary>
    public static int LengthOfRequest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
        {
            return 0;
        }

        return bytes[1] switch
        {
            >= 1 and <= 6 => 6 + CrcBytes,
            15 or 16 => bytes.Length < 7 ? 0 : 7 + bytes[6] + CrcBytes,
            23 => bytes.Length < 11 ? 0 : 11 + bytes[10] + CrcBytes,
            43 => 5 + CrcBytes,
            _ => -1,
        };
    }

    private static int LengthOfIdentity(ReadOnlySpan<byte> bytes)
    {
        const int Head = 8;
        if (bytes.Length < Head)
        {
            return 0;
        }

        var end = Head;
        for (var i = 0; i < bytes[Head - 1]; i++)
        {
            if (bytes.Length < end + 2)
            {
                return 0;
            }

            end += 2 + bytes[end + 1];
        }

        return end + CrcBytes <= BytesMax ? end + CrcBytes : -1;
    }

    private static ushort CrcOf(int index)
    {
        var crc = index;
        for (var bit = 0; bit < 8; bit++)
        {
            crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xA001 : crc >> 1;
        }

        return (ushort)crc;
    }
}
