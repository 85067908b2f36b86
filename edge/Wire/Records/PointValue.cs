using System.Globalization;

namespace Monitoring.Wire.Records;

/// <summary>
/// Which of its four forms a <see cref="PointValue"/> has. Stored; never renumbered.
/// </summary>
public enum ValueKind : byte
{
    Real = 1,
    Integer = 2,
    Flag = 3,
    Text = 4,
}

/// <summary>
/// A value as it was read: a finite real number, a 64-bit integer, a flag or a short text.
/// There is no empty value: absence is a null <see cref="Reading.Value"/>. The default of this
/// type is not a lawful value.
/// </summary>
public readonly record struct PointValue
{
    private PointValue(ValueKind kind, long bits, string? text)
    {
        Kind = kind;
        Bits = bits;
        Text = text;
    }

    public ValueKind Kind { get; }

    /// <summary>
    /// The number as 64 bits: IEEE 754 for a real, two's complement for an integer.
    /// </summary>
    public long Bits { get; }

    /// <summary>The text; null for every other kind.</summary>
    public string? Text { get; }

    public static PointValue Real(double value)
    {
        // NaN and infinities are absences with a reason, never values.
        Invariant.That(double.IsFinite(value));
        return new PointValue(ValueKind.Real, BitConverter.DoubleToInt64Bits(value), null);
    }

    public static PointValue Integer(long value) => new(ValueKind.Integer, value, null);

    public static PointValue Flag(bool value) => new(ValueKind.Flag, value ? 1 : 0, null);

    public static PointValue Of(string text)
    {
        Invariant.That(System.Text.Encoding.UTF8.GetByteCount(text) <= WireLimits.TextBytesMax);
        return new PointValue(ValueKind.Text, 0, text);
    }

    /// <summary>The number that it is, or null for a text.</summary>
    public double? AsNumber() => Kind switch
    {
        ValueKind.Real => BitConverter.Int64BitsToDouble(Bits),
        ValueKind.Integer or ValueKind.Flag => Bits,
        _ => null,
    };

    public override string ToString() => Kind switch
    {
        ValueKind.Real =>
            BitConverter.Int64BitsToDouble(Bits).ToString(CultureInfo.InvariantCulture),
        ValueKind.Integer => Bits.ToString(CultureInfo.InvariantCulture),
        ValueKind.Flag => Bits == 1 ? "true" : "false",
        _ => Text ?? "",
    };
}
