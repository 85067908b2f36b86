using System.Buffers.Binary;
using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// One instrument: answers requests as its map says, with the values of the moment, and counts
/// the images it served. A holding register that was written keeps what was written.
/// </summary>
public sealed class SimulatedDevice(SiteDevice device, Signals signals, ServedLog? log)
{
    private const byte ExceptionBit = 0x80;
    private const int WriteMax = 123;
    private const int WriteAfterReadMax = 121;

    private readonly Lock _lock = new();
    private readonly RegisterSpace _space = new(device.Map);
    private readonly Dictionary<int, ushort> _written = [];
    private long _sequence;

    public SiteDevice Device => device;

    public Conduct ConductAt(DateTimeOffset now) => signals.ConductOf(device, now);

    public static byte[] Exception(byte function, ExceptionCode exception) =>
        [(byte)(function | ExceptionBit), (byte)exception];

    /// <summary>The PDU that answers a PDU.</summary>
    public byte[] Answer(ReadOnlySpan<byte> pdu, DateTimeOffset now)
    {
        lock (_lock)
        {
            return (ModbusFunction)pdu[0] switch
            {
                ModbusFunction.ReadCoils => ReadBits(pdu, RegisterTable.Coil, now),
                ModbusFunction.ReadDiscreteInputs => ReadBits(pdu, RegisterTable.Discrete, now),
                ModbusFunction.ReadHoldingRegisters => ReadWords(pdu, RegisterTable.Holding, now),
                ModbusFunction.ReadInputRegisters => ReadWords(pdu, RegisterTable.Input, now),
                ModbusFunction.WriteRegister => WriteOne(pdu),
                ModbusFunction.WriteRegisters => WriteMany(pdu),
                ModbusFunction.ReadWriteRegisters => WriteAndRead(pdu, now),
                ModbusFunction.Identify => Identity.Answer(pdu, device.Map),
                _ => Exception(pdu[0], ExceptionCode.IllegalFunction),
            };
        }
    }

    private byte[] ReadBits(ReadOnlySpan<byte> pdu, RegisterTable table, DateTimeOffset now)
    {
        if (Refusal(pdu, table) is { } refused)
        {
            return Exception(pdu[0], refused);
        }

        var bits = Serve(table, Word(pdu, 1), Word(pdu, 3), now);
        var answer = new byte[2 + (bits.Length + 7) / 8];
        answer[0] = pdu[0];
        answer[1] = (byte)(answer.Length - 2);
        for (var i = 0; i < bits.Length; i++)
        {
            answer[2 + i / 8] |= (byte)((bits[i] & 1) << (i % 8));
        }

        return answer;
    }

    private byte[] ReadWords(ReadOnlySpan<byte> pdu, RegisterTable table, DateTimeOffset now)
    {
        if (Refusal(pdu, table) is { } refused)
        {
            return Exception(pdu[0], refused);
        }

        var words = Serve(table, Word(pdu, 1), Word(pdu, 3), now);
        var answer = new byte[2 + 2 * words.Length];
        answer[0] = pdu[0];
        answer[1] = (byte)(2 * words.Length);
        for (var i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt16BigEndian(answer.AsSpan(2 + 2 * i), words[i]);
        }

        return answer;
    }

    private byte[] WriteOne(ReadOnlySpan<byte> pdu)
    {
        if (RefusalToWrite(pdu.Length == 5, Word(pdu, 1), 1) is { } refused)
        {
            return Exception(pdu[0], refused);
        }

        Keep(Word(pdu, 1), pdu[3..]);
        return pdu.ToArray();
    }

    private byte[] WriteMany(ReadOnlySpan<byte> pdu)
    {
        var count = Word(pdu, 3);
        var isWhole = count is >= 1 and <= WriteMax && pdu.Length == 6 + 2 * count
            && pdu[5] == 2 * count;
        if (RefusalToWrite(isWhole, Word(pdu, 1), count) is { } refused)
        {
            return Exception(pdu[0], refused);
        }

        Keep(Word(pdu, 1), pdu[6..]);
        return pdu[..5].ToArray();
    }

