using System.Buffers.Binary;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// Modbus TCP: transaction, protocol 0, length, unit; then the PDU. The length counts unit and
/// PDU.
/// </summary>
public static class MbapFrame
{
    public const int HeadBytes = 7;
    public const int BytesMax = HeadBytes + PduBytesMax;
    public const int PduBytesMax = 253;

    /// <summary>What comes before the unit; after it the length is known.</summary>
    private const int LengthEnd = 6;

    /// <returns>The bytes of the frame.</returns>
    public static int Write(
        Span<byte> frame, ushort transaction, byte unit, ReadOnlySpan<byte> pdu)
    {
        BinaryPrimitives.WriteUInt16BigEndian(frame, transaction);
        BinaryPrimitives.WriteUInt16BigEndian(frame[2..], 0);
        BinaryPrimitives.WriteUInt16BigEndian(frame[4..], (ushort)(1 + pdu.Length));
        frame[6] = unit;
        pdu.CopyTo(frame[HeadBytes..]);
        return HeadBytes + pdu.Length;
    }

    public static ushort TransactionOf(ReadOnlySpan<byte> frame) =>
        BinaryPrimitives.ReadUInt16BigEndian(frame);

    /// <summary>
    /// The bytes of the frame that begins here: 0 where more must come to know, negative where
    /// this is no Modbus TCP, so the stream has lost its step.
    /// </summary>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < LengthEnd)
        {
            return 0;
        }

        int length = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        return BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]) == 0
            && length is >= 2 and <= 1 + PduBytesMax
            ? LengthEnd + length
            : -1;
    }
}
