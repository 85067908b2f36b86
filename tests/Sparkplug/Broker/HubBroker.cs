using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Monitoring.Server;
using Monitoring.Server.Ingest;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Servers;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Broker;

/// <summary>The broker of the hub on a free port, with the hub's own place at it.</summary>
public sealed class HubBroker : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly RecordLog _records;
    private readonly WebApplication _app;

    private HubBroker(string? users)
    {
        var endpoint = new IPEndPoint(IPAddress.Loopback, Ports.Free());
        Port = endpoint.Port;
        var faults = new Faults();
        var known = users is null ? null : BrokerUsers.Parse("users", users, faults);
        Assert.Empty(faults.All);
        _records = RecordLog.Open(_folder.File("records.db"));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => EmbeddedBroker.Listen(kestrel, endpoint));
        EmbeddedBroker.Add(builder.Services);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton(_records)
            .AddSingleton(new MqttSettings(null, endpoint, "hub", "hub", null, known))
            .AddSingleton<TakePayload>(Taken.Enqueue);
        _app = builder.Build();
        EmbeddedBroker.Attach(_app.Services);
    }

    public int Port { get; }

    /// <summary>What the hub was given without a subscription.</summary>
    public ConcurrentQueue<ReceivedPayload> Taken { get; } = new();

    public IServiceProvider Services => _app.Services;

    public IHostLink Link => Services.GetRequiredService<IHostLink>();

    public IReadOnlyDictionary<RefusalKind, long> Refused =>
        Services.GetRequiredService<BrokerRefusals>().Counts;

    /// <param name="users">A file of mosquitto_passwd; null: nobody is asked.</param>
    public static async Task<HubBroker> Start(string? users = null)
    {
        var broker = new HubBroker(users);
        await broker._app.StartAsync();
        return broker;
    }

    public BrokerClients Clients() => new(Port, this);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        await _records.DisposeAsync();
        _folder.Dispose();
    }
}
