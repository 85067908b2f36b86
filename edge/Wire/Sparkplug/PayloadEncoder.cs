using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Numerics;
using System.Text;
using Monitoring.Wire.Records;

namespace Monitoring.Wire.Sparkplug;

/// <summary>Readings that are to be written as metrics, and how.</summary>
/// <param name="IsTyped">With the type of each; else the birth has declared it.</param>
public readonly record struct ReadingMetrics(
    ImmutableArray<Reading> Readings, bool IsTyped, bool IsHistorical, bool IsTransient);

/// <summary>
/// Payloads to bytes: protobuf (proto2) with the Sparkplug B field numbers. Every field that is
/// set is written, also 0 and false, since presence carries meaning (seq 0).
/// </summary>
public static class PayloadEncoder
{
    /// <param name="image">Readings that come after the metrics of the payload.</param>
    public static byte[] Encode(Payload payload, ReadingMetrics image = default)
    {
        var writer = new ProtobufWriter();
        if (payload.TimestampMs is { } time)
        {
            writer.Varint(1, (ulong)time);
        }

        foreach (var metric in payload.Metrics)
        {
            var start = writer.Begin(2);
            WriteMetric(writer, metric);
            writer.End(start);
        }

        if (!image.Readings.IsDefault)
        {
            foreach (ref readonly var reading in image.Readings.AsSpan())
            {
                var start = writer.Begin(2);
                WriteReading(writer, reading, image);
                writer.End(start);
            }
        }

        if (payload.Seq is { } seq)
        {
            writer.Varint(3, seq);
        }

        return writer.Finish();
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
        WriteProperties(writer, metric.Properties);
        WriteValue(writer, metric.Value, firstField: 10);
    }

    // As a metric of the same content would be: there are too many to make one of each first.
    private static void WriteReading(
        ProtobufWriter writer, in Reading reading, in ReadingMetrics image)
    {
        writer.Text(1, reading.Point);
        writer.Varint(3, (ulong)reading.TimeMs);
        if (image.IsTyped && reading.Value is { Kind: var kind })
        {
            writer.Varint(4, (ulong)DataTypes.Of(kind));
        }

        WriteFlag(writer, 5, image.IsHistorical);
        WriteFlag(writer, 6, image.IsTransient);
        WriteFlag(writer, 7, reading.Value is null);
        WriteProperties(writer, PropertiesOf(reading));
        if (reading.Value is { } value)
        {
            WriteValue(writer, MetricValue.Of(value), firstField: 10);
        }
    }

    private static ImmutableArray<Property> PropertiesOf(in Reading reading)
    {
        // Quality may be left out where it is good; an absent value would then be read as bad.
        if (reading is { Quality: Quality.Good, Reason: Reason.None, Value: not null })
        {
            return [];
        }

        var quality = new Property(
            MetricNames.Quality, DataType.Int32, MetricValue.Int((uint)reading.Quality));
        return reading.Reason == Reason.None
            ? [quality]
            : [
                quality,
                new Property(
                    MetricNames.Reason, DataType.String,
                    MetricValue.String(Reasons.NameOf(reading.Reason))),
            ];
    }

    private static void WriteFlag(ProtobufWriter writer, int field, bool value)
    {
        if (value)
        {
            writer.Varint(field, 1);
        }
    }

    private static void WriteProperties(
        ProtobufWriter writer, ImmutableArray<Property> properties)
    {
        if (properties.IsEmpty)
        {
            return;
        }

        var set = writer.Begin(9);
        foreach (var property in properties)
        {
            writer.Text(1, property.Key);
        }

        foreach (var property in properties)
        {
            var start = writer.Begin(2);
            WriteProperty(writer, property);
            writer.End(start);
        }

        writer.End(set);
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

    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _length;

    /// <summary>What was written; nothing more can be.</summary>
    public byte[] Finish()
    {
        var bytes = _buffer.AsSpan(0, _length).ToArray();
        ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        return bytes;
    }

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
    /// <returns>For its end.</returns>
    public int Begin(int field)
    {
        Raw(((ulong)field << 3) | TypeLength);
        Grow(1);
        return _length - 1;
    }

    public void End(int start)
    {
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
        if (value < 0x80 && _length < _buffer.Length)
        {
            _buffer[_length++] = (byte)value;
            return;
        }

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
            var larger = ArrayPool<byte>.Shared.Rent(
                Math.Max(_buffer.Length * 2, _length + count));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        var span = _buffer.AsSpan(_length, count);
        _length += count;
        return span;
    }
}
