using System.Net;
using System.Net.Sockets;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Simulate;

/// <summary>All instruments of a site, each link a Modbus TCP server on its own address.</summary>
public sealed class SimulatedPlant(
    Site site, ReplayTable table, TimeSpan step, ServedLog served, TimeProvider time)
    : IAsyncDisposable
{
    private const byte TargetSilent = 11;
    private const int RequestBytes = 12;

    private readonly List<(Socket Listener, Dictionary<byte, SimulatedDevice> Units)> _servers = [];
    private int _connections;

    /// <summary>Null where every address could be taken, or what could not.</summary>
    public string? Listen(Log log)
    {
        foreach (var gateway in site.Gateways)
        {
            foreach (var link in gateway.Links.Cast<SiteLink.Tcp>())
            {
                var units = gateway.Devices.Where(device => device.Link == link.Id).ToDictionary(
                    device => (byte)device.Address,
                    device => new SimulatedDevice(device, table, step, served));
                var listener = new Socket(SocketType.Stream, ProtocolType.Tcp);
                try
                {
                    var address = Dns.GetHostAddresses(link.Host)[0];
                    listener.Bind(new IPEndPoint(address, link.Port));
                    listener.Listen();
                }
                catch (SocketException e)
                {
                    listener.Dispose();
                    return $"{link.Host}:{link.Port} cannot be listened on: {e.Message}";
                }

                _servers.Add((listener, units));
                log.Simulating(
                    $"{link.Host}:{link.Port}",
                    string.Join(", ", units.Select(unit => $"{unit.Value.Id} (unit {unit.Key})")));
            }
        }

        return null;
    }

    /// <summary>Serves until the stop.</summary>
    public Task Run(CancellationToken stop) =>
        Task.WhenAll(_servers.Select(server => Accept(server.Listener, server.Units, stop)));

    public ValueTask DisposeAsync()
    {
        foreach (var (listener, _) in _servers)
        {
            listener.Dispose();
        }

        return ValueTask.CompletedTask;
    }

    private async Task Accept(
        Socket listener, Dictionary<byte, SimulatedDevice> units, CancellationToken stop)
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

                running.Add(Serve(socket, units, stop));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task Serve(
        Socket socket, Dictionary<byte, SimulatedDevice> units, CancellationToken stop)
    {
        try
        {
            socket.NoDelay = true;
            var frame = new byte[ModbusFrame.HeadBytes + ModbusFrame.LengthMax];
            while (await ReadFrame(socket, frame, stop) is { } size)
            {
                var answer = Answer(frame.AsSpan(0, size), units);
                await socket.SendAsync(answer, SocketFlags.None, stop);
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException)
        {
            // The client went away, or the stop came.
        }
        finally
        {
            socket.Dispose();
            Interlocked.Decrement(ref _connections);
        }
    }

    private byte[] Answer(ReadOnlySpan<byte> frame, Dictionary<byte, SimulatedDevice> units)
    {
        if (!units.TryGetValue(frame[6], out var device))
        {
            return ModbusFrame.Exception(frame, frame[7], TargetSilent);
        }

        return frame.Length == RequestBytes
            ? device.Answer(frame, time.GetUtcNow())
            : ModbusFrame.Exception(frame, frame[7], 1);
    }

    /// <summary>
    /// The size of the next whole frame; null: the client closed or lost its step.
    /// </summary>
    private static async Task<int?> ReadFrame(Socket socket, byte[] frame, CancellationToken stop)
    {
        if (!await Fill(socket, frame.AsMemory(0, ModbusFrame.HeadBytes), stop)
            || ModbusFrame.LengthOf(frame) is not { } length
            || !await Fill(socket, frame.AsMemory(ModbusFrame.HeadBytes, length), stop))
        {
            return null;
        }

        return ModbusFrame.HeadBytes + length;
    }

    private static async Task<bool> Fill(Socket socket, Memory<byte> room, CancellationToken stop)
    {
        while (!room.IsEmpty)
        {
            var count = await socket.ReceiveAsync(room, SocketFlags.None, stop);
            if (count == 0)
            {
                return false;
            }

            room = room[count..];
        }

        return true;
    }
}
