using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Monitoring.Server;
using Monitoring.Server.Ingest;
using MQTTnet;

namespace Monitoring.Tests.Broker;

/// <summary>The broker of the hub on a free port, and clients of it.</summary>
public sealed class HubBroker : IAsyncDisposable
{
    private readonly List<IMqttClient> _clients = [];
    private readonly WebApplication _app;

    private HubBroker(WebApplication app, int port)
    {
        _app = app;
        Port = port;
    }

    public int Port { get; }

    public IServiceProvider Services => _app.Services;

    public static async Task<HubBroker> Start()
    {
        var endpoint = new IPEndPoint(IPAddress.Loopback, FreePort());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => EmbeddedBroker.Listen(kestrel, endpoint));
        builder.Services.AddSingleton(TimeProvider.System)
            .AddSingleton(new MqttSettings(null, endpoint, "hub", "hub", null, null));
        EmbeddedBroker.Add(builder.Services);
        var app = builder.Build();
        EmbeddedBroker.Attach(app.Services);
        await app.StartAsync();
        return new HubBroker(app, endpoint.Port);
    }

    public async Task<IMqttClient> Connect(
        string username, ConcurrentQueue<string>? heard = null, string? willTopic = null)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        _clients.Add(client);
        client.ApplicationMessageReceivedAsync += received =>
        {
            heard?.Enqueue(received.ApplicationMessage.Topic);
            return Task.CompletedTask;
        };
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", Port)
            .WithClientId($"{username.Replace('/', '-')}-{_clients.Count}")
            .WithCredentials(username, "");
        if (willTopic is not null)
        {
            options.WithWillTopic(willTopic).WithWillPayload("will");
        }

        await client.ConnectAsync(options.Build());
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await _app.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
