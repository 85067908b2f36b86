using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>What the registers of one point hold: a value, or none and why.</summary>
public readonly record struct RegisterValue(PointValue? Value, Quality Quality, Reason Reason)
{
    public static RegisterValue Absent(Reason reason) => new(null, Quality.Bad, reason);
}

/// <summary>Registers to values and back, for the types and orders of a device map.</summary>
public static class RegisterCodec
{
    /// <summary>The value in a point's own registers.</summary>
    public static RegisterValue Decode(DevicePoint point, ReadOnlySpan<ushort> words)
    {
        Invariant.That(words.Length == point.Registers);
        var bits = Bits(point, words);
        if (point.Sentinels.Contains(bits))
        {
            return RegisterValue.Absent(Reason.Sentinel);
        }

        if (point.Kind == ValueKind.Integer)
        {
            var whole = Whole(point.Type, bits);
            return InRange(point, PointValue.Integer(whole), whole);
        }

        var number = point.Type == RegisterType.F32
            ? Scaled(point, BitConverter.UInt32BitsToSingle(bits))
            : (double)(Whole(point.Type, bits) * point.Scale + point.Offset);
        return double.IsFinite(number)
            ? InRange(point, PointValue.Real(number), number)
            : RegisterValue.Absent(Reason.NotANumber);
    }

    /// <summary>The registers for a value, or null where the point's type cannot hold it.</summary>
    public static ushort[]? Encode(DevicePoint point, decimal value)
    {
        var raw = (value - point.Offset) / point.Scale;
        if (point.Type == RegisterType.F32)
        {
            return Words(point, BitConverter.SingleToUInt32Bits((float)raw));
        }

        var whole = Math.Round(raw, 0, MidpointRounding.AwayFromZero);
        var (min, max) = point.Type switch
        {
            RegisterType.U16 => (ushort.MinValue, ushort.MaxValue),
            RegisterType.I16 => (short.MinValue, short.MaxValue),
            RegisterType.U32 => (uint.MinValue, uint.MaxValue),
            _ => ((long)int.MinValue, (long)int.MaxValue),
        };
        return whole < min || whole > max ? null : Words(point, unchecked((uint)(long)whole));
    }

    private static RegisterValue InRange(DevicePoint point, PointValue value, double number) =>
        point.Range is { } range && (number < range.Min || number > range.Max)
            ? new RegisterValue(value, Quality.Bad, Reason.OutOfRange)
            : new RegisterValue(value, Quality.Good, Reason.None);

    private static double Scaled(DevicePoint point, float raw) =>
        point.Scale == 1 && point.Offset == 0
            ? raw
            : raw * (double)point.Scale + (double)point.Offset;

    private static long Whole(RegisterType type, uint bits) => type switch
    {
        RegisterType.U16 => bits,
        RegisterType.I16 => unchecked((short)bits),
        RegisterType.U32 => bits,
        _ => unchecked((int)bits),
    };

    private static uint Bits(DevicePoint point, ReadOnlySpan<ushort> words)
    {
        if (words.Length == 1)
        {
            return InWord(point.Order, words[0]);
        }

        var (high, low) = LowWordFirst(point.Order) ? (words[1], words[0]) : (words[0], words[1]);
        return ((uint)InWord(point.Order, high) << 16) | InWord(point.Order, low);
    }

    private static ushort[] Words(DevicePoint point, uint bits)
    {
        var low = InWord(point.Order, unchecked((ushort)bits));
        if (point.Registers == 1)
        {
            return [low];
        }

        var high = InWord(point.Order, (ushort)(bits >> 16));
        return LowWordFirst(point.Order) ? [low, high] : [high, low];
    }

    private static bool LowWordFirst(ByteOrder order) => order is ByteOrder.Cdab or ByteOrder.Dcba;

    private static ushort InWord(ByteOrder order, ushort word) =>
        order is ByteOrder.Badc or ByteOrder.Dcba
            ? unchecked((ushort)((word << 8) | (word >> 8)))
            : word;
}
