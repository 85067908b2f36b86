using System.Net;
using System.Net.Sockets;
using MQTTnet;
using MQTTnet.Server;

namespace Monitoring.Tests.Tck;

/// <summary>
/// A broker behind a wire on which every packet of every client is written down, in the order in
/// which they came. Nothing is changed or held up.
/// </summary>
public sealed class RecordingBroker : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<Packet> _packets = [];
    private readonly List<Task> _wires = [];
    private readonly List<TcpClient> _sockets = [];
    private readonly MqttServer _server;
    private readonly int _serverPort = FreePort();
    private Task _accepting = Task.CompletedTask;

    private RecordingBroker() => _server = new MqttServerFactory().CreateMqttServer(
        new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointPort(_serverPort)
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
            .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .Build());

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Url => new($"mqtt://127.0.0.1:{Port}");

    public IReadOnlyList<Packet> Packets
    {
        get
        {
            lock (_lock)
            {
                return [.. _packets];
            }
        }
    }

    public static async Task<RecordingBroker> Start()
    {
        var broker = new RecordingBroker();
        await broker._server.StartAsync();
        broker._listener.Start();
        broker._accepting = broker.Accept();
        return broker;
    }

    public IReadOnlyList<Message> PublishedBy(string client) =>
    [
        .. Packets.OfType<Packet.Publish>().Where(packet => packet.Client == client)
            .Select(packet => packet.Message),
    ];

    /// <summary>A message as if from a client of the broker.</summary>
    public Task Inject(string topic, byte[] payload, bool retain = false) =>
        _server.InjectApplicationMessage(new InjectedMqttApplicationMessage(
            new MqttApplicationMessageBuilder()
                .WithTopic(topic).WithPayload(payload).WithRetainFlag(retain).Build())
        {
            SenderClientId = "injected",
        });

    /// <summary>Waits until the packets fulfil it.</summary>
    public async Task Until(
        string what, Func<IReadOnlyList<Packet>, bool> holds)
    {
        var end = TimeProvider.System.GetUtcNow() + TimeSpan.FromSeconds(90);
        while (!holds(Packets))
        {
            if (TimeProvider.System.GetUtcNow() > end)
            {
                Assert.Fail($"never: {what}. Seen:\n{string.Join('\n', Packets.TakeLast(60))}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    /// <summary>The wire is cut: no client says good-bye.</summary>
    public void Cut()
    {
        lock (_lock)
        {
            _sockets.ForEach(socket => socket.Close());
            _sockets.Clear();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        await Task.WhenAll(_wires);
        await _server.StopAsync();
        _server.Dispose();
        _stop.Dispose();
    }

    private async Task Accept()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var server = new TcpClient();
                await server.ConnectAsync(IPAddress.Loopback, _serverPort, _stop.Token);
                lock (_lock)
                {
                    _sockets.AddRange([client, server]);
                }

                _wires.Add(Carry(server, client, _ => { }));
                _wires.Add(Carry(client, server, Recorder()));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException
            or ObjectDisposedException)
        {
            // The end.
        }
    }

    private static async Task Carry(TcpClient from, TcpClient to, Action<byte[]> see)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int count;
            while ((count = await from.GetStream().ReadAsync(buffer)) > 0)
            {
                see(buffer[..count]);
                await to.GetStream().WriteAsync(buffer.AsMemory(0, count));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException
            or InvalidOperationException or SocketException)
        {
            // Either side has closed: the other one is closed too.
        }

        from.Close();
        to.Close();
    }

    /// <summary>Cuts one client's bytes into packets and writes them down.</summary>
    private Action<byte[]> Recorder()
    {
        var waiting = new List<byte>();
        var (client, level) = ("", (byte)5);
        return bytes =>
        {
            waiting.AddRange(bytes);
            while (Whole(waiting) is var (head, length) && waiting.Count >= head + length)
            {
                var body = waiting.GetRange(head, length).ToArray();
                lock (_lock)
                {
                    if (Packet.Parse(client, level, _packets.Count, waiting[0], body)
                        is { } packet)
                    {
                        client = packet.Client;
                        level = packet is Packet.Connect connect ? connect.Level : level;
                        _packets.Add(packet);
                    }
                }

                waiting.RemoveRange(0, head + length);
            }
        };
    }

    private static (int Head, int Length)? Whole(List<byte> bytes)
    {
        var length = 0;
        for (var i = 1; i < bytes.Count && i < 5; i++)
        {
            length |= (bytes[i] & 127) << (7 * (i - 1));
            if (bytes[i] < 128)
            {
                return (i + 1, length);
            }
        }

        return null;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
