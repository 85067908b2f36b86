using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace Monitoring.Wire.Sparkplug;

/// <summary>
/// Bytes to payloads. Anything may arrive here: sizes and counts are limited before memory is
/// taken, unknown fields are skipped, and what is not protobuf gives a fault, never an exception.
/// </summary>
public static class PayloadDecoder
{
    private static readonly UTF8Encoding StrictUtf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>The payload, or null and why the bytes are not one.</summary>
    /// <param name="names">Those of the sender; null: nothing is known of it.</param>
    public static Payload? Decode(
        ReadOnlySpan<byte> bytes, out string? fault, NameTable? names = null)
    {
        fault = null;
        if (bytes.Length > WireLimits.PayloadBytesRefused)
        {
            fault = $"payload of {bytes.Length} bytes is over {WireLimits.PayloadBytesRefused}";
            return null;
        }

        try
        {
            return ReadPayload(new ProtobufReader(bytes), names);
        }
        catch (MalformedPayloadException e)
        {
            fault = e.Message;
        }
        catch (DecoderFallbackException)
        {
            fault = "text is not UTF-8";
        }

        return null;
    }

    private static Payload ReadPayload(ProtobufReader reader, NameTable? names)
    {
        long? time = null;
        ulong? seq = null;
        var metrics = ImmutableArray.CreateBuilder<Metric>();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1:
                    time = Milliseconds(reader.Varint());
                    break;
                case 2:
                    if (metrics.Count == WireLimits.MetricsPerPayloadMax)
                    {
                        throw new MalformedPayloadException(
                            $"more than {WireLimits.MetricsPerPayloadMax} metrics");
                    }

                    metrics.Add(ReadMetric(new ProtobufReader(reader.Bytes()), names));
                    break;
                case 3:
                    seq = reader.Varint();
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        return new Payload { TimestampMs = time, Seq = seq, Metrics = metrics.DrainToImmutable() };
    }

    private static Metric ReadMetric(ProtobufReader reader, NameTable? names)
    {
        string? name = null;
        ulong? alias = null;
        long? time = null;
        DataType? type = null;
        bool historical = false, transient = false, isNull = false;
        ImmutableArray<Property> properties = [];
        var value = default(MetricValue);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: name = ReadName(ref reader, names); break;
                case 2: alias = reader.Varint(); break;
                case 3: time = Milliseconds(reader.Varint()); break;
                case 4: type = TypeOf(reader.Varint()); break;
                case 5: historical = reader.Varint() != 0; break;
                case 6: transient = reader.Varint() != 0; break;
                case 7: isNull = reader.Varint() != 0; break;
                case 9: properties = ReadProperties(new ProtobufReader(reader.Bytes())); break;
                case >= 10 and <= 19: value = ReadValue(ref reader, reader.Field - 10); break;
                default: reader.Skip(); break;
            }
        }

        return new Metric
        {
            Name = name,
            Alias = alias,
            TimestampMs = time,
            Type = type,
            IsHistorical = historical,
            IsTransient = transient,
            IsNull = isNull,
            Properties = properties,
            Value = value,
        };
    }

    private static ImmutableArray<Property> ReadProperties(ProtobufReader reader)
    {
        const int PropertiesMax = 50;
        var keys = new List<string>();
        var values = new List<(DataType Type, MetricValue Value)>();
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1 when keys.Count < PropertiesMax:
                    keys.Add(ReadText(ref reader, WireLimits.MetricNameBytesMax));
                    break;
                case 2 when values.Count < PropertiesMax:
                    values.Add(ReadPropertyValue(new ProtobufReader(reader.Bytes())));
                    break;
                default:
                    reader.Skip();
                    break;
            }
        }

        if (keys.Count != values.Count)
        {
            throw new MalformedPayloadException("property keys and values differ in number");
        }

        return [.. keys.Zip(values, (key, pair) => new Property(key, pair.Type, pair.Value))];
    }

    private static (DataType Type, MetricValue Value) ReadPropertyValue(ProtobufReader reader)
    {
        var type = DataType.Unknown;
        var value = default(MetricValue);
        while (reader.Next())
        {
            switch (reader.Field)
            {
                case 1: type = TypeOf(reader.Varint()); break;
                case >= 3 and <= 8: value = ReadValue(ref reader, reader.Field - 3); break;
                default: reader.Skip(); break;
            }
        }

        return (type, value);
    }

    private static MetricValue ReadValue(ref ProtobufReader reader, int index)
    {
        switch (index)
        {
            case 0: return new MetricValue(MetricValueKind.Int, reader.Varint(), null);
            case 1: return new MetricValue(MetricValueKind.Long, reader.Varint(), null);
            case 2: return new MetricValue(MetricValueKind.Float, reader.Fixed32(), null);
            case 3: return new MetricValue(MetricValueKind.Double, reader.Fixed64(), null);
            case 4: return MetricValue.Boolean(reader.Varint() != 0);
            case 5: return MetricValue.String(ReadText(ref reader, WireLimits.PayloadBytesMax));
            default:
                reader.Skip();
                return new MetricValue(MetricValueKind.Other, 0, null);
        }
    }

    private static string ReadName(ref ProtobufReader reader, NameTable? names)
    {
        var ahead = reader;
        if (names?.Of(ahead.Bytes()) is { } known)
        {
            reader = ahead;
            return known;
        }

        return ReadText(ref reader, WireLimits.MetricNameBytesMax);
    }

    private static string ReadText(ref ProtobufReader reader, int bytesMax)
    {
        var bytes = reader.Bytes();

        // Names are ASCII nearly always, and its check and copy are the cheapest there are.
        return bytes.Length <= bytesMax
            ? Ascii.IsValid(bytes) ? Encoding.Latin1.GetString(bytes) : StrictUtf8.GetString(bytes)
            : throw new MalformedPayloadException(
                $"text of {bytes.Length} bytes is over {bytesMax}");
    }

    private static DataType TypeOf(ulong number) =>
        number <= (ulong)DataType.Uuid ? (DataType)number : DataType.Unknown;

    // The year 9999; beyond it no time of ours can be written.
    private static long Milliseconds(ulong value) => value <= 253_402_300_799_999
        ? (long)value
        : throw new MalformedPayloadException($"timestamp {value} is beyond the year 9999");
}

