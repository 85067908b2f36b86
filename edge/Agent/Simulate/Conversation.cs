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
                await (link.IsRtu ? AnswerRtu(frame, stop) : AnswerTcp(frame, stop));
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

    private async Task AnswerTcp(byte[] frame, CancellationToken stop)
    {
        var unit = frame[MbapFrame.HeadBytes - 1];
        var pdu = frame.AsMemory(MbapFrame.HeadBytes);
        var answer = link.Units.TryGetValue(unit, out var device)
            ? device.Answer(pdu.Span, time.GetUtcNow())
            : SimulatedDevice.Exception(pdu.Span[0], ExceptionCode.TargetSilent);
        var sent = new byte[MbapFrame.BytesMax];
        var length = MbapFrame.Write(sent, MbapFrame.TransactionOf(frame), unit, answer);
        await stream.WriteAsync(sent.AsMemory(0, length), stop);
    }

    private async Task AnswerRtu(byte[] frame, CancellationToken stop)
    {
        var unit = frame[0];
        if (unit == Broadcast)
        {
            // Everybody does it, nobody answers.
            foreach (var each in link.Units.Values)
            {
                each.Answer(RtuFrame.PduOf(frame), time.GetUtcNow());
            }
        }
        else if (link.Units.TryGetValue(unit, out var device))
        {
            var answer = device.Answer(RtuFrame.PduOf(frame), time.GetUtcNow());
            var sent = new byte[RtuFrame.BytesMax];
            var length = RtuFrame.Write(sent, unit, answer);
            await stream.WriteAsync(sent.AsMemory(0, length), stop);
        }
    }
}
