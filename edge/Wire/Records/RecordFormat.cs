using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Text;
using System.Text.Unicode;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Wire.Records;

/// <summary>
/// The bytes of a record, in the journal and in the hub's record log alike: version, kind, then
/// fixed little-endian fields and length-prefixed texts. A released version is decoded for ever.
/// </summary>
public static class RecordFormat
{
    private const byte Version = 1;
    private const byte KindImage = 1;
    private const byte KindGap = 2;
    private const byte KindCorrection = 3;
    private const byte NoValue = 0;

    public static byte[] Encode(JournalRecord record)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(BytesMaxOf(record));
        var writer = new SpanWriter(buffer);
        writer.Byte(Version);
        switch (record)
        {
            case JournalRecord.Image image:
                WriteImage(ref writer, image);
                break;
            case JournalRecord.Gap gap:
                writer.Byte(KindGap);
                writer.Long(gap.First);
                writer.Long(gap.Last);
                writer.Byte((byte)gap.Reason);
                writer.Long(gap.TimeMs);
                break;
            case JournalRecord.Correction correction:
                writer.Byte(KindCorrection);
                writer.Guid(correction.Boot);
                writer.Long(correction.First);
                writer.Long(correction.Last);
                writer.Long(correction.ShiftMs);
                writer.Long(correction.TimeMs);
                break;
            default:
                throw new InvariantBrokenException($"No bytes for {record.GetType().Name}.");
        }

