using System.Text.Encodings.Web;
using System.Text.Json;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Api;
using Monitoring.Server.Console;
using Monitoring.Server.Engine;
using Monitoring.Server.Notify;
using Monitoring.Server.Projection;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Server.Transparency;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server;

/// <summary>
/// All that people and other programs see: projection, notices, API, console and public log. Needs
/// in the services: the record log, the books, contract, cluster map, time, and the signals.
/// </summary>
public static class SurfaceRegistration
{
    // A name may lead to another machine one day, so connections do not live for ever.
    private static readonly TimeSpan ConnectionLife = TimeSpan.FromMinutes(5);

    public static IServiceCollection AddSurface(
        this IServiceCollection services, HubSettings settings, NoteSigner signer)
    {
        services.AddSingleton(settings);
        services.AddSingleton<BookReader>();
        services.AddSingleton<BookFeed>();
        services.AddSingleton<RefusedPoints>();
        services.AddSingleton<NoticeBook>();
        services.AddSingleton<NoticeBell>();
        services.AddSingleton<RecordReader>();
        services.AddSingleton<StandingBoard>();
        services.AddSingleton<UnexpectedFaults>();
        services.AddSingleton(provider => new Feeds(
            provider.GetRequiredService<RecordLog>(), provider.GetRequiredService<BookFeed>(),
            provider.GetRequiredService<Contract>(), provider.GetRequiredService<ClusterMap>(),
            settings.TimeZone, provider.GetRequiredService<StandingBoard>()));
        services.AddSingleton<HubStores>();
        services.AddSingleton(ViewOf);
        services.AddNotices(settings);
        services.AddSingleton(signer).AddSingleton<PublicLog>().AddSingleton<Witnesses>();
        services.AddSingleton(new WitnessKeys(settings.Log.Witnesses));
        services.AddHostedService<LogPublisher>();
        if (settings.Influx is { } influx)
        {
            services.AddInflux(influx);
            services.AddHostedService<ProjectionLoop>();
        }

        services.AddOpenApi("v1", options => options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Monitoring of a green industrial cluster";
            document.Info.Description = "Read-only, but for signed objections. Times have an "
                + "offset, masses are whole milligrams or grams, money is in minor units; a null "
                + "has a reason.";
            return Task.CompletedTask;
        }));
        services.AddProblemDetails();
        services.ConfigureHttpJsonOptions(options =>
        {
            options.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            options.SerializerOptions.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        });
        return services;
    }

    public static WebApplication MapSurface(this WebApplication app)
    {
        // A wrong address or method has a body too.
        app.UseStatusCodePages();
        var api = app.MapGroup("/api/v1");
        MeasurementRoutes.Map(api);
        ComplianceRoutes.Map(api);
        GapRoutes.Map(api);
        QualityRoutes.Map(api);
        ReprocessingRoutes.Map(api);
        WarningRoutes.Map(api);
        ContractRoutes.Map(api);
        FundRoutes.Map(api);
        ObjectionRoutes.Map(api);
        PlanRoutes.Map(api);
        StatementRoutes.Map(api);
        OperationRoutes.Map(api);
        AccountingRoutes.Map(api);
        HealthRoutes.Map(app);
        ConsoleRoutes.Map(app);
        LogRoutes.Map(app);
        app.MapOpenApi("/openapi/{documentName}.json");
        return app;
    }

    private static void AddInflux(this IServiceCollection services, InfluxSettings influx)
    {
        services.AddSingleton(provider => new InfluxDatabase(
            influx, Client(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<InfluxWriter>();
        services.AddSingleton<InfluxProjection>();
        services.AddSingleton(provider => new Random(unchecked(
            (int)provider.GetRequiredService<TimeProvider>().GetTimestamp())));
    }

    private static void AddNotices(this IServiceCollection services, HubSettings settings) =>
        services.AddHostedService(provider =>
        {
            var time = provider.GetRequiredService<TimeProvider>();
            var channels = new Dictionary<string, SendNotice>();
            if (settings.Webhook is { } webhook)
            {
                channels[NoticeChannels.Webhook] =
                    new Webhook(webhook, Client(), time).SendAsync;
            }

            if (settings.Smtp is { } smtp)
            {
                channels[NoticeChannels.Mail] = new Mailbox(smtp).SendAsync;
            }

            return new Notifier(
                provider.GetRequiredService<NoticeBook>(), channels,
                provider.GetRequiredService<NoticeBell>(),
                provider.GetRequiredService<UnexpectedFaults>(), time,
                provider.GetRequiredService<ILogger<Notifier>>());
        });

    private static HubView ViewOf(IServiceProvider provider) => new(
        provider.GetRequiredService<HubStores>(),
        provider.GetRequiredService<Contract>(),
        provider.GetRequiredService<ClusterMap>(),
        provider.GetRequiredService<HubSettings>(),
        provider.GetRequiredService<HubSignals>(),
        provider.GetRequiredService<TimeProvider>())
    {
        Projection = provider.GetService<InfluxProjection>(),
        Faults = provider.GetRequiredService<UnexpectedFaults>(),
        Statements = provider.GetRequiredService<Statements>(),
    };

    private static HttpClient Client() =>
        new(new SocketsHttpHandler { PooledConnectionLifetime = ConnectionLife })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
}
