using System.Buffers.Binary;
using System.Text;
using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Devices;

/// <summary>
/// Registers to raw values and back, for the types and orders of a device map. Whatever the bits,
/// decoding ends in a value or in a reason why there is none.
/// </summary>
public static class RegisterCodec
{
    private const int ScaleFactorMax = 10;
    private const ushort ScaleFactorNone = 0x8000;

    /// <summary>
    /// The value in a point's own registers; of a coil or discrete input, one word of 0 or 1.
    /// </summary>
    public static RawPoint Decode(
        PointSource.Registers source, ReadOnlySpan<ushort> words, long timeMs)
    {
        Invariant.That(words.Length == source.Count);
        var own = words.Slice(source.ValueAt, source.Width);
        if (source.Type == RegisterType.Text)
        {
            return DecodeText(source.Order, own, timeMs);
        }

        var bits = Bits(source.Order, own);
        if (source.Sentinels.Contains(bits))
        {
            return RawPoint.Absent(Reason.Sentinel, timeMs);
        }

        var raw = DecodeBits(source, bits, timeMs);
        return source.ScaleFactorAt is { } at ? WithFactor(raw, words[at]) : raw;
    }

    /// <summary>
    /// The registers for a value, or null where the point's type cannot hold it. A number that is
    /// not whole is rounded to the type's nearest.
    /// </summary>
    public static ushort[]? Encode(DevicePoint point, decimal value)
    {
        var words = new ushort[point.Registers.Count];
        return Write(point, value, words) ? words : null;
    }

    /// <summary>
    /// Writes a value over a point's registers, by the scale factor that is in them, and leaves
    /// the bits that are not the point's. False: its type cannot hold the value.
    /// </summary>
    public static bool Write(DevicePoint point, decimal value, Span<ushort> words)
    {
        var source = point.Registers;
        Invariant.That(words.Length == source.Count);
        var own = words.Slice(source.ValueAt, source.Width);
        var factor = source.ScaleFactorAt is { } at ? unchecked((short)words[at]) : 0;
        if (Math.Abs((int)factor) > ScaleFactorMax
            || Raw(point, value, factor) is not { } raw
            || EncodeBits(source.Type, raw) is not { } bits)
        {
            return false;
        }

        if (source.Bit is { } bit)
        {
            Arrange(source.Order, own);
            bits = (own[0] & ~(1UL << bit)) | (bits << bit);
        }

        for (var i = own.Length - 1; i >= 0; i--)
        {
            own[i] = unchecked((ushort)bits);
            bits >>= 16;
        }

        Arrange(source.Order, own);
        return true;
    }

    /// <summary>
    /// Writes a text over its registers. False: it is too long, or not printable ASCII.
    /// </summary>
    public static bool WriteText(
        PointSource.Registers source, string text, Span<ushort> words)
    {
        Invariant.That(source.Type == RegisterType.Text && words.Length == source.Count);
        var own = words.Slice(source.ValueAt, source.Width);
        if (text.Length > own.Length * 2 || !text.All(IsPrintable))
        {
            return false;
        }

        own.Clear();
        for (var i = 0; i < text.Length; i++)
        {
            own[i / 2] |= (ushort)(i % 2 == 0 ? text[i] << 8 : text[i]);
        }

        Arrange(source.Order, own);
        return true;
    }

    private static RawPoint DecodeBits(PointSource.Registers source, ulong bits, long timeMs) =>
        source.Type switch
        {
            RegisterType.F32 => Real(
                BitConverter.UInt32BitsToSingle(unchecked((uint)bits)), timeMs),
            RegisterType.F64 => Real(BitConverter.UInt64BitsToDouble(bits), timeMs),
            RegisterType.Bit => RawPoint.Good(
                PointValue.Flag(((bits >> (source.Bit ?? 0)) & 1) == 1), timeMs),
            RegisterType.Bcd16 or RegisterType.Bcd32 => Bcd(bits) is { } number
                ? RawPoint.Good(PointValue.Integer(number), timeMs)
                : RawPoint.Absent(Reason.NotANumber, timeMs),

            // Above the largest 64-bit integer we keep, no number is better than another one.
            RegisterType.U64 when bits > long.MaxValue =>
                RawPoint.Absent(Reason.OutOfRange, timeMs),
            _ => RawPoint.Good(PointValue.Integer(Whole(source.Type, bits)), timeMs),
        };

    private static RawPoint Real(double number, long timeMs) => double.IsFinite(number)
        ? RawPoint.Good(PointValue.Real(number), timeMs)
        : RawPoint.Absent(Reason.NotANumber, timeMs);

    private static long Whole(RegisterType type, ulong bits) => unchecked(type switch
    {
        RegisterType.I16 => (short)bits,
        RegisterType.I32 => (int)bits,
        _ => (long)bits,
    });

