using Monitoring.Agent.Drivers.Modbus;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// One client's bytes: takes requests off them, one after the other, and sends the answers.
/// </summary>
internal sealed class Conversation(Stream stream, SimulatedLink link, TimeProvider time)
{
    private const byte Broadcast = 0;

    private readonly byte[] _received = new byte[2 * MbapFrame.BytesMax];
    private int _count;
    private byte[] _late = [];

    /// <summary>Ends when the client goes, or where its bytes are no Modbus TCP.</summary>
    public async Task Serve(CancellationToken stop)
    {
        while (true)
        {
            var count = await stream.ReadAsync(_received.AsMemory(_count), stop);
            stop.ThrowIfCancellationRequested();
            if (count == 0)
            {
                return;
            }

            _count += count;
            int length;
            while ((length = Length()) > 0)
            {
                var frame = _received[..length];
                _received.AsSpan(length, _count - length).CopyTo(_received);
                _count -= length;
                await Answer(frame, stop);
            }

            if (length < 0)
            {
                return;
            }
        }
    }

    /// <summary>The bytes of the request in front; 0: it is not whole; negative: none is.</summary>
    private int Length()
    {
        var bytes = _received.AsSpan(0, _count);
        if (!link.IsRtu)
        {
            var whole = MbapFrame.LengthOf(bytes);
            return whole <= _count ? whole : 0;
        }

        // A function that is not known has no length; a client sends a request in one go.
        var length = RtuFrame.LengthOfRequest(bytes);
        length = length < 0 ? _count : length;
        if (length == 0 || (length > _count && length <= RtuFrame.BytesMax))
        {
            return 0;
        }

        if (length <= _count && RtuFrame.IsIntact(bytes[..length]))
        {
            return length;
        }

        // As on a line: what is broken is passed over up to the next silence.
        _count = 0;
        return 0;
    }

    private async Task Answer(byte[] frame, CancellationToken stop)
    {
        var unit = frame[link.IsRtu ? 0 : MbapFrame.HeadBytes - 1];
        var pdu = link.IsRtu ? RtuFrame.PduOf(frame).ToArray() : frame[MbapFrame.HeadBytes..];
        if (link.Units.TryGetValue(unit, out var device))
        {
            await Answer(device, frame, unit, pdu, stop);
        }
        else if (!link.IsRtu)
        {
            var refusal = SimulatedDevice.Exception(pdu[0], ExceptionCode.TargetSilent);
            await stream.WriteAsync(Frame(MbapFrame.TransactionOf(frame), unit, refusal), stop);
        }
        else if (unit == Broadcast)
        {
            // Everybody does it, nobody answers.
            foreach (var each in link.Units.Values)
            {
                each.Answer(pdu, time.GetUtcNow());
            }
        }
    }

    private async Task Answer(
        SimulatedDevice device, byte[] request, byte unit, byte[] pdu, CancellationToken stop)
    {
        var conduct = device.ConductAt(time.GetUtcNow());
        if (conduct.Is(WrongAnswer.Dead))
        {
            return;
        }

        if (conduct.Delay > TimeSpan.Zero)
        {
            await Task.Delay(conduct.Delay, time, stop);
        }

        var answer = conduct.Exception is { } code
            ? SimulatedDevice.Exception(pdu[0], (ExceptionCode)code)
            : device.Answer(pdu, time.GetUtcNow());
        var frame = Spoil(conduct, request, unit, answer);
        var late = _late;
        _late = conduct.Is(WrongAnswer.Late) ? frame : [];
        await stream.WriteAsync(conduct.Is(WrongAnswer.Late) ? late : [.. late, .. frame], stop);
    }

    private byte[] Spoil(Conduct conduct, byte[] request, byte unit, byte[] pdu)
    {
        if (conduct.Is(WrongAnswer.WrongFunction))
        {
            // 3 for 4 and 1 for 2, and the other way about: of the same shape.
            pdu = [(byte)(((pdu[0] - 1) ^ 1) + 1), .. pdu.AsSpan(1)];
        }

        var transaction = MbapFrame.TransactionOf(request);
        transaction = (ushort)(transaction ^ (conduct.Is(WrongAnswer.WrongTransaction) ? 1 : 0));
        unit = (byte)(unit ^ (conduct.Is(WrongAnswer.ForeignUnit) ? 1 : 0));
        var frame = Frame(transaction, unit, pdu);
        if (conduct.Is(WrongAnswer.BadCrc) && link.IsRtu)
        {
            frame[^1] ^= byte.MaxValue;
        }

        return conduct.Is(WrongAnswer.Truncated) ? frame[..(frame.Length / 2)] : frame;
    }

    private byte[] Frame(ushort transaction, byte unit, byte[] pdu)
    {
        var frame = new byte[MbapFrame.BytesMax];
        var length = link.IsRtu
            ? RtuFrame.Write(frame, unit, pdu)
            : MbapFrame.Write(frame, transaction, unit, pdu);
        return frame[..length];
    }
}
