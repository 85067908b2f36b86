using System.Net;
using System.Net.Sockets;

namespace Monitoring.Tests.Servers;

/// <summary>Loopback ports that nobody listens on now.</summary>
public static class Ports
{
    // Below the range from which the kernel gives ports to clients: a port that is free while
    // its server is killed must not be taken by somebody who is trying to reach it.
    private const int Lowest = 20_000;
    private const int Count = 12_000;

    private static int _next = Environment.ProcessId * 37 % Count;

    public static int Free()
    {
        while (true)
        {
            var port = Lowest + (Interlocked.Increment(ref _next) % Count);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it.
            }
        }
    }

    /// <summary>True as soon as somebody accepts; false if nobody did in time.</summary>
    public static async Task<bool> WaitForListener(int port, TimeSpan atMost, Child owner)
    {
        var end = TimeProvider.System.GetUtcNow() + atMost;
        while (TimeProvider.System.GetUtcNow() < end && !owner.HasExited)
        {
            if (await Accepts(port))
            {
                return true;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20));
        }

        return false;
    }

    public static async Task<bool> Accepts(int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
