using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server;
using Monitoring.Server.Engine;
using Monitoring.Server.Ingest;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;
using Orleans.Hosting;

namespace Monitoring.Tests.Engine;

/// <summary>A real silo over the files of a folder, without broker; calls advance it.</summary>
internal sealed class TestHub : IAsyncDisposable
{
    private readonly IHost _host;

    private TestHub(IHost host, RecordLog records, Books books, ClusterMap cluster)
    {
        _host = host;
        Records = records;
        Books = books;
        Cluster = cluster;
    }

    /// <summary>The first stack has another gas analyser from the 30th second on.</summary>
    public static ClusterMap ReplacedAnalyser
    {
        get
        {
            var stack = Shipped.Cluster.Sources[0];
            var at = DateTimeOffset.FromUnixTimeMilliseconds(Storage.Records.StartMs + 30_000);
            var replaced = stack with
            {
                From = at,
                Quantities =
                [
                    .. stack.Quantities.Select(it =>
                        it.Device == "gas-analyser" ? it with { Device = "new-analyser" } : it),
                ],
            };
            return Shipped.Cluster with
            {
                Sources = [stack with { Until = at }, replaced, Shipped.Cluster.Sources[1]],
            };
        }
    }

    /// <summary>Where the log goes to be verified; null: its contract is no document.</summary>
    private string? Copy { get; init; }

    public RecordLog Records { get; }

    public Books Books { get; }

    public ClusterMap Cluster { get; }

    public IServiceProvider Services => _host.Services;

    public IGrainFactory Grains => _host.Services.GetRequiredService<IGrainFactory>();

    public Accounting Accounting => _host.Services.GetRequiredService<Accounting>();

    public Traces Traces => _host.Services.GetRequiredService<Traces>();

    public T Get<T>()
        where T : notnull => _host.Services.GetRequiredService<T>();

    public static Task<TestHub> StartAsync(
        TempFolder folder, ClusterMap? cluster = null, Contract? contract = null,
        params Profile[] more) =>
        StartAsync(folder, TimeProvider.System, cluster, contract, more);

    public static async Task<TestHub> StartAsync(
        TempFolder folder, TimeProvider time, ClusterMap? cluster, Contract? contract,
        params Profile[] more)
    {
        var records = RecordLog.Open(folder.File("records.db"));
        var books = Books.Open(folder.File("books.db"));
        var map = cluster ?? Shipped.Cluster;
        var endpoint = new IPEndPoint(IPAddress.Loopback, 1);
        var mqtt = new MqttSettings(null, endpoint, "hub", "hub", null, null);
        var settings = new HubSettings(
            endpoint, mqtt, TimeZoneInfo.Utc, "", "", "", null, null, null);
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Logging.ClearProviders();
        builder.UseOrleans(silo => silo.UseLocalhostClustering(FreePort(), FreePort()));
        var services = builder.Services;
        services.AddLogging();
        // A silo is born by the system's clock; by another one it would be dead at its start.
        services.AddKeyedSingleton(TimeProviderNames.Membership, TimeProvider.System);
        services.AddSingleton(time).AddSingleton(mqtt);
        services.AddSingleton(map).AddSingleton(contract ?? Shipped.Contract);
        services.AddSingleton(new ProfileSet(
            more.Append(Shipped.Profile).ToDictionary(profile => profile.Id)));
        services.AddSingleton(records).AddSingleton(books);
        services.AddSingleton<FactBook>().AddSingleton<MassSums>().AddSingleton<MemberUses>();
        services.AddSingleton<QuotaBook>().AddSingleton<LedgerBook>();
        services.AddSingleton<LevelBook>().AddSingleton<LevelAverages>();
        services.AddSingleton<AmendmentBook>().AddSingleton<QualityStandings>();
        services.AddSingleton<GapBook>().AddSingleton<GapFilling>().AddSingleton<StoredWindows>();
        services.AddSingleton<ConfigurationBook>().AddSingleton<Reprocessings>();
        services.AddSingleton<ContractVersions>().AddSingleton<PeriodReckoning>()
            .AddSingleton<Planning>();
        services.AddSingleton<AverageTraces>().AddSingleton<Compliance>();
        services.AddSingleton<SourceClocks>().AddSingleton<RunningDays>()
            .AddSingleton<SourceStandings>().AddSingleton<StandingBoard>()
            .AddSingleton<WarningDesk>();
        services.AddSingleton<Traces>().AddSingleton<Accounting>();
        services.AddSingleton<GatewayInbox>().AddSingleton<HostConnection>();
        services.AddSingleton<CurrentValues>().AddSingleton<Turns>();
        services.AddSingleton<IHostLink>(
            provider => provider.GetRequiredService<HostConnection>());
        services.AddSingleton(settings).AddSingleton<NoticeWriter>().AddSingleton<WarningBook>()
            .AddSingleton<InstrumentWatch>().AddSingleton<OpenWork>()
            .AddSingleton<AwaitedActivity>()
            .AddSingleton<LateWatch>().AddSingleton<NoticeBell>();
        var host = builder.Build();
        var isPlain = contract is null || contract == Shipped.Contract;
        if (isPlain)
        {
            new PublicLog(books).Begin(WrittenBooks.ContractTold);
        }

        await host.StartAsync();
        return new TestHub(host, records, books, map)
        {
            Copy = isPlain ? folder.File("log") : null,
        };
    }

    /// <summary>Advances until the numbers of windows and settlements are those.</summary>
    public async Task AdvanceAsync(long windows, long settlements)
    {
        for (var i = 0; i < 200 && Count() != (windows, settlements); i++)
        {
            foreach (var source in Cluster.Sources.Select(source => source.Id).Distinct())
            {
                await Grains.GetGrain<ISourceGrain>(source).Advance();
            }

            await Grains.GetGrain<IBubbleGrain>(Shipped.Contract.Id).Advance();
        }

        Assert.Equal((windows, settlements), Count());
    }

    /// <summary>What has to be the same however often the hub was stopped.</summary>
    public ImmutableArray<string> Dump()
    {
        using var connection = Books.Database.Connect();
        return
        [
            .. connection.Query<string>(
                """
                SELECT id || ' ' || source || ' ' || pollutant || ' ' || start_ms || ' '
                    || milligrams || ' ' || revision FROM fact ORDER BY source, pollutant, start_ms
                """),
            .. connection.Query<string>(
                "SELECT id || ' ' || period || ' ' || emitted_g || ' ' || total_minor "
                    + "FROM settlement ORDER BY period"),
            .. connection.Query<string>(
                "SELECT account || ' ' || asset || ' ' || amount || ' ' || charge || ' ' "
                    + "|| entry.id FROM posting JOIN entry ON entry.seq = posting.entry "
                    + "ORDER BY posting.id"),
        ];
    }

    public IReadOnlyList<T> Query<T>(string sql)
    {
        using var connection = Books.Database.Connect();
        return connection.Query<T>(sql).ToList();
    }

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await Records.DisposeAsync();
        if (Copy is { } copy)
        {
            // Whatever a test does to a hub, its log is well for somebody who shares no code.
            var answer = await VerifiedTests.CheckAsync(new PublicLog(Books), copy);
            Assert.Equal("", string.Join('\n', answer.Findings.Faults));
        }
    }

    private (long, long) Count()
    {
        using var connection = Books.Database.Connect();
        return connection.QuerySingle<(long, long)>(
            "SELECT (SELECT COUNT(*) FROM window), (SELECT COUNT(*) FROM settlement)");
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
