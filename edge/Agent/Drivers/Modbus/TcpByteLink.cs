using System.Net.Sockets;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// A blocking socket. It stays a truly blocking one: an asynchronous call, or a timeout other
/// than the kernel's, would make each receive cost two wake-ups of threads.
/// </summary>
public sealed class TcpByteLink(string host, int port, TimeProvider time) : IByteLink
{
    private readonly byte[] _waste = new byte[512];
    private Socket? _socket;
    private int _timeoutMs;

    public bool IsOpen => _socket is not null;

    public string? Open(TimeSpan within)
    {
        Close();
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            // A blocking connect has no timeout of its own; closing the socket ends it.
            using var late = time.CreateTimer(
                _ => socket.Dispose(), null, within, Timeout.InfiniteTimeSpan);
            socket.Connect(host, port);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            (_socket, _timeoutMs) = (socket, 0);
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode != SocketError.OperationAborted)
        {
            socket.Dispose();
            return e.Message;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            socket.Dispose();
            return $"no connection in {within.TotalMilliseconds:0} ms";
        }
    }

    public string? Send(ReadOnlySpan<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty)
            {
                bytes = bytes[_socket!.Send(bytes)..];
            }

            return null;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return e.Message;
        }
    }

    public int Receive(Span<byte> room, TimeSpan within)
    {
        try
        {
            // 0 would mean for ever.
            var milliseconds = Math.Max(1, (int)Math.Ceiling(within.TotalMilliseconds));
            if (milliseconds != _timeoutMs)
            {
                _socket!.ReceiveTimeout = _timeoutMs = milliseconds;
            }

            var count = _socket!.Receive(room);
            return count > 0 ? count : -1;
        }
        catch (SocketException e) when (e.SocketErrorCode
            is SocketError.TimedOut or SocketError.WouldBlock)
        {
            return 0;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return -1;
        }
    }

    public void Discard()
    {
        try
        {
            while (_socket?.Available > 0 && Receive(_waste, TimeSpan.FromMilliseconds(1)) > 0)
            {
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The next send or receive says that the connection is gone.
        }
    }

    public void Close()
    {
        _socket?.Dispose();
        _socket = null;
    }

    public void Dispose() => Close();
}