        var bytes = writer.Written.ToArray();
        ArrayPool<byte>.Shared.Return(buffer);
        Invariant.That(bytes.Length <= WireLimits.RecordBytesMax);
        return bytes;
    }

    /// <summary>Never less than the record takes.</summary>
    private static int BytesMaxOf(JournalRecord record)
    {
        const int HeadMax = 64;
        const int ReadingMax = 16;
        var bytes = HeadMax;
        if (record is JournalRecord.Image image)
        {
            bytes += TextMax(image.Device);
            foreach (var reading in image.Readings)
            {
                bytes += ReadingMax + TextMax(reading.Point) + TextMax(reading.Value?.Text);
            }
        }

        return bytes;
    }

    private static int TextMax(string? text) =>
        text is null ? 0 : 1 + Encoding.UTF8.GetMaxByteCount(text.Length);

    /// <summary>The record, or null and why the bytes are not one.</summary>
    /// <param name="names">Of the records decoded before it; null: each name is made anew.</param>
    public static JournalRecord? Decode(
        ReadOnlySpan<byte> bytes, out string? fault, NameTable? names = null)
    {
        var reader = new SpanReader(bytes, names);
        fault = null;
        var version = reader.Byte();
        if (version != Version)
        {
            fault = $"record format version {version} is not known";
            return null;
        }

        var kind = reader.Byte();
        JournalRecord? record = kind switch
        {
            KindImage => ReadImage(ref reader),
            KindGap => new JournalRecord.Gap(
                reader.Long(), reader.Long(), ReasonOf(reader.Byte()), reader.Long()),
            KindCorrection => new JournalRecord.Correction(
                reader.Guid(), reader.Long(), reader.Long(), reader.Long(), reader.Long()),
            _ => null,
        };
        if (record is null || reader.Failed || !reader.AtEnd)
        {
            fault = $"record of kind {kind} is damaged";
            return null;
        }

        return record;
    }

    private static void WriteImage(ref SpanWriter writer, JournalRecord.Image image)
    {
        Invariant.That(image.Readings.Length <= WireLimits.ReadingsPerRecordMax);
        writer.Byte(KindImage);
        writer.Text(image.Device);
        writer.Long(image.TimeMs);
        writer.Guid(image.Boot.Id);
        writer.Long(image.Boot.MonotonicMs);
        writer.Byte((byte)image.Clock);
        writer.Short((short)image.Readings.Length);
        foreach (var reading in image.Readings)
        {
            writer.Text(reading.Point);
            writer.Short((short)reading.Quality);
            writer.Byte((byte)reading.Reason);
            // Points of one image lie within seconds of it.
            writer.Int(checked((int)(reading.TimeMs - image.TimeMs)));
            if (reading.Value is not { } value)
            {
                writer.Byte(NoValue);
                continue;
            }

            writer.Byte((byte)value.Kind);
            if (value.Kind == ValueKind.Text)
            {
                writer.Text(value.Text!);
            }
            else
            {
                writer.Long(value.Bits);
            }
        }
    }

    private static JournalRecord.Image? ReadImage(ref SpanReader reader)
    {
        var device = reader.Name();
        var timeMs = reader.Long();
        var boot = new Boot(reader.Guid(), reader.Long());
        var clock = (ClockState)reader.Byte();
        int count = reader.UShort();
        // Times of points are told from that of the image.
        var isTime = timeMs is >= long.MinValue - (long)int.MinValue
            and <= long.MaxValue - int.MaxValue;
        if (reader.Failed || count > WireLimits.ReadingsPerRecordMax || !Enum.IsDefined(clock)
            || !isTime)
        {
            return null;
        }

        var readings = ImmutableArray.CreateBuilder<Reading>(count);
        for (var i = 0; i < count && !reader.Failed; i++)
        {
            var point = reader.Name();
            var quality = (Quality)reader.Short();
            var reason = ReasonOf(reader.Byte());
            var pointTimeMs = timeMs + reader.Int();
            readings.Add(new Reading(point, ReadValue(ref reader), quality, reason, pointTimeMs));
        }

        return reader.Failed
            ? null
            : new JournalRecord.Image(device, timeMs, boot, clock, readings.DrainToImmutable());
    }

    private static PointValue? ReadValue(ref SpanReader reader)
    {
        var kind = reader.Byte();
        if (kind == NoValue)
        {
            return null;
        }

        if (kind == (byte)ValueKind.Text)
        {
            return PointValue.Of(reader.Text());
        }

        var bits = reader.Long();
        switch ((ValueKind)kind)
        {
            case ValueKind.Real when double.IsFinite(BitConverter.Int64BitsToDouble(bits)):
                return PointValue.Real(BitConverter.Int64BitsToDouble(bits));
            case ValueKind.Integer:
                return PointValue.Integer(bits);
            case ValueKind.Flag when bits is 0 or 1:
                return PointValue.Flag(bits == 1);
            default:
                reader.Fail();
                return null;
        }
    }

    private static Reason ReasonOf(byte code) =>
        Reasons.IsRegistered((Reason)code) ? (Reason)code : Reason.Unregistered;

    /// <summary>Writes into memory that is large enough.</summary>
    private ref struct SpanWriter(Span<byte> bytes)
    {
        private readonly Span<byte> _bytes = bytes;
        private int _count;

        public readonly ReadOnlySpan<byte> Written => _bytes[.._count];

        public void Byte(byte value) => _bytes[_count++] = value;

        public void Short(short value) =>
            BinaryPrimitives.WriteInt16LittleEndian(Take(2), value);

        public void Int(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(4), value);

        public void Long(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(8), value);

        public void Guid(Guid value) => Invariant.That(value.TryWriteBytes(Take(16)));

        public void Text(string text)
        {
            var length = Encoding.UTF8.GetBytes(text, _bytes[(_count + 1)..]);
            Invariant.That(length <= WireLimits.TextBytesMax);
            Byte((byte)length);
            _count += length;
        }

        private Span<byte> Take(int count)
        {
            var taken = _bytes.Slice(_count, count);
            _count += count;
            return taken;
        }
    }

    /// <summary>
    /// Reads past the end give 0 and set <see cref="Failed"/>, so callers check once.
    /// </summary>
    private ref struct SpanReader(ReadOnlySpan<byte> bytes, NameTable? names)
    {
        private ReadOnlySpan<byte> _left = bytes;

        public bool Failed { get; private set; }

        public readonly bool AtEnd => _left.IsEmpty;

        public void Fail() => Failed = true;

        public byte Byte() => Take(1)[0];

        public short Short() => BinaryPrimitives.ReadInt16LittleEndian(Take(2));

        public ushort UShort() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

        public int Int() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

        public long Long() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

        public Guid Guid() => new(Take(16));

        public string Name()
        {
            if (names is not null && _left.Length > 0 && _left[0] is var length
                && length < _left.Length && names.Of(_left.Slice(1, length)) is { } known)
            {
                _left = _left[(1 + length)..];
                return known;
            }

            return Text();
        }

        public string Text()
        {
            int length = Byte();
            if (length > WireLimits.TextBytesMax || length > _left.Length)
            {
                Failed = true;
                return "";
            }

            // What is no UTF-8 would come out as another, longer text.
            var text = Take(length);
            if (!Utf8.IsValid(text))
            {
                Failed = true;
                return "";
            }

            return Encoding.UTF8.GetString(text);
        }

        private ReadOnlySpan<byte> Take(int count)
        {
            if (_left.Length < count)
            {
                Failed = true;
                _left = [];
                return new byte[count];
            }

            var taken = _left[..count];
            _left = _left[count..];
            return taken;
        }
    }
}
