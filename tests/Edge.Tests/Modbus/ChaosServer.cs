using System.Buffers.Binary;
using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent.Drivers.Modbus;

namespace Monitoring.Tests.Modbus;

/// <summary>
/// Units behind a line on which everything goes wrong that can. Their registers say which unit
/// was asked for what and when, so whatever is taken for another answer is seen.
/// </summary>
/// <remarks>
/// What is taken for granted, since no master could do without: over TCP bytes come unchanged and
/// in order until it is cut, though whole answers may be late, doubled or in any order.
/// Over RTU each unit answers in the order in which it was asked, a doubled answer comes
/// right behind the first, and none comes later than <see cref="LatestTimeouts"/> timeouts.
/// </remarks>
public sealed class ChaosServer(
    bool isRtu, TimeSpan timeout, FakeTimeProvider time, Random random)
{
    public const double LatestTimeouts = 3.5;

    private readonly DateTimeOffset[] _lastArrival = new DateTimeOffset[256];
    private byte[] _lastAnswer = [];

    /// <summary>A planted bug of the master: whatever comes damaged has a right sum.</summary>
    public bool RepairsSums { get; init; }

    /// <summary>Requests so far.</summary>
    public uint Count { get; private set; }

    /// <summary>Frames that came otherwise than they were sent.</summary>
    public int Damaged { get; private set; }

    /// <summary>The connection is cut behind what is under way.</summary>
    public bool Cuts { get; private set; }

    public IEnumerable<Arrival> Answer(byte[] request)
    {
        Count++;
        Cuts = false;
        var unit = request[isRtu ? 0 : 6];
        var pdu = isRtu ? request[1..^2] : request[7..];
        byte[] answer = random.Next(50) == 0
            ? [(byte)(pdu[0] | 0x80), 6]
            : Registers(unit, pdu);
        var frame = Framed(request, unit, answer);
        var stranger = random.Next(2) == 0 && _lastAnswer.Length > 0 && !isRtu
            ? _lastAnswer : Stranger(request, pdu);
        _lastAnswer = frame;
        return random.Next(16) switch
        {
            0 => [],
            1 or 2 => [new(Late(unit), frame)],
            3 => isRtu
                ? Twice(unit, frame)
                : [new(Soon(unit), frame), new(Late(unit), frame)],
            4 => [new(Soon(unit), [.. stranger, .. frame])],
            5 => [new(Soon(unit), [.. frame, .. stranger])],
            6 => [new(Soon(unit), stranger), new(Late(unit), frame)],
            7 => [new(Soon(unit), Truncated(frame))],
            8 => [new(Soon(unit), Corrupted(frame))],
            9 => Pieces(unit, frame),
            10 => [new(Late(unit), [.. stranger, .. frame])],
            11 when isRtu => [new(Soon(unit), [.. Noise(), .. frame])],
            _ => [new(Soon(unit), frame)],
        };
    }

    /// <summary>Unit and function, address, number of the request, and its complement.</summary>
    private byte[] Registers(byte unit, byte[] pdu)
    {
        var count = pdu[4];
        var answer = new byte[2 + 2 * Math.Max((int)count, 6)];
        (answer[0], answer[1], answer[2], answer[3]) = (pdu[0], (byte)(2 * count), unit, pdu[0]);
        pdu.AsSpan(1, 2).CopyTo(answer.AsSpan(4));
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(6), Count);
        BinaryPrimitives.WriteUInt32BigEndian(answer.AsSpan(10), ~Count);
        return answer[..(2 + 2 * count)];
    }

    private TimeSpan Soon(byte unit) => InOrder(unit, timeout * (0.05 + 0.2 * random.NextDouble()));

    private TimeSpan Late(byte unit) =>
        InOrder(unit, timeout * (0.8 + (LatestTimeouts - 0.8) * random.NextDouble()));

    private TimeSpan InOrder(byte unit, TimeSpan after)
    {
        if (!isRtu)
        {
            return after;
        }

        var at = time.GetUtcNow() + after;
        _lastArrival[unit] = at > _lastArrival[unit] ? at : _lastArrival[unit];
        return _lastArrival[unit] - time.GetUtcNow();
    }

    private byte[] Framed(byte[] request, byte unit, byte[] pdu)
    {
        var frame = new byte[MbapFrame.BytesMax];
        return frame[..(isRtu
            ? RtuFrame.Write(frame, unit, pdu)
            : MbapFrame.Write(frame, MbapFrame.TransactionOf(request), unit, pdu))];
    }

    /// <summary>A whole frame of another unit, or to another transaction.</summary>
    private byte[] Stranger(byte[] request, byte[] pdu)
    {
        var other = (byte)(100 + random.Next(3));
        var frame = Framed(request, other, Registers(other, pdu));
        if (!isRtu)
        {
            frame[0] ^= (byte)(1 + random.Next(255));
        }

        return frame;
    }

    private byte[] Truncated(byte[] frame)
    {
        Damaged++;
        Cuts = !isRtu;
        return frame[..random.Next(1, frame.Length)];
    }

    /// <summary>
    /// Up to three bits, or a burst of 16, which the sum always tells. TCP has sums of its own, so
    /// there it is a server that writes a wrong head.
    /// </summary>
    private byte[] Corrupted(byte[] frame)
    {
        Damaged++;
        byte[] damaged = [.. frame];
        if (!isRtu)
        {
            damaged[random.Next(2, 9)] ^= (byte)(1 << random.Next(8));
            return damaged;
        }

        var burst = random.Next(1, 0x10000);
        var first = random.Next(2) == 0
            ? random.Next(frame.Length - 1) * 8
            : -1;
        for (var i = 0; i < (first < 0 ? 3 : 16); i++)
        {
            var bit = first < 0 ? random.Next(frame.Length * 8) : first + i;
            damaged[bit / 8] ^= (byte)(((first < 0 ? 1 : burst >> i) & 1) << (bit % 8));
        }

        if (RepairsSums)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(
                damaged.AsSpan(frame.Length - 2), RtuFrame.Crc(damaged.AsSpan()[..^2]));
        }

        return damaged;
    }

    private Arrival[] Pieces(byte unit, byte[] frame)
    {
        var cut = random.Next(1, frame.Length);
        var first = Soon(unit);
        return [new(first, frame[..cut]), new(isRtu ? Soon(unit) : first, frame[cut..])];
    }

    private Arrival[] Twice(byte unit, byte[] frame)
    {
        var after = Soon(unit);
        return random.Next(2) == 0
            ? [new(after, [.. frame, .. frame])]
            : [new(after, frame), new(after + TimeSpan.FromMilliseconds(1), frame)];
    }

    private byte[] Noise()
    {
        var noise = new byte[random.Next(1, 30)];
        random.NextBytes(noise);
        return noise;
    }
}
