using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>Registers to raw values and back, for the types and orders of a device map.</summary>
public static class RegisterCodec
{
    /// <summary>The value in a point's own registers.</summary>
    public static RawPoint Decode(
        PointSource.Registers source, ReadOnlySpan<ushort> words, long timeMs)
    {
        Invariant.That(words.Length == source.Count);
        var bits = Bits(source, words);
        if (source.Sentinels.Contains(bits))
        {
            return RawPoint.Absent(Reason.Sentinel, timeMs);
        }

        if (source.Type != RegisterType.F32)
        {
            return RawPoint.Good(PointValue.Integer(Whole(source.Type, bits)), timeMs);
        }

        var number = BitConverter.UInt32BitsToSingle(bits);
        return float.IsFinite(number)
            ? RawPoint.Good(PointValue.Real(number), timeMs)
            : RawPoint.Absent(Reason.NotANumber, timeMs);
    }

    /// <summary>The registers for a value, or null where the point's type cannot hold it.</summary>
    public static ushort[]? Encode(DevicePoint point, decimal value)
    {
        var source = point.Registers;
        var raw = (value - point.Offset) / point.Scale;
        if (source.Type == RegisterType.F32)
        {
            return Words(source, BitConverter.SingleToUInt32Bits((float)raw));
        }

        var whole = Math.Round(raw, 0, MidpointRounding.AwayFromZero);
        var (min, max) = source.Type switch
        {
            RegisterType.U16 => (ushort.MinValue, ushort.MaxValue),
            RegisterType.I16 => (short.MinValue, short.MaxValue),
            RegisterType.U32 => (uint.MinValue, uint.MaxValue),
            _ => ((long)int.MinValue, (long)int.MaxValue),
        };
        return whole < min || whole > max ? null : Words(source, unchecked((uint)(long)whole));
    }

    private static long Whole(RegisterType type, uint bits) => type switch
    {
        RegisterType.U16 => bits,
        RegisterType.I16 => unchecked((short)bits),
        RegisterType.U32 => bits,
        _ => unchecked((int)bits),
    };

    private static uint Bits(PointSource.Registers source, ReadOnlySpan<ushort> words)
    {
        if (words.Length == 1)
        {
            return InWord(source.Order, words[0]);
        }

        var (high, low) = LowWordFirst(source.Order) ? (words[1], words[0]) : (words[0], words[1]);
        return ((uint)InWord(source.Order, high) << 16) | InWord(source.Order, low);
    }

    private static ushort[] Words(PointSource.Registers source, uint bits)
    {
        var low = InWord(source.Order, unchecked((ushort)bits));
        if (source.Count == 1)
        {
            return [low];
        }

        var high = InWord(source.Order, (ushort)(bits >> 16));
        return LowWordFirst(source.Order) ? [low, high] : [high, low];
    }

    private static bool LowWordFirst(ByteOrder order) => order is ByteOrder.Cdab or ByteOrder.Dcba;

    private static ushort InWord(ByteOrder order, ushort word) =>
        order is ByteOrder.Badc or ByteOrder.Dcba
            ? unchecked((ushort)((word << 8) | (word >> 8)))
            : word;
}
