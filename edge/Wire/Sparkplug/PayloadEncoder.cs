using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Monitoring.Wire.Sparkplug;

/// <summary>
/// Payloads to bytes: protobuf (proto2) with the Sparkplug B field numbers. Every field that is
/// set is written, also 0 and false, since presence carries meaning (seq 0).
/// </summary>
public static class PayloadEncoder
{
    public static byte[] Encode(Payload payload)
    {
        var writer = new ProtobufWriter();
        if (payload.TimestampMs is { } time)
        {
            writer.Varint(1, (ulong)time);
        }

        foreach (var metric in payload.Metrics)
        {
            writer.Message(2, WriteMetric, metric);
        }

        if (payload.Seq is { } seq)
        {
            writer.Varint(3, seq);
        }

        return writer.ToArray();
    }

    private static void WriteMetric(ProtobufWriter writer, Metric metric)
    {
        if (metric.Name is not null)
        {
            writer.Text(1, metric.Name);
        }

        if (metric.Alias is { } alias)
        {
            writer.Varint(2, alias);
        }

        if (metric.TimestampMs is { } time)
        {
            writer.Varint(3, (ulong)time);
        }

        if (metric.Type is { } type)
        {
            writer.Varint(4, (ulong)type);
        }

        WriteFlag(writer, 5, metric.IsHistorical);
        WriteFlag(writer, 6, metric.IsTransient);
        WriteFlag(writer, 7, metric.IsNull);
        if (!metric.Properties.IsEmpty)
        {
            writer.Message(9, WriteProperties, metric);
        }

        WriteValue(writer, metric.Value, firstField: 10);
    }

    private static void WriteFlag(ProtobufWriter writer, int field, bool value)
    {
        if (value)
        {
            writer.Varint(field, 1);
        }
    }

    private static void WriteProperties(ProtobufWriter writer, Metric metric)
    {
        foreach (var property in metric.Properties)
        {
            writer.Text(1, property.Key);
        }

        foreach (var property in metric.Properties)
        {
            writer.Message(2, WriteProperty, property);
        }
    }

    private static void WriteProperty(ProtobufWriter writer, Property property)
    {
        writer.Varint(1, (ulong)property.Type);
        WriteFlag(writer, 2, property.Value.Kind == MetricValueKind.None);
        WriteValue(writer, property.Value, firstField: 3);
    }

    // Metric and PropertyValue hold the same six scalars in the same order from different fields.
    private static void WriteValue(ProtobufWriter writer, MetricValue value, int firstField)
    {
        switch (value.Kind)
        {
            case MetricValueKind.None:
                break;
            case MetricValueKind.Int:
                writer.Varint(firstField, value.Bits);
                break;
            case MetricValueKind.Long:
                writer.Varint(firstField + 1, value.Bits);
                break;
            case MetricValueKind.Float:
                writer.Fixed32(firstField + 2, (uint)value.Bits);
                break;
            case MetricValueKind.Double:
                writer.Fixed64(firstField + 3, value.Bits);
                break;
            case MetricValueKind.Boolean:
                writer.Varint(firstField + 4, value.Bits);
                break;
            case MetricValueKind.String:
                writer.Text(firstField + 5, value.Text!);
                break;
            default:
                throw new InvariantBrokenException($"A {value.Kind} value is never sent.");
        }
    }
}

/// <summary>The four protobuf field forms that Sparkplug needs, into a growing buffer.</summary>
internal sealed class ProtobufWriter
{
    private const int TypeVarint = 0;
    private const int TypeFixed64 = 1;
    private const int TypeLength = 2;
    private const int TypeFixed32 = 5;

    private byte[] _buffer = new byte[4096];
    private int _length;

    public byte[] ToArray() => _buffer.AsSpan(0, _length).ToArray();

    public void Varint(int field, ulong value)
    {
        Raw(((ulong)field << 3) | TypeVarint);
        Raw(value);
    }

    public void Fixed32(int field, uint value)
    {
        Raw(((ulong)field << 3) | TypeFixed32);
        BinaryPrimitives.WriteUInt32LittleEndian(Grow(4), value);
    }

    public void Fixed64(int field, ulong value)
    {
        Raw(((ulong)field << 3) | TypeFixed64);
        BinaryPrimitives.WriteUInt64LittleEndian(Grow(8), value);
    }

    public void Text(int field, string value)
    {
        Raw(((ulong)field << 3) | TypeLength);
        var bytes = Encoding.UTF8.GetByteCount(value);
        Raw((ulong)bytes);
        Encoding.UTF8.GetBytes(value, Grow(bytes));
    }

    /// <summary>
    /// A nested message: its content is written behind one byte for its length, and moved where
    /// that takes more.
    /// </summary>
    public void Message<T>(int field, Action<ProtobufWriter, T> write, T content)
    {
        Raw(((ulong)field << 3) | TypeLength);
        var start = _length;
        Grow(1);
        write(this, content);
        var bytes = _length - start - 1;
        var prefix = VarintLength((ulong)bytes);
        if (prefix > 1)
        {
            Grow(prefix - 1);
            _buffer.AsSpan(start + 1, bytes).CopyTo(_buffer.AsSpan(start + prefix));
        }

        _length = start;
        Raw((ulong)bytes);
        _length = start + prefix + bytes;
    }

    private static int VarintLength(ulong value) => 1 + BitOperations.Log2(value) / 7;

    private void Raw(ulong value)
    {
        var span = Grow(VarintLength(value));
        for (var i = 0; i < span.Length - 1; i++)
        {
            span[i] = unchecked((byte)(value | 0x80));
            value >>= 7;
        }

        span[^1] = (byte)value;
    }

    private Span<byte> Grow(int count)
    {
        if (_buffer.Length - _length < count)
        {
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
        }

        var span = _buffer.AsSpan(_length, count);
        _length += count;
        return span;
    }
}
