using System.Net.Sockets;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// A Modbus TCP master: one socket, one request at a time, one owner. An answer counts only if
/// its transaction id is that of the open request; a late one is passed over.
/// </summary>
public sealed class ModbusLink(SiteLink.Tcp link, TimeProvider time) : IDisposable
{
    private readonly byte[] _received =
        new byte[4 * (ModbusFrame.HeadBytes + ModbusFrame.LengthMax)];
    private int _receivedCount;
    private Socket? _socket;
    private ushort _transaction;
    private int _timeoutsInRow;
    private TimeSpan _backoff = AgentLimits.LinkBackoffMin;
    private long _retryNotBefore = long.MinValue;

    /// <summary>Frames that were passed over because they answered no open request.</summary>
    public long FramesPassedOver { get; private set; }

    public async Task<ReadOutcome> Read(byte unit, ReadBlock block, CancellationToken stop)
    {
        using var timeout = new CancellationTokenSource(link.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        if (_socket is null && await Connect(either.Token) is { } unreachable)
        {
            stop.ThrowIfCancellationRequested();
            return unreachable;
        }

        var outcome = await Exchange(unit, block, either.Token);
        stop.ThrowIfCancellationRequested();
        KeepOrClose(outcome);
        return outcome;
    }

    public void Dispose() => Close();

    private async Task<ReadOutcome?> Connect(CancellationToken deadline)
    {
        if (time.GetTimestamp() < _retryNotBefore)
        {
            return new ReadOutcome.Failed(
                Reason.NotConnected, $"waiting to try {link.Host}:{link.Port} again");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(link.Host, link.Port, deadline);
            _socket = socket;
            _receivedCount = 0;
            _timeoutsInRow = 0;
            return null;
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            socket.Dispose();
            BackOff();
            var detail = e is SocketException ? e.Message : "no connection in time";
            return new ReadOutcome.Failed(
                Reason.NotConnected, $"{link.Host}:{link.Port}: {detail}");
        }
    }

    private async Task<ReadOutcome> Exchange(byte unit, ReadBlock block, CancellationToken deadline)
    {
        _transaction = unchecked((ushort)(_transaction + 1));
        try
        {
            var request = ModbusFrame.Request(_transaction, unit, block);
            await _socket!.SendAsync(request, SocketFlags.None, deadline);
            while (true)
            {
                while (NextFrame(out var frame))
                {
                    if (ModbusFrame.TransactionOf(frame) == _transaction)
                    {
                        return ModbusFrame.Judge(frame, unit, block);
                    }

                    FramesPassedOver++;
                }

                if (_receivedCount >= ModbusFrame.HeadBytes
                    && ModbusFrame.LengthOf(_received) is null)
                {
                    return ReadOutcome.Bad("what came back is not Modbus TCP");
                }

                var room = _received.AsMemory(_receivedCount);
                var count = await _socket.ReceiveAsync(room, SocketFlags.None, deadline);
                if (count == 0)
                {
                    return ReadOutcome.Bad("the connection was closed before the answer was whole");
                }

                _receivedCount += count;
            }
        }
        catch (OperationCanceledException)
        {
            return new ReadOutcome.Failed(
                Reason.Timeout, $"no answer in {link.Timeout.TotalMilliseconds:0} ms");
        }
        catch (SocketException e)
        {
            return new ReadOutcome.Failed(Reason.NotConnected, e.Message);
        }
    }

    /// <summary>Takes a whole frame off the front of what was received.</summary>
    private bool NextFrame(out byte[] frame)
    {
        frame = [];
        if (_receivedCount < ModbusFrame.HeadBytes
            || ModbusFrame.LengthOf(_received) is not { } length
            || _receivedCount < ModbusFrame.HeadBytes + length)
        {
            return false;
        }

        var size = ModbusFrame.HeadBytes + length;
        frame = _received[..size];
        _received.AsSpan(size, _receivedCount - size).CopyTo(_received);
        _receivedCount -= size;
        return true;
    }

    private void KeepOrClose(ReadOutcome outcome)
    {
        switch (outcome)
        {
            case ReadOutcome.Words or ReadOutcome.Refused:
                _timeoutsInRow = 0;
                _backoff = AgentLimits.LinkBackoffMin;
                break;
            case ReadOutcome.Failed { Reason: Reason.Timeout }
                when ++_timeoutsInRow < AgentLimits.TimeoutsBeforeReconnect:
                // Many devices take few connections; a late answer is told by its transaction id.
                break;
            default:
                Close();
                BackOff();
                break;
        }
    }

    private void BackOff()
    {
        var ticks = (long)(_backoff.TotalSeconds * time.TimestampFrequency);
        _retryNotBefore = time.GetTimestamp() + ticks;
        _backoff = TimeSpan.FromTicks(
            Math.Min(_backoff.Ticks * 2, AgentLimits.LinkBackoffMax.Ticks));
    }

    private void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }
}
