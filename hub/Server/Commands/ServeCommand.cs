using System.CommandLine;
using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Monitoring.Server.Api;
using Monitoring.Server.Engine;
using Monitoring.Server.Ingest;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Archive;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Server.Transparency;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Commands;

/// <summary><c>monitoring-hub serve</c>: the hub itself, until it is told to stop.</summary>
internal static class ServeCommand
{
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(4);

    public static Command Create()
    {
        var command = new Command("serve", "Runs the hub until Ctrl-C or SIGTERM.")
        {
            HubDocuments.ConfigOption, HubDocuments.DataOption, HubDocuments.SetOption,
        };
        command.SetAction(async (result, cancel) =>
        {
            if (HubDocuments.Read(result, System.Console.Error) is not { } documents)
            {
                return ExitCode.BadInput;
            }

            var data = result.GetRequiredValue(HubDocuments.DataOption);
            return await RunAsync(documents, data, cancel);
        });
        return command;
    }

    /// <summary>The leaf of the contract; null where it may not be served.</summary>
    private static async Task<byte[]?> ToldAsync(HubDocuments documents, PublicLog log)
    {
        var (contract, file) = (documents.Contract, documents.Settings.ContractFile);
        var assent = ContractAssent.Of(
            contract, documents.ContractDocument, ContractSignatures.LinesOf(file),
            log.Contract is { } told ? ToldContract.Of(told) : null);
        if (assent.Problem is { } problem)
        {
            await System.Console.Error.WriteLineAsync(contract.Law.MayBeUnsigned
                ? $"WARNING: THE CONTRACT IS NOT SIGNED. {file}: {problem}. Its clause "
                    + "'law.signatures' lets the hub run it all the same; nobody is bound by what "
                    + "it books."
                : $"{file}: {problem}. Sign it with 'contract sign --key'; to try it unsigned, "
                    + "write 'signatures: warned' into 'law'. Nothing was started.");
        }

        return assent.Problem is null || contract.Law.MayBeUnsigned
            ? ContractLeaf.Of(contract, documents.ContractDocument, assent.Lines)
            : null;
    }

    private static async Task<int> RunAsync(
        HubDocuments documents, DirectoryInfo data, CancellationToken cancel)
    {
        try
        {
            data.Create();
            using var own = HubLock.Take(data.FullName);
            return await RunOwnedAsync(documents, data.FullName, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or NewerSchemaException or SocketException or StoreException)
        {
            var why = e is AddressInUseException || e.InnerException is AddressInUseException
                ? $"{e.Message} Another program has that port; choose others with "
                    + "--set http.listen=127.0.0.1:PORT and --set mqtt.listen=127.0.0.1:PORT."
                : e is UnauthorizedAccessException
                    ? $"{e.Message} Name a folder that this user may write with --data."
                    : $"{e.Message} ({data.FullName}: is another hub running on it?)";
            await System.Console.Error.WriteLineAsync($"The hub cannot run: {why}");
            return ExitCode.Failed;
        }
    }

    private static async Task<int> RunOwnedAsync(
        HubDocuments documents, string data, CancellationToken cancel)
    {
        await using var records = RecordLog.Open(Path.Combine(data, "records.db"));
        var books = Books.Open(Path.Combine(data, "books.db"));
        if (books.Journal.ProblemOfBooks() is { } changed)
        {
            await System.Console.Error.WriteLineAsync($"The hub cannot go on in {data}: {changed}");
            return ExitCode.BadInput;
        }

        var faults = Continuity.FaultsOf(
            new FactBook(books), new LedgerBook(books), documents.Cluster, documents.Profiles,
            new ContractVersions(books, documents.Contract));
        if (faults.Count > 0)
        {
            await System.Console.Error.WriteLineAsync(
                $"The hub cannot go on in {data}:\n{string.Join('\n', faults)}");
            return ExitCode.BadInput;
        }

        var publicLog = new PublicLog(books);
        if (await ToldAsync(documents, publicLog) is not { } contract)
        {
            return ExitCode.BadInput;
        }

        var signer = LogKey.Open(
            data, documents.Settings.Log.Origin ?? $"monitoring/{documents.Contract.Id}",
            isBegun: publicLog.Head is not null);
        new ContractBook(books).Keep(
            documents.Contract.Id, documents.Contract.Hash, documents.ContractDocument);
        publicLog.Begin(contract);
        await using var app = Build(documents, records, books, signer);
        try
        {
            await app.StartAsync(cancel);
        }
        catch (OperationCanceledException)
            when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Told to stop before it was up: nothing was taken, so nothing failed.
            return ExitCode.Ok;
        }

        var log = app.Services.GetRequiredService<ILogger<HostConnection>>();
        log.HubStarted(documents.Settings.Http.ToString(), documents.Settings.Mqtt.BrokerName);
        await app.WaitForShutdownAsync(cancel);

        // A background task that failed stops the host; the exit code must say so.
        var failed = !records.IsThere || app.Services.GetServices<IHostedService>()
            .OfType<BackgroundService>()
            .Any(service => service.ExecuteTask is { IsFaulted: true });
        if (records.IsThere)
        {
            log.HubStopped();
        }
        else
        {
            log.DataGone(data);
        }

        return failed ? ExitCode.Failed : ExitCode.Ok;
    }

