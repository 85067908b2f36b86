using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Monitoring.Core.Exports;

/// <summary>One item of a command's content: fields that belong together, in their order.</summary>
public sealed record Hj212Item(ImmutableArray<(string Name, string Value)> Fields)
{
    public static Hj212Item Of(string name, string value) => new([(name, value)]);

    /// <summary>Null where there is no such field.</summary>
    public string? Find(string name)
    {
        foreach (var field in Fields)
        {
            if (field.Name == name)
            {
                return field.Value;
            }
        }

        return null;
    }
}

/// <summary>A packet of HJ 212-2017, section 6.3.</summary>
/// <param name="RequestId">QN: local time as yyyyMMddHHmmssfff; empty where there is none.</param>
/// <param name="System">ST: 31 air source, 51 flue process, 91 system.</param>
/// <param name="Command">CN, such as 2051.</param>
/// <param name="Station">MN, 24 characters.</param>
/// <param name="AsksForAnswer">Bit 0 of Flag.</param>
/// <param name="Part">PNUM and PNO of a message in several packets; null: it is whole.</param>
public sealed record Hj212Packet(
    string RequestId, string System, string Command, string Password, string Station,
    bool AsksForAnswer, (int Count, int Number)? Part, ImmutableArray<Hj212Item> Content);

/// <summary>A packet, or why the bytes are none.</summary>
/// <param name="Consumed">Bytes that are done with; 0: the frame is not complete yet.</param>
public readonly record struct Hj212Outcome(Hj212Packet? Packet, string Fault, int Consumed);

/// <summary>
/// The frame of HJ 212-2017: ##, four digits of length, the segment, a check in four hexadecimal
/// digits, CR LF. (The standard's own prose misprints the check of its example: 1C80 is right.)
/// </summary>
public static class Hj212Frame
{
    /// <summary>Of the segment (6.2).</summary>
    public const int SegmentMax = 1_024;

    private static readonly SearchValues<char> EndSigns = SearchValues.Create(";,=&#\r\n");

    private const int HeadLength = 6;
    private const int TailLength = 6;

    /// <summary>The version in the bits of Flag above the first two: 2017.</summary>
    private const int Version = 1;

    /// <exception cref="ArgumentException">
    /// The segment is too long, or a text has signs that end a field.
    /// </exception>
    public static string Encode(Hj212Packet packet)
    {
        var segment = SegmentOf(packet);
        if (segment.Length > SegmentMax)
        {
            throw new ArgumentException(
                $"A segment of {segment.Length} characters; {SegmentMax} are allowed.",
                nameof(packet));
        }

        return $"##{segment.Length:D4}{segment}{Check(Encoding.ASCII.GetBytes(segment)):X4}\r\n";
    }

    /// <summary>Of its segment.</summary>
    public static int LengthOf(Hj212Packet packet) => SegmentOf(packet).Length;

    /// <summary>
    /// Reads the first frame. What is before a ## is skipped; of a damaged frame so much is
    /// consumed that the next one is found.
    /// </summary>
    public static Hj212Outcome Decode(ReadOnlySpan<byte> bytes)
    {
        var start = bytes.IndexOf("##"u8);
        if (start < 0)
        {
            // A single # at the end may be the half of one.
            var rest = bytes.Length > 0 && bytes[^1] == (byte)'#' ? 1 : 0;
            return new Hj212Outcome(null, "no ## found", bytes.Length - rest);
        }

        // Of a run of # the last two begin the frame.
        while (start + 2 < bytes.Length && bytes[start + 2] == (byte)'#')
        {
            start++;
        }

        var frame = bytes[start..];
        if (frame.Length < HeadLength)
        {
            return new Hj212Outcome(null, "", start);
        }

        if (!TryDigits(frame[2..HeadLength], out var length) || length > SegmentMax)
        {
            return new Hj212Outcome(null, "the length is no number up to 1024", start + 2);
        }

        if (frame.Length < HeadLength + length + TailLength)
        {
            return new Hj212Outcome(null, "", start);
        }

        var segment = frame.Slice(HeadLength, length);
        var tail = frame.Slice(HeadLength + length, TailLength);
        if (!tail[4..].SequenceEqual("\r\n"u8))
        {
            return new Hj212Outcome(null, "no CR LF where the length says", start + 2);
        }

        var check = Check(segment).ToString("X4", CultureInfo.InvariantCulture);
        if (!Ascii.EqualsIgnoreCase(tail[..4], check))
        {
            return new Hj212Outcome(
                null, $"the check is {Encoding.ASCII.GetString(tail[..4])}, and should be {check}",
                start + HeadLength + length + TailLength);
        }

        var packet = Hj212Segment.Parse(Encoding.ASCII.GetString(segment), out var fault);
        return new Hj212Outcome(packet, fault, start + HeadLength + length + TailLength);
    }

    /// <summary>
    /// Appendix A: a CRC-16 that moves its register down before each byte. It is not that of
    /// Modbus.
    /// </summary>
    public static int Check(ReadOnlySpan<byte> bytes)
    {
        var register = 0xFFFF;
        foreach (var one in bytes)
        {
            register = (register >> 8) ^ one;
            for (var bit = 0; bit < 8; bit++)
            {
                register = (register & 1) == 1 ? (register >> 1) ^ 0xA001 : register >> 1;
            }
        }

        return register;
    }

    private static string SegmentOf(Hj212Packet packet)
    {
        var text = new StringBuilder();
        void Add(string name, string value) => text.Append(name).Append('=')
            .Append(Checked(value)).Append(';');
        if (packet.RequestId.Length > 0)
        {
            Add("QN", packet.RequestId);
        }

        Add("ST", packet.System);
        Add("CN", packet.Command);
        Add("PW", packet.Password);
        Add("MN", packet.Station);
        var flag = (Version << 2) | (packet.Part is null ? 0 : 2) | (packet.AsksForAnswer ? 1 : 0);
        Add("Flag", flag.ToString(CultureInfo.InvariantCulture));
        if (packet.Part is var (count, number))
        {
            Add("PNUM", count.ToString(CultureInfo.InvariantCulture));
            Add("PNO", number.ToString(CultureInfo.InvariantCulture));
        }

        return text.Append("CP=&&").Append(ContentOf(packet.Content)).Append("&&").ToString();
    }

    internal static string ContentOf(ImmutableArray<Hj212Item> items) =>
        string.Join(';', items.Select(item => string.Join(
            ',', item.Fields.Select(field => $"{Checked(field.Name)}={Checked(field.Value)}"))));

    private static string Checked(string text) =>
        text.AsSpan().ContainsAny(EndSigns) || !Ascii.IsValid(text)
            ? throw new ArgumentException($"'{text}' has a sign that a field may not have.")
            : text;

    private static bool TryDigits(ReadOnlySpan<byte> digits, out int number)
    {
        number = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            number = number * 10 + digit - '0';
        }

        return true;
    }
}
