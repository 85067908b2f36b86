using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Monitoring.Core.Averaging;
using Monitoring.Server;
using Monitoring.Server.Engine;
using Monitoring.Server.Ingest;
using Monitoring.Server.Storage.Sqlite;
using Orleans.Hosting;

namespace Monitoring.Tests.Tck;

/// <summary>
/// The hub's own ingest, from the socket to the record log, as a client of a broker; without
/// sources, so nothing is averaged.
/// </summary>
public sealed class HubHost : IAsyncDisposable
{
    private readonly IHost _host;

    private HubHost(IHost host, RecordLog records)
    {
        _host = host;
        Records = records;
    }

    public RecordLog Records { get; }

    public CurrentValues Current => _host.Services.GetRequiredService<CurrentValues>();

    public IHostLink Link => _host.Services.GetRequiredService<IHostLink>();

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    /// <param name="link">In place of a connection to the broker.</param>
    public static async Task<HubHost> Start(
        string folder, Uri broker, Func<RecordLog, IHostLink>? link = null)
    {
        var records = RecordLog.Open(Path.Combine(folder, "records.db"));
        var endpoint = new IPEndPoint(IPAddress.Loopback, 1);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort(), FreePort()));
        builder.Services.AddLogging().AddSingleton(TimeProvider.System)
            .AddSingleton(new MqttSettings(broker, endpoint, "hub", "hub", null, null)
            {
                ReorderTimeout = TimeSpan.FromSeconds(1),
            })
            .AddSingleton(new ClusterMap([], [], []))
            .AddSingleton(records)
            .AddSingleton<GatewayInbox>().AddSingleton<CurrentValues>().AddSingleton<Turns>();
        if (link is null)
        {
            builder.Services.AddSingleton<HostConnection>()
                .AddSingleton<IHostLink>(it => it.GetRequiredService<HostConnection>())
                .AddHostedService(it => it.GetRequiredService<HostConnection>());
        }
        else
        {
            builder.Services.AddSingleton(link(records));
        }

        var host = builder.Build();
        await host.StartAsync();
        return new HubHost(host, records);
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await Records.DisposeAsync();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