    private byte[] WriteAndRead(ReadOnlySpan<byte> pdu, DateTimeOffset now)
    {
        var count = Word(pdu, 7);
        var isWhole = count is >= 1 and <= WriteAfterReadMax && pdu.Length == 10 + 2 * count
            && pdu[9] == 2 * count;
        var refused = RefusalToWrite(isWhole, Word(pdu, 5), count)
            ?? _space.Refusal(RegisterTable.Holding, Word(pdu, 1), Word(pdu, 3));
        if (refused is { } exception)
        {
            return Exception(pdu[0], exception);
        }

        Keep(Word(pdu, 5), pdu[10..]);
        byte[] read = [pdu[0], .. pdu[1..5]];
        return ReadWords(read, RegisterTable.Holding, now);
    }

    private ExceptionCode? Refusal(ReadOnlySpan<byte> pdu, RegisterTable table)
    {
        if (!_space.Has(table))
        {
            return ExceptionCode.IllegalFunction;
        }

        return pdu.Length == 5
            ? _space.Refusal(table, Word(pdu, 1), Word(pdu, 3))
            : ExceptionCode.IllegalValue;
    }

    private ExceptionCode? RefusalToWrite(bool isWhole, int start, int count)
    {
        if (!_space.Has(RegisterTable.Holding))
        {
            return ExceptionCode.IllegalFunction;
        }

        return isWhole
            ? _space.Refusal(RegisterTable.Holding, start, count)
            : ExceptionCode.IllegalValue;
    }

    private void Keep(int start, ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i < bytes.Length / 2; i++)
        {
            _written[start + i] = (ushort)Word(bytes, 2 * i);
        }
    }

    private ushort[] Serve(RegisterTable table, int start, int count, DateTimeOffset now)
    {
        var isImage = _space.Points(table, start, count).Any(point =>
            point.Id == device.Map.SequencePoint && point.Registers.Address >= start
            && point.Registers.Address + point.Registers.Count <= start + count);
        if (isImage)
        {
            // Logged before it is sent: what an edge has seen is always in the log.
            _sequence++;
            log?.Append(now.ToUnixTimeMilliseconds(), device.Id, _sequence, Values(now));
        }

        var served = Image(table, start, count, now);
        for (var i = 0; i < count && table == RegisterTable.Holding; i++)
        {
            served[i] = _written.GetValueOrDefault(start + i, served[i]);
        }

        return served;
    }

    private ushort[] Image(RegisterTable table, int start, int count, DateTimeOffset now)
    {
        // A point of which only a part is asked for is made whole.
        var points = _space.Points(table, start, count);
        var sources = points.Select(point => point.Registers).ToList();
        var first = sources.Select(source => source.Address).Append(start).Min();
        var end = sources.Select(source => source.Address + source.Count)
            .Append(start + count).Max();
        var image = new ushort[end - first];

        // One within another, such as a bit of a word, is written over it.
        foreach (var point in points.OrderByDescending(point => point.Registers.Width))
        {
            var own = image.AsSpan(point.Registers.Address - first, point.Registers.Count);
            if (point.Id == device.Map.SequencePoint)
            {
                PointLimits.Write(point, _sequence, own);
            }
            else
            {
                signals.Write(device, point, now, own);
            }
        }

        return image[(start - first)..(start - first + count)];
    }

    /// <summary>What an edge makes of all registers, by point; absences are left out.</summary>
    private Dictionary<string, double> Values(DateTimeOffset now) =>
        Readings(now)
            .Where(reading => reading.Point != device.Map.SequencePoint)
            .Select(reading => (reading.Point, Number: reading.Value?.AsNumber()))
            .Where(reading => reading.Number is not null)
            .ToDictionary(reading => reading.Point, reading => reading.Number!.Value);

    /// <summary>What an edge would read now.</summary>
    internal ImmutableArray<Reading> Readings(DateTimeOffset now)
    {
        var raw = device.Map.Points.Select(point => point.Registers).Select(source =>
            RegisterCodec.Decode(
                source, Image(source.Table, source.Address, source.Count, now),
                now.ToUnixTimeMilliseconds()));
        return ImageDecoder.Finish(device.Map, [.. raw]);
    }

    private static int Word(ReadOnlySpan<byte> bytes, int index) =>
        bytes.Length < index + 2 ? 0 : BinaryPrimitives.ReadUInt16BigEndian(bytes[index..]);
}
