using System.Globalization;
using Monitoring.Core.Averaging;
using Monitoring.Core.Quality;
using Monitoring.Core.Warnings;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// Looks by the hub's own clock at what is missing, at tests that end and at control charts, and
/// raises and clears warnings. A source is looked at when it has a new window or amendment, and
/// once an hour: what ends by itself needs no more.
/// </summary>
public sealed class InstrumentWatch(
    GapFilling gaps, QualityStandings quality, FactBook facts, AmendmentBook amendments,
    WarningBook warnings, NoticeWriter notices, IServiceProvider services) : BackgroundService
{
    private const long MsPerHour = 3_600_000;

    /// <summary>How long before its end a test is due.</summary>
    private static readonly TimeSpan DueBefore = TimeSpan.FromDays(30);

    private static readonly TimeSpan Every = TimeSpan.FromMinutes(1);

    private readonly ClusterMap _cluster = services.GetRequiredService<ClusterMap>();
    private readonly NoticeBell _bell = services.GetRequiredService<NoticeBell>();
    private readonly SemaphoreSlim _turns = services.GetRequiredService<Turns>().Averages;
    private readonly TimeZoneInfo _zone = services.GetRequiredService<HubSettings>().TimeZone;
    private readonly TimeProvider _time = services.GetRequiredService<TimeProvider>();
    private readonly ILogger<EngineStart> _log =
        services.GetRequiredService<ILogger<EngineStart>>();

    private readonly Dictionary<string, (long Window, long Amendment, long Hour)> _seen = [];

    /// <summary>Looks at every source that may have changed.</summary>
    public async Task LookAsync(DateTimeOffset now)
    {
        foreach (var source in _cluster.Sources.Select(one => one.Id).Distinct())
        {
            var seen = (
                facts.NewestIdOf(source), amendments.Newest,
                now.ToUnixTimeMilliseconds() / MsPerHour);
            if (_seen.GetValueOrDefault(source) == seen)
            {
                continue;
            }

            var changes = WarningRules.Changes(
                warnings.StatesOf(source),
                await _turns.InTurn(() => WarningsOf(source, now).ToList()), now);
            if (changes.Length > 0)
            {
                await warnings.WriteAsync(
                    changes, [.. changes.SelectMany(notices.NoticesOf)]);
                _bell.Ring();
            }

            _seen[source] = seen;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, _time);
        do
        {
            try
            {
                await LookAsync(_time.GetUtcNow());
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _log.EngineFailed("warnings", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private IEnumerable<Warning> WarningsOf(string source, DateTimeOffset now) =>
        (gaps.Standing(source, now) is { } standing ? GapsOf(standing) : [])
        .Concat(quality.Of(source, now) is { } tests ? TestsOf(tests, now) : []);

    private IEnumerable<Warning> GapsOf(SourceGaps standing) =>
        from one in standing.Quantities
        where one.SinceMs is not null
        select new Warning(
            new WarningKey(standing.Source, one.Quantity, WarningKind.Gap, ""),
            $"{standing.Source}: {one.Quantity} is missing since {Local(one.SinceMs!.Value)}"
                + (standing.SilentSinceMs is null ? "" : ", its gateway is silent")
                + CostOf(standing));

    private string Local(long ms) => LocalTime.In(
        DateTimeOffset.FromUnixTimeMilliseconds(ms), _zone, "yyyy-MM-dd HH:mm zzz");

    private static string CostOf(SourceGaps standing) => string.Concat(
        standing.Pollutants.Where(one => one.Cost is not null).Select(one => string.Create(
            CultureInfo.InvariantCulture,
            $"; {one.Pollutant} is booked {one.Cost!.SoFar:0.######} t beyond the usual so far, "
                + $"and {one.Cost.NextHour:0.######} t more with the next hour")))
        + ".";

    private IEnumerable<Warning> TestsOf(SourceTests tests, DateTimeOffset now)
    {
        foreach (var one in tests.Quantities)
        {
            Warning Of(WarningKind kind, string subject, string text) => new(
                new WarningKey(tests.Source, one.Quantity, kind, subject),
                $"{tests.Source}/{one.Quantity}: {text}.");
            foreach (var test in one.Tests)
            {
                if (!test.IsValid)
                {
                    yield return Of(
                        WarningKind.TestInvalid, test.Kind,
                        $"{test.Kind} is {TestStanding.NameOf(test.State)}, no hour is valid");
                }
                else if (test.ExpiresMs is { } ms
                    && DateTimeOffset.FromUnixTimeMilliseconds(ms) is var end
                    && end - now <= DueBefore)
                {
                    yield return Of(
                        WarningKind.TestDue, test.Kind,
                        $"{test.Kind} is valid until {Local(ms)}");
                }
            }

            foreach (var chart in one.Charts.Where(chart => chart.IsAlarm))
            {
                yield return Of(
                    WarningKind.Drift, chart.Level, string.Create(
                        CultureInfo.InvariantCulture,
                        $"{chart.Level}: CUSUM {chart.Cusum}, Shewhart {chart.Shewhart}, EWMA "
                            + $"{chart.Ewma}, take off {chart.Correction}"));
            }
        }
    }
}
