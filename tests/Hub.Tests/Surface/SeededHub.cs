using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Compliance;
using Monitoring.Core.Contracts;
using Monitoring.Core.Gaps;
using Monitoring.Core.Quality;
using Monitoring.Core.Reprocessing;
using Monitoring.Core.Settlement;
using Monitoring.Server;
using Monitoring.Server.Api;
using Monitoring.Server.Engine;
using Monitoring.Server.Ingest;
using Monitoring.Server.Notify;
using Monitoring.Server.Projection;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Wire.Records;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Surface;

/// <summary>
/// Stores in a folder of their own, with rows as the engine writes them, and what shows them on
/// a real port. Its time stands at 10:15:40 of the demo's day.
/// </summary>
internal sealed class SeededHub : IAsyncDisposable
{
    public static readonly DateTimeOffset Now = new(2026, 11, 24, 10, 15, 40, TimeSpan.Zero);

    public static readonly GatewayId PlantA = new("plant-a", "gateway-1");

    public static readonly string FactId = ContentId.Of("fact-a");
    public static readonly string ChargeId = ContentId.Of("charge-a");
    public static readonly string EntryId = ContentId.Of("entry");

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("hub-surface-");
    private WebApplication? _app;

    public SeededHub()
    {
        Records = RecordLog.Open(Path.Combine(_folder.FullName, "records.db"));
        Books = Books.Open(Path.Combine(_folder.FullName, "books.db"));
    }

    public RecordLog Records { get; }

    public Books Books { get; }

    public HttpClient Http { get; } = new();

    public InfluxSettings? Influx { get; init; }

    public WebhookSettings? Webhook { get; init; }

    public SmtpSettings? Smtp { get; init; }

    public ImmutableArray<NoteVerifier> Witnesses { get; init; } = [];

    public TimeProvider Time { get; init; } = new FixedTime(Now);

    public Contract Contract { get; init; } = Shipped.Contract;

    /// <summary>What members hold, and told that they made.</summary>
    public PeriodStanding Standing { get; init; } = PeriodStanding.Plain;

