using System.Globalization;
using System.Text;

namespace Monitoring.Server.Projection;

/// <summary>
/// Points in InfluxDB's line protocol, as the bytes of one request, and what has to be deleted
/// before them. Its memory is used again and again.
/// </summary>
/// <remarks>
/// Tags are to be given in the order of their names, which InfluxDB asks for. Numbers are all
/// floats, since a field has one type for ever.
/// </remarks>
public sealed class PointBatch
{
    private const int LinesMax = 5_000;
    private const int BytesMax = 1024 * 1024;
    private const int NumberBytesMax = 64;

    private readonly List<int> _ends = [];
    private readonly List<string> _deletes = [];
    private byte[] _bytes = new byte[BytesMax / 4];
    private int _length;
    private bool _hasField;

    public int Lines => _ends.Count;

    public bool IsFull => Lines >= LinesMax || _length >= BytesMax;

    /// <summary>InfluxQL statements to run before the points are written.</summary>
    public IReadOnlyList<string> Deletes => _deletes;

    public void Clear()
    {
        _ends.Clear();
        _deletes.Clear();
        _length = 0;
    }

    public void Delete(string statement) => _deletes.Add(statement);

    /// <summary>The bytes of some lines, without the last line's end.</summary>
    public ReadOnlyMemory<byte> Bytes(int first, int count) =>
        _bytes.AsMemory(StartOf(first)..(_ends[first + count - 1] - 1));

    public string Text(int line) => Encoding.UTF8.GetString(Bytes(line, 1).Span);

    public PointBatch Point(ReadOnlySpan<byte> measurement)
    {
        _hasField = false;
        return Raw(measurement);
    }

    public PointBatch Tag(ReadOnlySpan<byte> name, string? value)
    {
        // A tag cannot be empty, hold a control character, or end in its own escape.
        var text = value.AsSpan().TrimEnd('\\');
        return text.IsEmpty ? this : Raw(","u8).Raw(name).Raw("="u8).Escaped(text, ",= ");
    }

    public PointBatch Field(ReadOnlySpan<byte> name, double? value) =>
        value is { } number && double.IsFinite(number) ? Named(name).Number(number) : this;

    public PointBatch Field(ReadOnlySpan<byte> name, decimal? value) =>
        value is { } number ? Named(name).Number(number) : this;

    public PointBatch Field(ReadOnlySpan<byte> name, int value) => Named(name).Number(value);

    public PointBatch Text(ReadOnlySpan<byte> name, string value) =>
        Named(name).Raw("\""u8).Escaped(value, "\\\"").Raw("\""u8);

    /// <summary>Ends the point; one without any field is left out.</summary>
    public void At(long timeMs)
    {
        if (!_hasField)
        {
            _length = StartOf(Lines);
            return;
        }

        Raw(" "u8).Number(timeMs).Raw("\n"u8);
        _ends.Add(_length);
    }

    private int StartOf(int line) => line == 0 ? 0 : _ends[line - 1];

    private PointBatch Named(ReadOnlySpan<byte> field)
    {
        Raw(_hasField ? ","u8 : " "u8).Raw(field).Raw("="u8);
        _hasField = true;
        return this;
    }

    private PointBatch Number<T>(T value)
        where T : IUtf8SpanFormattable
    {
        value.TryFormat(Room(NumberBytesMax), out var written, "", CultureInfo.InvariantCulture);
        _length += written;
        return this;
    }

    private PointBatch Raw(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        _length += bytes.Length;
        return this;
    }

    private PointBatch Escaped(ReadOnlySpan<char> text, string special)
    {
        // Twice as long when every character is escaped, three bytes at most for each of UTF-16.
        var room = Room(text.Length * 3);
        var written = 0;
        foreach (var character in text)
        {
            if (!char.IsAscii(character))
            {
                return EscapedSlowly(text, special);
            }

            var clean = char.IsControl(character) ? ' ' : character;
            if (special.Contains(clean))
            {
                room[written++] = (byte)'\\';
            }

            room[written++] = (byte)clean;
        }

        _length += written;
        return this;
    }

    private PointBatch EscapedSlowly(ReadOnlySpan<char> text, string special)
    {
        var escaped = new StringBuilder();
        foreach (var character in text)
        {
            var clean = char.IsControl(character) ? ' ' : character;
            escaped.Append(special.Contains(clean) ? "\\" : "").Append(clean);
        }

        return Raw(Encoding.UTF8.GetBytes(escaped.ToString()));
    }

    private Span<byte> Room(int bytes)
    {
        if (_bytes.Length - _length < bytes)
        {
            Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + bytes));
        }

        return _bytes.AsSpan(_length);
    }
}
