using System.Buffers.Binary;
using System.Text;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Benchmarks.HubIngest;

/// <summary>
/// A DDATA that is encoded once; each further record only puts its offset, times and values into
/// the bytes, so that the generator leaves the processor to the hub.
/// </summary>
internal sealed class RecordTemplate
{
    // Six bytes as a varint, as is every time of this century.
    private const long MarkTimeMs = 1_712_345_678_901;
    private const double MarkValue = 0.123456789;
    private const byte LongValueTag = 11 << 3;
    private const int SeqBytes = 2;

    private readonly int _edge;
    private readonly byte[] _bytes;
    private readonly int _offsetAt;
    private readonly List<int> _times = [];
    private readonly List<int> _values = [];

    /// <param name="offset">Any of those with as many bytes.</param>
    /// <param name="isHistorical">It waited in the journal before this session.</param>
    public RecordTemplate(int edge, long offset, bool isHistorical)
    {
        _edge = edge;
        IsHistorical = isHistorical;
        OffsetBytes = VarintLength((ulong)offset);
        var encoded = EdgeMessages.Record(
            offset, Fleet.Image(MarkTimeMs, point => MarkValue + point), isHistorical,
            seq: 0, MarkTimeMs, Fleet.EpochOf(edge));

        // The sequence number is the last field, and the only one whose length varies.
        _bytes = encoded[..^SeqBytes];
        Span<byte> time = stackalloc byte[10];
        time = time[..WriteVarint(time, MarkTimeMs)];
        for (var at = Find(time, 0); at >= 0; at = Find(time, at + time.Length))
        {
            _times.Add(at);
        }

        Span<byte> value = stackalloc byte[8];
        for (var point = 0; point < Fleet.Points; point++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(value, MarkValue + point);
            _values.Add(Find(value, 0));
        }

        Span<byte> place = stackalloc byte[11];
        place[0] = LongValueTag;
        place = place[..(1 + WriteVarint(place[1..], (ulong)offset))];
        _offsetAt = Find(place, Find(Encoding.UTF8.GetBytes(MetricNames.BufferOffset), 0)) + 1;
    }

    public int OffsetBytes { get; }

    public bool IsHistorical { get; }

    /// <summary>The most that <see cref="Write"/> takes.</summary>
    public int Length => _bytes.Length + 3;

    /// <summary>Writes the payload of a record; gives its length.</summary>
    public int Write(Span<byte> target, long offset, long timeMs, byte seq)
    {
        WriteVarint(_bytes.AsSpan(_offsetAt), (ulong)offset);
        foreach (var at in _times)
        {
            WriteVarint(_bytes.AsSpan(at), (ulong)timeMs);
        }

        for (var point = 0; point < _values.Count; point++)
        {
            BinaryPrimitives.WriteDoubleLittleEndian(
                _bytes.AsSpan(_values[point]), Fleet.ValueOf(_edge, offset, point));
        }

        _bytes.CopyTo(target);
        target[_bytes.Length] = 3 << 3;
        return _bytes.Length + 1 + WriteVarint(target[(_bytes.Length + 1)..], seq);
    }

    public static int VarintLength(ulong value)
    {
        Span<byte> bytes = stackalloc byte[10];
        return WriteVarint(bytes, value);
    }

    public static int WriteVarint(Span<byte> target, ulong value)
    {
        var length = 0;
        for (; value >= 0x80; value >>= 7)
        {
            target[length++] = (byte)((value & 0x7F) | 0x80);
        }

        target[length++] = (byte)value;
        return length;
    }

    private int Find(ReadOnlySpan<byte> pattern, int from)
    {
        var at = _bytes.AsSpan(from).IndexOf(pattern);
        return at < 0 ? -1 : from + at;
    }
}