    private static long? Bcd(ulong bits)
    {
        var value = 0L;
        for (var shift = 28; shift >= 0; shift -= 4)
        {
            var digit = (long)(bits >> shift) & 0xF;
            if (digit > 9)
            {
                return null;
            }

            value = value * 10 + digit;
        }

        return value;
    }

    private static RawPoint DecodeText(
        ByteOrder order, ReadOnlySpan<ushort> words, long timeMs)
    {
        var text = new StringBuilder();
        ushort[] own = [.. words];
        Arrange(order, own);
        foreach (var word in own)
        {
            text.Append((char)(word >> 8)).Append((char)(word & 0xFF));
        }

        var whole = text.ToString();
        var end = whole.IndexOf('\0', StringComparison.Ordinal);
        whole = (end < 0 ? whole : whole[..end]).TrimEnd(' ');
        if (whole.Length == 0)
        {
            return RawPoint.Absent(Reason.Sentinel, timeMs);
        }

        return whole.All(IsPrintable)
            ? RawPoint.Good(PointValue.Of(whole), timeMs)
            : RawPoint.Absent(Reason.NotANumber, timeMs);
    }

    private static bool IsPrintable(char letter) => letter is >= ' ' and <= '~';

    // A power of ten up to 10^10 is exact, so 1234 by a factor of -1 is the double next to 123.4.
    private static RawPoint WithFactor(RawPoint raw, ushort word)
    {
        var factor = unchecked((short)word);
        if (raw.Value is not { Kind: ValueKind.Integer } value)
        {
            return raw;
        }

        if (Math.Abs((int)factor) > ScaleFactorMax)
        {
            var reason = word == ScaleFactorNone ? Reason.Sentinel : Reason.OutOfRange;
            return RawPoint.Absent(reason, raw.TimeMs);
        }

        var power = Math.Pow(10, Math.Abs((int)factor));
        return raw with
        {
            Value = PointValue.Real(factor < 0 ? value.Bits / power : value.Bits * power),
        };
    }

    private static decimal? Raw(DevicePoint point, decimal value, int factor)
    {
        try
        {
            var power = (decimal)Math.Pow(10, Math.Abs(factor));
            var raw = (value - point.Offset) / point.Scale;
            return factor < 0 ? raw * power : raw / power;
        }
        catch (OverflowException)
        {
            // Beyond every type: 7.9e28.
            return null;
        }
    }

    private static ulong? EncodeBits(RegisterType type, decimal raw)
    {
        var whole = Math.Round(raw, 0, MidpointRounding.AwayFromZero);
        return type switch
        {
            RegisterType.F32 => BitConverter.SingleToUInt32Bits((float)raw),
            RegisterType.F64 => BitConverter.DoubleToUInt64Bits((double)raw),
            RegisterType.Bit => Within(whole, 0, 1),
            RegisterType.U16 => Within(whole, ushort.MinValue, ushort.MaxValue),
            RegisterType.U32 => Within(whole, uint.MinValue, uint.MaxValue),
            RegisterType.U64 => Within(whole, 0, long.MaxValue),
            RegisterType.I16 => Within(whole, short.MinValue, short.MaxValue),
            RegisterType.I32 => Within(whole, int.MinValue, int.MaxValue),
            RegisterType.I64 => Within(whole, long.MinValue, long.MaxValue),
            RegisterType.Bcd16 => ToBcd(Within(whole, 0, 9_999)),
            RegisterType.Bcd32 => ToBcd(Within(whole, 0, 99_999_999)),
            _ => null,
        };
    }

    private static ulong? Within(decimal whole, decimal min, decimal max) =>
        whole < min || whole > max ? null : unchecked((ulong)(long)whole);

    private static ulong? ToBcd(ulong? number)
    {
        if (number is not { } rest)
        {
            return null;
        }

        var bits = 0UL;
        for (var shift = 0; rest > 0; shift += 4)
        {
            bits |= rest % 10 << shift;
            rest /= 10;
        }

        return bits;
    }

    private static ulong Bits(ByteOrder order, ReadOnlySpan<ushort> words)
    {
        var (isReversed, isSwapped) = FlagsOf(order);
        var bits = 0UL;
        for (var i = 0; i < words.Length; i++)
        {
            var word = words[isReversed ? words.Length - 1 - i : i];
            bits = (bits << 16)
                | (isSwapped ? BinaryPrimitives.ReverseEndianness(word) : word);
        }

        return bits;
    }

    private static (bool IsReversed, bool IsSwapped) FlagsOf(ByteOrder order) => (
        order is ByteOrder.Cdab or ByteOrder.Dcba, order is ByteOrder.Badc or ByteOrder.Dcba);

    /// <summary>From a device's order to the plain one, or back: both are the same step.</summary>
    private static void Arrange(ByteOrder order, Span<ushort> words)
    {
        var (isReversed, isSwapped) = FlagsOf(order);
        if (isReversed)
        {
            words.Reverse();
        }

        if (isSwapped)
        {
            BinaryPrimitives.ReverseEndianness(words, words);
        }
    }
}
