using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Monitoring.Server;
using Monitoring.Server.Ingest;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Sparkplug;
using MQTTnet;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace Monitoring.Tests.Ingest;

/// <summary>The broker inside the hub, attacked over its port.</summary>
public sealed class EmbeddedBrokerTests : IAsyncDisposable
{
    // Made by mosquitto_passwd 2.0 for the password 'correct horse'.
    private const string Hash =
        "$7$101$8QOhzD4pNYUCbGfi$Zjl/6IZxVHH9TqG6CGklC1p7jakuwvzehdtQFn7lFS2K4u01MBOaJocYog7+535k"
        + "CkVXhkLdrkFN0UWp7qePgg==";

    private const string Password = "correct horse";
    private const string EdgeA = "plant-a/gateway-1";
    private const string EdgeB = "plant-b/gateway-1";

    private readonly ConcurrentQueue<string> _heard = new();
    private readonly List<IMqttClient> _clients = [];
    private readonly IPEndPoint _endpoint = new(IPAddress.Loopback, FreePort());
    private readonly TempFolder _folder = new();
    private WebApplication? _app;
    private RecordLog? _records;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
        {
            client.Dispose();
        }

        await _app!.DisposeAsync();
        await _records!.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Nobody_speaks_for_another_gateway_or_for_the_hub()
    {
        var hub = await StartAsync();
        var edge = await ConnectAsync(EdgeA, Password, "edge-a");
        await edge.PublishStringAsync("spBv1.0/plant-b/NDATA/gateway-1", "forged");
        await edge.PublishStringAsync("spBv1.0/plant-a/NCMD/gateway-1", "forged");
        await edge.PublishStringAsync("spBv1.0/STATE/hub", "forged", retain: true);
        await edge.PublishStringAsync("spBv1.0/plant-a/NDATA/gateway-1", "own");

        await HeardAsync("spBv1.0/plant-a/NDATA/gateway-1 own");
        Assert.Single(_heard);
        Assert.True(hub.IsConnected);
    }

    [Fact]
    public async Task A_packet_of_many_megabytes_is_not_waited_for()
    {
        await StartAsync();
        using var stranger = new TcpClient();
        await stranger.ConnectAsync(_endpoint);
        var stream = stranger.GetStream();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));

        // A CONNECT of 256 MB, so it says: before anybody can be asked for a password.
        byte[] head = [0x10, 0xFF, 0xFF, 0xFF, 0x7F];
        await stream.WriteAsync(head, limit.Token);
        await Assert.ThrowsAsync<IOException>(async () =>
        {
            for (var megabytes = 0; megabytes < 64; megabytes++)
            {
                await stream.WriteAsync(new byte[1 << 20], limit.Token);
            }
        });
    }

    [Fact]
    public async Task A_will_cannot_bury_another_gateway()
    {
        await StartAsync();
        var forger = await ConnectAsync(
            EdgeA, Password, "forger", "spBv1.0/plant-b/NDEATH/gateway-1");
        var honest = await ConnectAsync(
            EdgeB, Password, "honest", "spBv1.0/plant-b/NDEATH/gateway-1");

        forger.Dispose();
        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        Assert.Empty(_heard);
        honest.Dispose();
        await HeardAsync("spBv1.0/plant-b/NDEATH/gateway-1 will");
        Assert.Single(_heard);
    }

    [Fact]
    public async Task The_hubs_connection_cannot_be_taken_over()
    {
        var hub = await StartAsync();
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(EdgeA, Password, "hub"));
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync("hub", "guess", "other"));
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync(EdgeA, "guess", "edge-a"));
        await Assert.ThrowsAnyAsync<Exception>(() => ConnectAsync("nobody", Password, "x"));

        await hub.PingAsync();
        Assert.True(hub.IsConnected);
    }

    [Fact]
    public async Task What_an_edge_publishes_is_not_retained()
    {
        await StartAsync();
        var edge = await ConnectAsync(EdgeA, Password, "edge-a");
        await edge.PublishStringAsync("spBv1.0/plant-a/NDATA/gateway-1", "kept?", retain: true);
        await HeardAsync("spBv1.0/plant-a/NDATA/gateway-1 kept?");

        var server = _app!.Services.GetRequiredService<MqttServer>();
        var retained = Assert.Single(await server.GetRetainedMessagesAsync());
        Assert.Equal("spBv1.0/STATE/hub", retained.Topic);
    }

    [Theory]
    [InlineData("#")]
    [InlineData("spBv1.0/plant-b/NCMD/gateway-1")]
    [InlineData("spBv1.0/plant-b/NDATA/gateway-1")]
    public async Task An_edge_cannot_listen_to_others(string filter)
    {
        await StartAsync();
        var edge = await ConnectAsync(EdgeA, Password, "edge-a");
        var answer = await edge.SubscribeAsync(filter);
        Assert.Equal(MqttClientSubscribeResultCode.NotAuthorized, answer.Items.Single().ResultCode);
    }

    [Fact]
    public async Task Connections_do_not_hold_up_the_end()
    {
        var hub = await StartAsync();
        await ConnectAsync(EdgeA, Password, "edge-a");
        var ended = new TaskCompletionSource();
        hub.DisconnectedAsync += _ =>
        {
            ended.TrySetResult();
            return Task.CompletedTask;
        };

        // Left alone the server would wait for its connections for half a minute.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        await _app!.StopAsync(limit.Token);

        Assert.False(limit.IsCancellationRequested);
        await ended.Task.WaitAsync(limit.Token);
    }

    private async Task<IMqttClient> StartAsync()
    {
        var faults = new Faults();
        var users = BrokerUsers.Parse(
            "users", $"hub:{Hash}\n{EdgeA}:{Hash}\n{EdgeB}:{Hash}\n", faults);
        Assert.Empty(faults.All);
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => EmbeddedBroker.Listen(kestrel, _endpoint));
        _records = RecordLog.Open(_folder.File("records.db"));
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(_records)
            .AddSingleton<TakePayload>(_ => { })
            .AddSingleton(new MqttSettings(null, _endpoint, "hub", "hub", Password, users));
        EmbeddedBroker.Add(builder.Services);
        _app = builder.Build();
        EmbeddedBroker.Attach(_app.Services);
        await _app.StartAsync();

        var hub = await ConnectAsync("hub", Password, "hub");
        hub.ApplicationMessageReceivedAsync += received =>
        {
            var message = received.ApplicationMessage;
            var text = message.ConvertPayloadToString();
            if (HostState.Decode(Encoding.UTF8.GetBytes(text)) is null)
            {
                _heard.Enqueue($"{message.Topic} {text}");
            }

            return Task.CompletedTask;
        };
        await hub.SubscribeAsync("spBv1.0/#");
        return hub;
    }

    private async Task<IMqttClient> ConnectAsync(
        string username, string password, string clientId, string? willTopic = null)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        _clients.Add(client);
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer(_endpoint.Address.ToString(), _endpoint.Port)
            .WithClientId(clientId)
            .WithCredentials(username, password);
        if (willTopic is not null)
        {
            options.WithWillTopic(willTopic).WithWillPayload("will");
        }

        var result = await client.ConnectAsync(options.Build());
        Assert.Equal(MqttClientConnectResultCode.Success, result.ResultCode);
        return client;
    }

    private async Task HeardAsync(string message)
    {
        for (var i = 0; i < 100 && !_heard.Contains(message); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        Assert.Contains(message, _heard);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
