using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// Modbus TCP. An answer counts only if its transaction id is that of the open request; others
/// are passed over. A stream that lost its step is closed.
/// </summary>
public sealed class TcpExchange(IByteLink link, SiteLink site, TimeProvider time)
    : IModbusExchange
{
    private readonly byte[] _frame = new byte[MbapFrame.BytesMax];
    private readonly byte[] _received = new byte[4 * MbapFrame.BytesMax];
    private int _count;
    private ushort _transaction;

    public bool IsOpen => link.IsOpen;

    public long Strays { get; private set; }

    public string? Open()
    {
        _count = 0;
        return link.Open(site.Timeout);
    }

    public void Close() => link.Close();

    public void Dispose() => link.Dispose();

    public ModbusOutcome Ask(
        byte unit, ModbusRequest request, CancellationToken abandon, TimeSpan? patience = null)
    {
        var timeout = patience ?? site.Timeout;

        // It goes on from one connection to the next, so no two recent requests are alike.
        _transaction = unchecked((ushort)(_transaction + 1));
        var length = MbapFrame.Write(_frame, _transaction, unit, request.Pdu);
        var sent = time.GetTimestamp();
        if (link.Send(_frame.AsSpan(0, length)) is { } broken)
        {
            return Broken(broken);
        }

        var waiting = time.GetTimestamp();
        while (true)
        {
            var left = timeout - time.GetElapsedTime(waiting);
            var slice = left < AgentLimits.ReceiveSlice ? left : AgentLimits.ReceiveSlice;
            var count = link.Receive(
                _received.AsSpan(_count), slice > TimeSpan.Zero ? slice : TimeSpan.Zero);
            if (count < 0)
            {
                return Broken("the connection was closed before the answer was whole");
            }

            _count += count;
            if (TakeAnswer(unit, request, sent) is { } outcome)
            {
                return outcome;
            }

            // Only after a look at what has come: it may have been us who came late.
            if (left <= TimeSpan.Zero || abandon.IsCancellationRequested)
            {
                return ModbusOutcome.NoAnswer(timeout);
            }
        }
    }

    public void Idle(TimeSpan pause)
    {
        var start = time.GetTimestamp();
        while (pause - time.GetElapsedTime(start) is { Ticks: > 0 } left)
        {
            if (link.Receive(_received.AsSpan(_count), left) is var count and >= 0)
            {
                _count += count;
                while (HasFrame(out var frame) && frame > 0)
                {
                    Remove(frame);
                    Strays++;
                }
            }
            else
            {
                // The next request says that the connection is gone.
                link.Close();
                return;
            }
        }
    }

    /// <summary>What the frames that came say to the request; null: nothing yet.</summary>
    private ModbusOutcome? TakeAnswer(byte unit, ModbusRequest request, long sent)
    {
        while (HasFrame(out var length))
        {
            if (length < 0)
            {
                link.Close();
                return ModbusOutcome.Bad("what came back is not Modbus TCP");
            }

            if (MbapFrame.TransactionOf(_received) == _transaction)
            {
                var outcome = Judge(_received.AsSpan(0, length), unit, request, sent);
                Remove(length);
                return outcome;
            }

            Remove(length);
            Strays++;
        }

        return null;
    }

    /// <summary>True: a whole frame is at hand or, with a negative length, none can be.</summary>
    private bool HasFrame(out int length)
    {
        length = MbapFrame.LengthOf(_received.AsSpan(0, _count));
        return length < 0 || (length > 0 && length <= _count);
    }

    private ModbusOutcome Judge(
        ReadOnlySpan<byte> frame, byte unit, ModbusRequest request, long sent)
    {
        var pdu = frame[MbapFrame.HeadBytes..];
        if (frame[MbapFrame.HeadBytes - 1] is var other && other != unit)
        {
            return ModbusOutcome.Bad($"unit {other} answered for unit {unit}");
        }

        if (request.IsRefusedBy(pdu))
        {
            return new ModbusOutcome.Refused(pdu[1]);
        }

        return request.IsAnsweredBy(pdu)
            ? new ModbusOutcome.Answered(pdu.ToArray(), sent, time.GetTimestamp())
            : ModbusOutcome.Bad(
                $"function {pdu[0]} with {pdu.Length - 1} bytes came back for function "
                + $"{(int)request.Function}");
    }

    private void Remove(int length)
    {
        _received.AsSpan(length, _count - length).CopyTo(_received);
        _count -= length;
    }

    private ModbusOutcome.Failed Broken(string detail)
    {
        link.Close();
        return new ModbusOutcome.Failed(Reason.NotConnected, detail);
    }
}
