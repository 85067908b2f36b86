using System.Net;
using System.Net.Sockets;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// Simulated instruments: each link a Modbus server on its own address, or on a pseudo terminal.
/// </summary>
public sealed class SimulatedPlant(IEnumerable<SimulatedLink> links, TimeProvider time)
    : IAsyncDisposable
{
    private readonly List<(Socket Listener, SimulatedLink Link)> _servers = [];
    private readonly List<(PseudoTerminal Terminal, SimulatedLink Link)> _lines = [];
    private int _connections;

    /// <summary>Null where every address could be taken, or what could not.</summary>
    public string? Listen(Log log)
    {
        foreach (var link in links)
        {
            // Once for nothing: the first answer would come late while its code is compiled.
            foreach (var unit in link.Units.Values)
            {
                unit.Readings(time.GetUtcNow());
            }

            var place = LinkReader.Place(link.Link);
            try
            {
                place += Open(link);
            }
            catch (Exception e) when (e is SocketException or IOException
                or UnauthorizedAccessException)
            {
                return $"{place} cannot be had: {e.Message}";
            }

            log.Simulating(place, string.Join(", ", link.Units.Select(
                unit => $"{unit.Value.Device.Id} (unit {unit.Key})")));
        }

        return null;
    }

    /// <summary>Serves until the stop.</summary>
    public async Task Run(CancellationToken stop)
    {
        // A read of a terminal hears of no stop by itself.
        await using var woken = stop.Register(() => _lines.ForEach(line => line.Terminal.Wake()));
        await Task.WhenAll(
        [
            .. _servers.Select(server => Accept(server.Listener, server.Link, stop)),
            .. _lines.Select(line => Serve(line.Terminal.Stream, line.Link, stop)),
        ]);
    }

    public ValueTask DisposeAsync()
    {
        _servers.ForEach(server => server.Listener.Dispose());
        _lines.ForEach(line => line.Terminal.Dispose());
        return ValueTask.CompletedTask;
    }

    /// <returns>What its place does not say.</returns>
    private string Open(SimulatedLink link)
    {
        if (link.Link is SiteLink.Serial serial)
        {
            var terminal = PseudoTerminal.Open(serial.Path);
            _lines.Add((terminal, link));
            return $" (pseudo terminal {terminal.Path})";
        }

        var tcp = (SiteLink.Tcp)link.Link;
        var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _servers.Add((listener, link));
        listener.Bind(new IPEndPoint(Dns.GetHostAddresses(tcp.Host)[0], tcp.Port));
        listener.Listen();
        return "";
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
        socket.NoDelay = true;
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        await Serve(stream, link, stop);
        Interlocked.Decrement(ref _connections);
    }

    private async Task Serve(Stream stream, SimulatedLink link, CancellationToken stop)
    {
        try
        {
            await new Conversation(stream, link, time).Serve(stop);
        }
        catch (Exception e) when (e is SocketException or IOException
            or OperationCanceledException)
        {
            // The client went away, or the stop came.
        }
    }
}
