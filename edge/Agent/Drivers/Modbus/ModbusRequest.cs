using System.Buffers.Binary;
using Monitoring.Agent.Devices;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>Function codes that are spoken here.</summary>
public enum ModbusFunction : byte
{
    ReadCoils = 1,
    ReadDiscreteInputs = 2,
    ReadHoldingRegisters = 3,
    ReadInputRegisters = 4,
    WriteRegister = 6,
    WriteRegisters = 16,
    ReadWriteRegisters = 23,
    Identify = 43,
}

/// <summary>A request: function code and fields, without unit and frame.</summary>
/// <param name="Pdu">At most 253 bytes, the function code first.</param>
public sealed record ModbusRequest(byte[] Pdu)
{
    public const byte IdentifyType = 0x0E;
    public const byte ExceptionBit = 0x80;

    public ModbusFunction Function => (ModbusFunction)Pdu[0];

    /// <summary>Only what reads may be sent again by itself.</summary>
    public bool IsRead => Function is not (ModbusFunction.WriteRegister
        or ModbusFunction.WriteRegisters or ModbusFunction.ReadWriteRegisters);

    public static ModbusFunction FunctionOf(RegisterTable table) => table switch
    {
        RegisterTable.Coil => ModbusFunction.ReadCoils,
        RegisterTable.Discrete => ModbusFunction.ReadDiscreteInputs,
        RegisterTable.Holding => ModbusFunction.ReadHoldingRegisters,
        _ => ModbusFunction.ReadInputRegisters,
    };

    public static bool IsBits(RegisterTable table) =>
        table is RegisterTable.Coil or RegisterTable.Discrete;

    public static ModbusRequest Read(ReadBlock block) =>
        new(Fields(FunctionOf(block.Table), block.Start, block.Count));

    public static ModbusRequest Write(int address, ushort value) =>
        new(Fields(ModbusFunction.WriteRegister, address, value));

    public static ModbusRequest Write(int address, ReadOnlySpan<ushort> values) =>
        new(WithWords(Fields(ModbusFunction.WriteRegisters, address, values.Length), values));

    /// <summary>Writes, then reads, in one request.</summary>
    public static ModbusRequest ReadWrite(
        int readAddress, int readCount, int writeAddress, ReadOnlySpan<ushort> values)
    {
        byte[] fields =
        [
            .. Fields(ModbusFunction.ReadWriteRegisters, readAddress, readCount),
            .. Fields(default, writeAddress, values.Length).AsSpan(1),
        ];
        return new ModbusRequest(WithWords(fields, values));
    }

    /// <summary>Device identification, from that object on.</summary>
    /// <param name="level">1 basic, 2 regular, 3 extended, 4 one object.</param>
    public static ModbusRequest Identify(byte level, byte firstObject) =>
        new([(byte)ModbusFunction.Identify, IdentifyType, level, firstObject]);

    /// <summary>Data bytes of a read after its byte count; null for other functions.</summary>
    public int? DataBytes => Function switch
    {
        ModbusFunction.ReadCoils or ModbusFunction.ReadDiscreteInputs => (Word(3) + 7) / 8,
        ModbusFunction.ReadHoldingRegisters or ModbusFunction.ReadInputRegisters
            or ModbusFunction.ReadWriteRegisters => 2 * Word(3),
        _ => null,
    };

    /// <summary>The first address asked for; 0 for an identification.</summary>
    public int Start => Function == ModbusFunction.Identify ? 0 : Word(1);

    /// <summary>Whether this PDU is an exception to the request.</summary>
    public bool IsRefusedBy(ReadOnlySpan<byte> pdu) =>
        pdu.Length == 2 && pdu[0] == (Pdu[0] | ExceptionBit);

    /// <summary>Whether this PDU, not an exception, answers the request.</summary>
    public bool IsAnsweredBy(ReadOnlySpan<byte> pdu)
    {
        if (pdu.Length < 2 || pdu[0] != Pdu[0])
        {
            return false;
        }

        if (DataBytes is { } bytes)
        {
            return pdu[1] == bytes && pdu.Length == 2 + bytes;
        }

        // A write is answered by its own address and value or count.
        return Function == ModbusFunction.Identify
            ? pdu.Length >= 7 && pdu[1] == IdentifyType
            : pdu.SequenceEqual(Pdu.AsSpan(0, 5));
    }

    private int Word(int index) => BinaryPrimitives.ReadUInt16BigEndian(Pdu.AsSpan(index));

    private static byte[] Fields(ModbusFunction function, int first, int second)
    {
        var pdu = new byte[5];
        pdu[0] = (byte)function;
        BinaryPrimitives.WriteUInt16BigEndian(pdu.AsSpan(1), (ushort)first);
        BinaryPrimitives.WriteUInt16BigEndian(pdu.AsSpan(3), (ushort)second);
        return pdu;
    }

    private static byte[] WithWords(byte[] fields, ReadOnlySpan<ushort> values)
    {
        var pdu = new byte[fields.Length + 1 + 2 * values.Length];
        fields.CopyTo(pdu, 0);
        pdu[fields.Length] = (byte)(2 * values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(
                pdu.AsSpan(fields.Length + 1 + 2 * i), values[i]);
        }

        return pdu;
    }
}
