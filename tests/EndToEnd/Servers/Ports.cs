using System.Net;
using System.Net.Sockets;

namespace Monitoring.Tests.Servers;

/// <summary>Loopback ports that nobody listens on now.</summary>
public static class Ports
{
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
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
