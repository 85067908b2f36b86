using System.Collections.Immutable;
using Monitoring.Wire.Records;

namespace Monitoring.Wire.Sparkplug;

/// <summary>Which field of the value's <c>oneof</c> was on the wire.</summary>
public enum MetricValueKind : byte
{
    None = 0,
    Int,
    Long,
    Float,
    Double,
    Boolean,
    String,

    /// <summary>Bytes, a data set or a template: skipped, not interpreted.</summary>
    Other,
}

/// <summary>
/// A scalar as Sparkplug carries it. Signed integers travel as unsigned two's complement, so the
/// declared type is needed to read one: see <see cref="As"/>. The default is no value.
/// </summary>
public readonly record struct MetricValue(MetricValueKind Kind, ulong Bits, string? Text)
{
    public static MetricValue Int(uint value) => new(MetricValueKind.Int, value, null);

    public static MetricValue Long(long value) =>
        new(MetricValueKind.Long, unchecked((ulong)value), null);

    public static MetricValue Double(double value) =>
        new(MetricValueKind.Double, BitConverter.DoubleToUInt64Bits(value), null);

    public static MetricValue Float(float value) =>
        new(MetricValueKind.Float, BitConverter.SingleToUInt32Bits(value), null);

    public static MetricValue Boolean(bool value) =>
        new(MetricValueKind.Boolean, value ? 1u : 0u, null);

    public static MetricValue String(string value) => new(MetricValueKind.String, 0, value);

    public static MetricValue Of(PointValue value) => value.Kind switch
    {
        ValueKind.Real => new MetricValue(
            MetricValueKind.Double, unchecked((ulong)value.Bits), null),
        ValueKind.Integer => Long(value.Bits),
        ValueKind.Flag => Boolean(value.Bits == 1),
        _ => String(value.Text!),
    };

    public long? AsLong() => Kind is MetricValueKind.Int or MetricValueKind.Long
        ? unchecked((long)Bits)
        : null;

    /// <summary>
    /// The point value under a declared type; null where kind and type do not fit, where a number
    /// is not finite, or where an unsigned 64-bit number is beyond a signed one.
    /// </summary>
    public PointValue? As(DataType type) => (Kind, type) switch
    {
        (MetricValueKind.Int or MetricValueKind.Long, _) => AsInteger(type),
        (MetricValueKind.Float, DataType.Float or DataType.Double) =>
            Finite(BitConverter.UInt32BitsToSingle((uint)Bits)),
        (MetricValueKind.Double, DataType.Float or DataType.Double) =>
            Finite(BitConverter.UInt64BitsToDouble(Bits)),
        (MetricValueKind.Boolean, DataType.Boolean) => PointValue.Flag(Bits != 0),
        (MetricValueKind.String, DataType.String or DataType.Text or DataType.Uuid) =>
            System.Text.Encoding.UTF8.GetByteCount(Text!) <= WireLimits.TextBytesMax
                ? PointValue.Of(Text!)
                : null,
        _ => null,
    };

    private static PointValue? Finite(double value) =>
        double.IsFinite(value) ? PointValue.Real(value) : null;

    // Some peers sign-extend a small integer and some do not: only the declared width counts.
    private PointValue? AsInteger(DataType type) => type switch
    {
        DataType.Int8 => PointValue.Integer(unchecked((sbyte)Bits)),
        DataType.Int16 => PointValue.Integer(unchecked((short)Bits)),
        DataType.Int32 => PointValue.Integer(unchecked((int)Bits)),
        DataType.Int64 => PointValue.Integer(unchecked((long)Bits)),
        DataType.UInt8 => PointValue.Integer(unchecked((byte)Bits)),
        DataType.UInt16 => PointValue.Integer(unchecked((ushort)Bits)),
        DataType.UInt32 => PointValue.Integer(unchecked((uint)Bits)),
        DataType.UInt64 or DataType.DateTime when Bits <= long.MaxValue =>
            PointValue.Integer((long)Bits),
        _ => null,
    };
}

/// <summary>One entry of a metric's property set. No value: the property is null.</summary>
public readonly record struct Property(string Key, DataType Type, MetricValue Value);

/// <summary>
/// One metric. What was not on the wire is null; 0 and false on the wire are kept.
/// </summary>
public sealed record Metric
{
    public string? Name { get; init; }

    public ulong? Alias { get; init; }

    public long? TimestampMs { get; init; }

    public DataType? Type { get; init; }

    public bool IsHistorical { get; init; }

    public bool IsTransient { get; init; }

    public bool IsNull { get; init; }

    public ImmutableArray<Property> Properties { get; init; } = [];

    public MetricValue Value { get; init; }

    public Property? Find(string key)
    {
        foreach (var property in Properties)
        {
            if (property.Key == key)
            {
                return property;
            }
        }

        return null;
    }
}

/// <summary>A Sparkplug B payload. <see cref="Seq"/> null: absent, which 0 is not.</summary>
public sealed record Payload
{
    public long? TimestampMs { get; init; }

    public ulong? Seq { get; init; }

    public ImmutableArray<Metric> Metrics { get; init; } = [];

    public Metric? Find(string name)
    {
        foreach (var metric in Metrics)
        {
            if (metric.Name == name)
            {
                return metric;
            }
        }

        return null;
    }
}
