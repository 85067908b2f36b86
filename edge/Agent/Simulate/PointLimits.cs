using Monitoring.Agent.Devices;
using Monitoring.Wire;

namespace Monitoring.Agent.Simulate;

/// <summary>What the registers of a point can hold, and what they hold at an end of that.</summary>
internal static class PointLimits
{
    private const ulong NotANumber32 = 0x7FC0_0000;
    private const ulong NotANumber64 = 0x7FF8_0000_0000_0000;

    /// <summary>The lowest and the highest value in the point's unit.</summary>
    public static (decimal Min, decimal Max) Of(DevicePoint point)
    {
        var (low, high) = RawLimits(point.Registers.Type);
        var (a, b) = (low * point.Scale + point.Offset, high * point.Scale + point.Offset);
        return a < b ? (a, b) : (b, a);
    }

    /// <summary>The end of the point's range, or of its registers where it has none.</summary>
    public static decimal End(DevicePoint point, bool isHigh)
    {
        var (min, max) = Of(point);
        var end = point.Range is { } range ? (decimal)(isHigh ? range.Max : range.Min)
            : isHigh ? max : min;
        return Math.Clamp(end, min, max);
    }

    /// <summary>The raw pattern of no value, or null where the point has none.</summary>
    public static ulong? Sentinel(DevicePoint point) => point.Registers switch
    {
        { Sentinels: [var first, ..] } => first,
        { Type: RegisterType.F32 } => NotANumber32,
        { Type: RegisterType.F64 } => NotANumber64,
        _ => null,
    };

    /// <summary>As registers do, a value beyond their end stays at it.</summary>
    public static void Write(DevicePoint point, decimal value, Span<ushort> words)
    {
        var (min, max) = Of(point);
        Invariant.That(RegisterCodec.Write(point, Math.Clamp(value, min, max), words));
    }

    /// <summary>A raw pattern in the point's registers and order.</summary>
    public static void WriteRaw(DevicePoint point, ulong bits, Span<ushort> words)
    {
        var source = point.Registers;
        var (type, value) = source.Width switch
        {
            1 => (RegisterType.U16, (decimal)bits),
            2 => (RegisterType.U32, bits),
            _ => (RegisterType.I64, unchecked((long)bits)),
        };
        var raw = point with { Source = source with { Type = type }, Scale = 1, Offset = 0 };
        Write(raw, value, words);
    }

    /// <summary>As much of a text as the point's registers hold.</summary>
    public static void WriteText(DevicePoint point, string text, Span<ushort> words)
    {
        var source = point.Registers;
        var length = Math.Min(text.Length, 2 * source.Width);
        Invariant.That(RegisterCodec.WriteText(source, text[..length], words));
    }

    private static (decimal Low, decimal High) RawLimits(RegisterType type) => type switch
    {
        RegisterType.Bit => (0, 1),
        RegisterType.Bcd16 => (0, 9_999),
        RegisterType.Bcd32 => (0, 99_999_999),
        RegisterType.U16 => (0, ushort.MaxValue),
        RegisterType.I16 => (short.MinValue, short.MaxValue),
        RegisterType.U32 => (0, uint.MaxValue),
        RegisterType.I32 => (int.MinValue, int.MaxValue),
        RegisterType.U64 => (0, long.MaxValue),
        RegisterType.I64 => (long.MinValue, long.MaxValue),

        // Far less than a float holds; more would leave no room for scales.
        _ => (-1_000_000_000_000, 1_000_000_000_000),
    };
}