    private static WebApplication Build(
        HubDocuments documents, RecordLog records, Books books, NoteSigner signer)
    {
        var settings = documents.Settings;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.Sources.Clear();
        WriteLogTo(builder.Logging);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(settings.Http);
            if (settings.Mqtt.ExternalUrl is null)
            {
                EmbeddedBroker.Listen(kestrel, settings.Mqtt.Listen);
            }
        });
        builder.Host.UseOrleans(silo => silo.UseLocalhostClustering(FreePort(), FreePort()));

        var services = builder.Services;
        services.Configure<HostOptions>(options => options.ShutdownTimeout = StopMax);
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(settings.Mqtt);
        services.AddSingleton(documents.Cluster).AddSingleton(documents.Profiles);
        services.AddSingleton(documents.Contract);
        services.AddSingleton(records).AddSingleton(books).AddSingleton(books.Database);
        services.AddSingleton<FactBook>().AddSingleton<MassSums>().AddSingleton<MemberUses>();
        services.AddSingleton<QuotaBook>().AddSingleton<LedgerBook>();
        services.AddSingleton<LevelBook>().AddSingleton<LevelAverages>();
        services.AddSingleton<AmendmentBook>().AddSingleton<QualityStandings>();
        services.AddSingleton<GapBook>().AddSingleton<GapFilling>().AddSingleton<StoredWindows>();
        services.AddSingleton<ConfigurationBook>().AddSingleton<Reprocessings>();
        services.AddSingleton<ContractVersions>().AddSingleton<PeriodReckoning>()
            .AddSingleton<Planning>();
        services.AddSingleton<Insights>().AddSingleton<Statements>();
        services.AddSingleton<AverageTraces>().AddSingleton<Compliance>();
        services.AddSingleton<SourceClocks>().AddSingleton<RunningDays>()
            .AddSingleton<SourceStandings>().AddSingleton<WarningDesk>();
        services.AddSingleton<Traces>().AddSingleton<Accounting>();
        AddIngest(services, settings.Mqtt);
        services.AddHostedService<EngineStart>();
        services.AddSingleton<NoticeWriter>().AddSingleton<WarningBook>()
            .AddSingleton<OpenWork>().AddSingleton<AwaitedActivity>().AddSingleton<LateWatch>();
        services.AddHostedService<InstrumentWatch>();
        services.AddSingleton(SignalsOf);
        if (settings.Archive is { } archive)
        {
            services.AddSingleton(archive).AddHostedService<ArchiveLoop>();
        }

        services.AddSurface(settings, signer);

        var app = builder.Build();
        if (settings.Mqtt.ExternalUrl is null)
        {
            EmbeddedBroker.Attach(app.Services);
        }

        app.MapSurface();
        return app;
    }

    private static HubSignals SignalsOf(IServiceProvider provider) => new(
        id => Task.FromResult(provider.GetRequiredService<Traces>().Find(id)),
        () => provider.GetRequiredService<IHostLink>().IsConnected,
        () => provider.GetRequiredService<GatewayInbox>().Dropped,
        () => provider.GetRequiredService<Accounting>().Report())
    {
        Current = provider.GetRequiredService<CurrentValues>().All,
        ContractAt = provider.GetRequiredService<ContractVersions>().At,
        Standing = provider.GetRequiredService<PeriodReckoning>().StandingOf,
        Plans = () => provider.GetRequiredService<Planning>().All(),
        Refusals = provider.GetService<BrokerRefusals>(),
        Compliance = provider.GetRequiredService<Compliance>().Of,
        Gaps = provider.GetRequiredService<GapFilling>().Standing,
        Warnings = provider.GetRequiredService<WarningBook>().Raised,
        OpenWork = () =>
        [
            .. provider.GetRequiredService<AwaitedActivity>().Now(),
            .. provider.GetRequiredService<OpenWork>().Now(),
        ],
        Reprocessings = provider.GetRequiredService<Reprocessings>().All,
        DifferenceOf = provider.GetRequiredService<Reprocessings>().Of,
        Quality = id => provider.GetRequiredService<QualityStandings>().Of(
            id, TimeProvider.System.GetUtcNow()),
    };

    private static void AddIngest(IServiceCollection services, MqttSettings mqtt)
    {
        services.AddSingleton<GatewayInbox>();
        services.AddSingleton<CurrentValues>().AddSingleton<Turns>();
        if (mqtt.ExternalUrl is null)
        {
            EmbeddedBroker.Add(services);
            services.AddSingleton<TakePayload>(
                provider => provider.GetRequiredService<GatewayInbox>().Put);
            return;
        }

        services.AddSingleton<HostConnection>();
        services.AddSingleton<IHostLink>(
            provider => provider.GetRequiredService<HostConnection>());
        services.AddHostedService(provider => provider.GetRequiredService<HostConnection>());
    }

    private static void WriteLogTo(ILoggingBuilder logging)
    {
        logging.ClearProviders();
        logging.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.TimestampFormat = "yyyy-MM-ddTHH:mm:sszzz ";
        });
        logging.AddFilter((category, level) =>
            category?.StartsWith("Monitoring", StringComparison.Ordinal) == true
                ? level >= LogLevel.Information
                : level >= LogLevel.Error);
    }

    // The silo talks to itself on loopback only; any two free ports will do.
    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
