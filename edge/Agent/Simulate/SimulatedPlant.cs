using System.Net;
using System.Net.Sockets;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Simulate;

/// <summary>Simulated instruments, each link a Modbus server on its own address.</summary>
public sealed class SimulatedPlant(IEnumerable<SimulatedLink> links, TimeProvider time)
    : IAsyncDisposable
{
    private readonly List<(Socket Listener, SimulatedLink Link)> _servers = [];
    private int _connections;

    /// <summary>Null where every address could be taken, or what could not.</summary>
    public string? Listen(Log log)
    {
        foreach (var link in links)
        {
            var tcp = (SiteLink.Tcp)link.Link;
            var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                var address = Dns.GetHostAddresses(tcp.Host)[0];
                listener.Bind(new IPEndPoint(address, tcp.Port));
                listener.Listen();
            }
            catch (SocketException e)
            {
                listener.Dispose();
                return $"{LinkReader.Place(tcp)} cannot be listened on: {e.Message}";
            }

            _servers.Add((listener, link));
            log.Simulating(
                LinkReader.Place(tcp),
                string.Join(", ", link.Units.Select(
                    unit => $"{unit.Value.Device.Id} (unit {unit.Key})")));
        }

        return null;
    }

    /// <summary>Serves until the stop.</summary>
    public Task Run(CancellationToken stop) =>
        Task.WhenAll(_servers.Select(server => Accept(server.Listener, server.Link, stop)));

    public ValueTask DisposeAsync()
    {
        foreach (var (listener, _) in _servers)
        {
            listener.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private async Task Accept(Socket listener, SimulatedLink link, CancellationToken stop)
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await listener.AcceptAsync(stop);
                running.RemoveAll(task => task.IsCompletedSuccessfully);
                if (Interlocked.Increment(ref _connections) > AgentLimits.SimulatedConnectionsMax)
                {
                    Interlocked.Decrement(ref _connections);
                    socket.Dispose();
                    continue;
                }

                running.Add(Serve(socket, link, stop));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task Serve(Socket socket, SimulatedLink link, CancellationToken stop)
    {
        try
        {
            socket.NoDelay = true;
            using var stream = new NetworkStream(socket, ownsSocket: true);
            await new Conversation(stream, link, time).Serve(stop);
        }
        catch (Exception e) when (e is SocketException or IOException
            or OperationCanceledException)
        {
            // The client went away, or the stop came.
        }
        finally
        {
            socket.Dispose();
            Interlocked.Decrement(ref _connections);
        }
    }
}