/// <summary>Thrown inside the decoder only; it becomes a fault at its one entry.</summary>
internal sealed class MalformedPayloadException(string message) : Exception(message);

/// <summary>Protobuf fields one after another, over bytes that may be anything.</summary>
internal ref struct ProtobufReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _left = bytes;
    private int _type;

    public int Field { get; private set; }

    public bool Next()
    {
        if (_left.IsEmpty)
        {
            return false;
        }

        var tag = RawVarint();
        if (tag is < 8 or > uint.MaxValue)
        {
            throw new MalformedPayloadException("field number is out of range");
        }

        Field = (int)(tag >> 3);
        _type = (int)(tag & 7);
        return true;
    }

    public ulong Varint()
    {
        Expect(0);
        return RawVarint();
    }

    public uint Fixed32()
    {
        Expect(5);
        return BinaryPrimitives.ReadUInt32LittleEndian(Take(4));
    }

    public ulong Fixed64()
    {
        Expect(1);
        return BinaryPrimitives.ReadUInt64LittleEndian(Take(8));
    }

    public ReadOnlySpan<byte> Bytes()
    {
        Expect(2);
        var length = RawVarint();
        return length <= (ulong)_left.Length
            ? Take((int)length)
            : throw new MalformedPayloadException("field is longer than the payload");
    }

    public void Skip()
    {
        _ = _type switch
        {
            0 => RawVarint() > 0 ? 0 : 0,
            1 => Take(8).Length,
            2 => Bytes().Length,
            5 => Take(4).Length,
            _ => throw new MalformedPayloadException($"wire type {_type} is not known"),
        };
    }

    private readonly void Expect(int type)
    {
        if (_type != type)
        {
            RefuseType(type);
        }
    }

    // The refusals stand apart, so that what comes before them is compiled in place.
    [DoesNotReturn]
    private readonly void RefuseType(int type) => throw new MalformedPayloadException(
        $"field {Field} has wire type {_type}, not {type}");

    [DoesNotReturn]
    private static void RefuseEnd() =>
        throw new MalformedPayloadException("payload ends inside a field");

    private ulong RawVarint()
    {
        const int BytesMax = 10;
        var bytes = _left;
        ulong value = 0;
        for (var i = 0; i < BytesMax && i < bytes.Length; i++)
        {
            value |= unchecked((ulong)(bytes[i] & 0x7F) << (7 * i));
            if (bytes[i] < 0x80)
            {
                _left = bytes[(i + 1)..];
                return value;
            }
        }

        throw new MalformedPayloadException(
            bytes.Length < BytesMax
                ? "payload ends inside a field"
                : "varint is longer than ten bytes");
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (_left.Length < count)
        {
            RefuseEnd();
        }

        var taken = _left[..count];
        _left = _left[count..];
        return taken;
    }
}