    public HubSettings Settings => new(
        new IPEndPoint(IPAddress.Loopback, 8080),
        new MqttSettings(null, new IPEndPoint(IPAddress.Loopback, 1883), "hub", "hub", null, null),
        TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv"), "", "", "", Influx, Webhook, Smtp)
    {
        Log = new LogSettings(null, Witnesses),
    };

    /// <summary>One half-hour above its limit, of the 525 that a year may have.</summary>
    public static SourceCompliance Stand
    {
        get
        {
            var year = new Window(Ms(86_400 * 100), Ms(-86_400 * 265));
            var test = new LimitTest("window", 200m, null, 0.97m, TestSpan.Year, "");
            var day = new Level("day", LevelSpan.Day, TimeSpan.Zero, 6, 5);
            var result = new LimitResult(test, 200m, LimitVerdict.AtRisk, 1, 1, 0, 525, 1);
            return new SourceCompliance("stack-a", "en-ied-vi", year, Ms(0), Ms(1_800),
            [
                new PollutantCompliance(
                    "nox", 200m, [new LimitGroup("nox", "", LimitVerdict.AtRisk, [result])],
                    new RunningDay(year, 180.5m, 210m, 20, new LossBudget(1, day.LostMax, 2, 10))),
            ]);
        }
    }

    /// <summary>NOx is not measured for three hours, the flow is.</summary>
    public static SourceGaps Gaps => new(
        "stack-a", "us-part75", Ms(0), Ms(2 * 3_600),
        [
            new QuantityStanding(
                "nox", "mg/m3", 96.5m, 95m, 12, Ms(3 * 3_600), 3,
                new Substitute(412.25m, "11", "mean of 2160 hours")),
            new QuantityStanding("flow", "m3/h", 99m, 95m, 300, null, 0, null),
        ],
        [
            ("nox", new GapCost(0.75m, 0.25m, 25, 1.5m)
            {
                Hours = 3, BookedGramsPerHour = 300_000, UsualGramsPerHour = 50_000,
            }),
        ]);

    /// <summary>The audit of NOx ended, and its zero drifts.</summary>
    public static SourceTests Tests => new(
        "stack-a",
        [
            new QuantityTests(
                "nox", [new TestStanding("rata", GateState.Expired, 1, null)],
                [
                    new DriftChart(
                        "qal3-zero", 7, Ms(60), ChartSignal.Drift, ChartSignal.Warning,
                        ChartSignal.None, 0.8m),
                ],
                new CalibrationRange(2, 12.5m, 3)),
        ]);

    /// <summary>Another configuration for an hour, which nobody else has approved yet.</summary>
    public static AcceptedConfiguration Waiting => new(
        new Amendment
        {
            Source = "stack-a", Quantity = "", Kind = AmendmentKind.Reprocessing,
            FromMs = Ms(3_600), UntilMs = Ms(0), Subject = "documents", Author = "ann",
            Reason = "forgotten",
        },
        Ms(0), null, false, Ms(0));

    public static Difference Change => Difference.Of(
    [
        new ComparedWindow(
            new Window(Ms(3_600), Ms(1_800)), 1,
            [
                new ComparedNumber("nox-mass", "mg", 50m, null, 55m, null),
                new ComparedNumber("flow-ref", "m3/h", 1_000m, null, 1_000m, null),
            ]),
    ]);

    public static long Ms(int secondsBeforeNow) =>
        Now.ToUnixTimeMilliseconds() - (secondsBeforeNow * 1_000L);

    public async Task Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var services = builder.Services;
        services.AddSingleton(Records).AddSingleton(Books.Database);
        services.AddSingleton(Contract).AddSingleton(Shipped.Cluster);
        services.AddSingleton(Time);
        services.AddSingleton(new HubSignals(
            id => Task.FromResult(TraceOf(id)), () => true, () => 3, () => [])
        {
            Compliance = (id, _) => id == "stack-a" ? Stand : null,
            Gaps = (id, _) => id == "stack-a" ? Gaps : null,
            Standing = (_, _) => Standing,
            OpenWork = new OpenWork(Books).Now,
            Warnings = () =>
            [
                new WarningRow(
                    1, "w", "stack-a", "nox", "Gap", "", 1, "nox is missing", Ms(60)),
            ],
            Quality = id => id == "stack-a" ? Tests : null,
            Reprocessings = () => [Waiting],
            DifferenceOf = (_, windowsMax) => windowsMax < 3 ? null : Change,
        });
        services.AddSingleton<NoticeWriter>();
        services.AddSingleton(Books);
        services.AddSingleton(new ProfileSet(
            new Dictionary<string, Profile> { [Shipped.Profile.Id] = Shipped.Profile }));
        services.AddSingleton<ContractVersions>().AddSingleton<Insights>();
        services.AddSingleton<Statements>();
        services.AddSurface(Settings, Transparency.WrittenBooks.Signer);
        _app = builder.Build();
        _app.MapSurface();
        await _app.StartAsync();
        Http.BaseAddress = new Uri(_app.Services.GetRequiredService<IServer>().Features
            .Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public void StartProjectionAnew() => InfluxProjection.StartAnew(
        _app!.Services.GetRequiredService<Feeds>(), new BookFeed(Books.Database),
        new RefusedPoints(Books.Database));

    public Task<JsonElement> Get(string path) =>
        Http.GetFromJsonAsync<JsonElement>($"api/v1/{path}");

    public void Execute(string sql, object? parameters = null)
    {
        using var connection = Books.Database.Connect();
        connection.Execute(sql, parameters);
    }

    /// <summary>One image a second of both instruments of plant A, from the time on.</summary>
    public async Task AppendImages(long fromMs, int seconds, long firstOffset = 1)
    {
        var records = ImmutableArray.CreateBuilder<(long, JournalRecord)>();
        for (var i = 0; i < seconds; i++)
        {
            var ms = fromMs + (i * 1_000L);
            records.Add((firstOffset + (2 * i), new JournalRecord.Image(
                "gas-analyser", ms, default, ClockState.Synced,
                [
                    new("nox", PointValue.Real(61.5 + i), Quality.Good, Reason.None, ms),
                    new("o2", null, Quality.Bad, Reason.Timeout, ms),
                ])));
            records.Add((firstOffset + (2 * i) + 1, new JournalRecord.Image(
                "flow-meter", ms, default, ClockState.Synced,
                [new("status", PointValue.Of("run"), Quality.Good, Reason.None, ms)])));
        }

        await Records.AppendAsync(new JournalAppend(
            PlantA, "epoch-1", records.ToImmutable(), firstOffset + (2 * seconds) - 1, null,
            fromMs + (seconds * 1_000L)));
    }

    /// <summary>A window of both stacks each 10 s over the last minutes, with its mass.</summary>
    public void SeedWindows(int count)
    {
        using var connection = Books.Database.Connect();
        using var transaction = connection.BeginTransaction();
        foreach (var (source, member, zone) in (ReadOnlySpan<(string, string, string)>)
            [("stack-a", "member-a", "river"), ("stack-b", "member-b", "hill")])
        {
            for (var i = 0; i < count; i++)
            {
                var startMs = Ms(10 * (count - i) + 10);
                var isMissing = i % 17 == 9;
                var window = connection.QuerySingle<long>(
                    """
                    INSERT INTO window(source, start_ms, end_ms, revision, log_id, known_ms,
                        no_fact_because)
                    VALUES(@source, @startMs, @startMs + 10000, 1, 1, @startMs + 12000, @because)
                    RETURNING id
                    """,
                    new { source, startMs, because = isMissing ? "coverage" : null });
                connection.Execute(
                    """
                    INSERT INTO average("window", quantity, unit, value, absent_because,
                        coverage_percent)
                    VALUES(@window, 'nox-std', 'mg/m3', @value, @because, '100');
                    INSERT INTO fate VALUES(@window, 'gas-analyser', '', 9, 27);
                    INSERT INTO fate VALUES(@window, 'gas-analyser', 'timeout', 1, 3);
                    """,
                    new
                    {
                        window,
                        value = isMissing
                            ? null
                            : (60 + (20 * Math.Sin(i / 9.0)) + (member == "member-a" ? 8 : 0))
                                .ToString("0.000000"),
                        because = isMissing ? "coverage" : null,
                    });
                if (!isMissing)
                {
                    var id = source == "stack-a" && i == count - 1
                        ? FactId
                        : ContentId.Of(source, $"{i}");
                    connection.Execute(
                        """
                        INSERT INTO fact(id, "window", source, member, zone, pollutant, start_ms,
                            end_ms, milligrams, method, quality, revision, known_ms, inputs)
                        VALUES(@id, @window, @source, @member, @zone, 'nox', @startMs,
                            @startMs + 10000, 231417, 'concentration-times-flow/demo', 'valid', 1,
                            @startMs + 12000, 'plant-a/gateway-1/epoch-1/1')
                        """,
                        new { id, window, source, member, zone, startMs });
                }
            }
        }

        transaction.Commit();
    }

    /// <summary>Balances of this period, alerts, a settlement with charge and entry.</summary>
    public void SeedContract()
    {
        Execute(
            """
            INSERT INTO quota(contract, bubble, pollutant, period, subject, at_ms, used_mg,
                holding_mg, forecast_mg) VALUES
            ('demo', 'demo-bubble', 'nox', @period, 'member-a', @at, 693000, 480000, 1386000),
            ('demo', 'demo-bubble', 'nox', @period, 'member-b', @at, 690123, 1820000, 1380246),
            ('demo', 'demo-bubble', 'nox', @period, 'demo-bubble', @at, 1383123, 2300000, NULL);
            INSERT INTO alert(id, contract, subject, level, change, reason, period, value_mg,
                limit_mg, threshold_percent, provisional, at_ms) VALUES
            (@alert1, 'demo', 'member-a', 'Forecast', 'Raised', 'ReachedThreshold', @period,
                1386000, 480000, 80, 1, @at - 20000),
            (@alert2, 'demo', 'member-a', 'Member', 'Raised', 'ReachedThreshold', @period,
                481000, 480000, 100, 1, @at - 5000);
            INSERT INTO alert_state VALUES('demo', 'member-a', 'Member', @period, 1, 1);
            INSERT INTO settlement(id, contract, contract_hash, period, start_ms, end_ms,
                settled_ms, emitted_g, cap_g, excess_g, total_minor, windows_known,
                windows_expected, verdict)
            VALUES(@settlement, 'demo', 'abc', 'demo-bubble/2026-11-24T10:14:00Z', @at - 90000,
                @at - 30000, @at - 25000, 2760, 2300, 460, 2300, 11, 12, '{"PeriodId":"x"}');
            INSERT INTO charge VALUES(@ChargeId, @settlement, 'member-a', 460, 2300);
            INSERT INTO entry(id, idempotency_key, kind, period, booked_ms)
            VALUES(@EntryId, 'k', 'charge', 'demo-bubble/2026-11-24T10:14:00Z', @at - 25000);
            INSERT INTO posting(entry, account, asset, amount, charge) VALUES
            (1, 'member:member-a:receivable', 'money:EUR', 2300, @ChargeId),
            (1, 'fund:local:river', 'money:EUR', -1000, @ChargeId),
            (1, 'fund:local:river', 'money:EUR', -610, @ChargeId),
            (1, 'fund:programme', 'money:EUR', -460, @ChargeId),
            (1, 'fund:reserve', 'money:EUR', -230, @ChargeId);
            """,
            new
            {
                period = "demo-bubble/2026-11-24T10:15:00Z", at = Ms(10), ChargeId, EntryId,
                alert1 = ContentId.Of("alert", "1"), alert2 = ContentId.Of("alert", "2"),
                settlement = ContentId.Of("settlement"),
            });
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }

        Http.Dispose();
        await Records.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Delete(true);
    }

    private static Trace? TraceOf(string id) => id != FactId && id != ChargeId
        ? null
        : new Trace
        {
            Title = "mass of nox",
            Explains = FactId,
            Rule = "concentration x flow <at reference> & rounded",
            Result = TraceValue.Of(231_417L, "mg"),
            Span = new TraceSpan(Ms(20), Ms(10)),
            Constants = [TraceConstant.Of("length", 10_000m, "ms", "profile demo")],
            Parts =
            [
                new Trace
                {
                    Title = "mean of nox",
                    Result = TraceValue.Of(61.5m, "mg/m3"),
                    Readings =
                    [
                        .. Enumerable.Range(0, 5).Select(i => new RawReading(
                            new RecordId("plant-a", "gateway-1", "epoch-1", 1 + (2 * i)),
                            "gas-analyser", "nox", Ms(20 - i), TraceValue.Of(61.5m, "mg/m3"),
                            "valid")),
                    ],
                },
            ],
        };

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
