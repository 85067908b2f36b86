using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Monitoring.Tests.Servers;

/// <summary>A network between two programs that can be cut.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly ConcurrentDictionary<TcpClient, byte> _ends = new();
    private readonly TcpListener _listener;
    private readonly int _target;
    private readonly Task _accepting;
    private volatile bool _isCut;

    public TcpProxy(int target)
    {
        _target = target;
        Port = Ports.Free();
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>From now on no byte comes through, and nobody is told so.</summary>
    public void Cut() => _isCut = true;

    /// <summary>New connections come through; those that stood still have ended.</summary>
    public void Mend()
    {
        EndAll();
        _isCut = false;
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        EndAll();
        await _accepting;
    }

    private void EndAll()
    {
        foreach (var end in _ends.Keys)
        {
            end.Dispose();
            _ends.TryRemove(end, out _);
        }
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = JoinAsync(await _listener.AcceptTcpClientAsync());
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task JoinAsync(TcpClient near)
    {
        using var far = new TcpClient();
        using (near)
        {
            (_ends[near], _ends[far]) = (0, 0);
            try
            {
                await StandStillAsync();
                await far.ConnectAsync(IPAddress.Loopback, _target);
                await Task.WhenAny(PumpAsync(near, far), PumpAsync(far, near));
            }
            catch (Exception e) when (IsEnd(e))
            {
                // Nobody listens behind it, or the cut has ended this one.
            }

            _ends.TryRemove(near, out _);
            _ends.TryRemove(far, out _);
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to)
    {
        var bytes = new byte[1 << 16];
        try
        {
            while (await from.GetStream().ReadAsync(bytes) is > 0 and var count)
            {
                await StandStillAsync();
                await to.GetStream().WriteAsync(bytes.AsMemory(0, count));
            }
        }
        catch (Exception e) when (IsEnd(e))
        {
            // One of the two is gone.
        }
    }

    private async Task StandStillAsync()
    {
        while (_isCut)
        {
            await Task.Delay(Look);
        }
    }

    private static bool IsEnd(Exception e) =>
        e is SocketException or IOException or ObjectDisposedException
            or InvalidOperationException;
}
