using System.Buffers.Binary;
using Monitoring.Agent.Devices;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>The bytes of Modbus TCP: a 7-byte head, a function code, its fields.</summary>
public static class ModbusFrame
{
    /// <summary>Transaction, protocol and length; the length counts what follows.</summary>
    public const int HeadBytes = 6;

    /// <summary>Unit id, function code and one byte more at least.</summary>
    public const int LengthMin = 3;

    public const int LengthMax = 254;

    public const byte ExceptionBit = 0x80;

    public static byte FunctionOf(RegisterTable table) => (byte)(
        table == RegisterTable.Holding ? 3 : 4);

    public static byte[] Request(ushort transaction, byte unit, ReadBlock block)
    {
        var frame = new byte[12];
        BinaryPrimitives.WriteUInt16BigEndian(frame, transaction);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(4), 6);
        frame[6] = unit;
        frame[7] = FunctionOf(block.Table);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(8), (ushort)block.Start);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(10), (ushort)block.Count);
        return frame;
    }

    public static byte[] Answer(ReadOnlySpan<byte> requestHead, byte function, ushort[] words)
    {
        var frame = Start(requestHead, function, 3 + 2 * words.Length);
        frame[8] = (byte)(2 * words.Length);
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(9 + 2 * i), words[i]);
        }

        return frame;
    }

    public static byte[] Exception(ReadOnlySpan<byte> requestHead, byte function, byte code)
    {
        var frame = Start(requestHead, (byte)(function | ExceptionBit), LengthMin);
        frame[8] = code;
        return frame;
    }

    /// <summary>
    /// The length field where the head is lawful, or null: the stream lost its step.
    /// </summary>
    public static int? LengthOf(ReadOnlySpan<byte> head)
    {
        var protocol = BinaryPrimitives.ReadUInt16BigEndian(head[2..]);
        int length = BinaryPrimitives.ReadUInt16BigEndian(head[4..]);
        return protocol == 0 && length is >= LengthMin and <= LengthMax ? length : null;
    }

    public static ushort TransactionOf(ReadOnlySpan<byte> frame) =>
        BinaryPrimitives.ReadUInt16BigEndian(frame);

    private static byte[] Start(ReadOnlySpan<byte> requestHead, byte function, int length)
    {
        var frame = new byte[HeadBytes + length];
        requestHead[..2].CopyTo(frame);
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(4), (ushort)length);
        frame[6] = requestHead[6];
        frame[7] = function;
        return frame;
    }
}
