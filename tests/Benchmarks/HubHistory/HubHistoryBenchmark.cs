using Dapper;
using Monitoring.Benchmarks.HubIngest;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Benchmarks.HubHistory;

/// <summary>
/// What a reading costs a hub whose books hold the facts of a year, under a contract whose period
/// is the year, beside one whose books hold those of a day and whose period is the day: taken in,
/// averaged, and held against the quotas. In turns, by the processor time of the hub.
/// </summary>
internal static class HubHistoryBenchmark
{
    private const int Edges = 20;
    private const int WarmUps = 2;
    private const int Rounds = 5;
    private const int RecordsPerTurn = 900;
    private const int FactEveryMs = 1_200_000;

    public static IEnumerable<Figure> Run()
    {
        var folder = Directory.CreateTempSubdirectory("hub-history-");
        try
        {
            return Run(folder);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Figure[] Run(DirectoryInfo folder)
    {
        // All that is sent lies behind us: no window of a time to come is ever closed.
        var startMs = HubProcess.WindowAt(
            TimeProvider.System.GetUtcNow().AddSeconds(-(WarmUps + Rounds) * RecordsPerTurn)
                .ToUnixTimeMilliseconds());
        startMs -= startMs % (long)TimeSpan.FromDays(1).TotalMilliseconds;
        var yearMs = new DateTimeOffset(
            DateTimeOffset.FromUnixTimeMilliseconds(startMs).Year, 1, 1, 0, 0, 0, TimeSpan.Zero)
            .ToUnixTimeMilliseconds();
        using var day = Hub(
            folder.CreateSubdirectory("day"), (1, startMs), startMs, "1 d");
        using var year = Hub(
            folder.CreateSubdirectory("year"), (365, yearMs), startMs,
            "{kind: year, zone: UTC}");
        var costs = (Day: new List<double>(), Year: new List<double>());

        // The first rounds warm both up and are not counted.
        for (var round = -WarmUps; round < Rounds; round++)
        {
            var turn = round + WarmUps;
            var (one, other) = (Cost(day, turn, startMs), Cost(year, turn, startMs));
            if (round >= 0)
            {
                costs.Day.Add(one);
                costs.Year.Add(other);
            }
        }

        var (ours, peer) = (Median(costs.Year), Median(costs.Day));
        return
        [
            new Figure("hub.history", ours, "ns"),
            new Figure("hub.history.peer", peer, "ns"),
            new Figure("hub.history.ratio", ours / peer, "x"),
            new Figure("hub.history.facts", FactsIn(365), "facts"),
        ];
    }

    private static HubProcess Hub(
        DirectoryInfo folder, (int Days, long SettledToMs) past, long startMs, string period)
    {
        Fill(folder.CreateSubdirectory("data"), past, startMs);
        return new HubProcess(folder.FullName, Edges, new HubSite { Period = period });
    }

    private static int FactsIn(int days) =>
        2 * Edges * (int)(TimeSpan.FromDays(days).TotalMilliseconds / FactEveryMs);

    /// <summary>
    /// A window of a minute of every source each twenty minutes, with its two facts.
    /// </summary>
    private static void Fill(
        DirectoryInfo data, (int Days, long SettledToMs) past, long startMs)
    {
        using var connection =
            Books.Open(Path.Combine(data.FullName, "books.db")).Database.Connect();
        using var transaction = connection.BeginTransaction();
        connection.Execute(
            """
            INSERT INTO window(source, start_ms, end_ms, revision, log_id, known_ms)
            WITH RECURSIVE
                edge(number) AS (VALUES(0) UNION ALL
                    SELECT number + 1 FROM edge WHERE number < @Edges - 1),
                start(ms) AS (VALUES(@fromMs) UNION ALL
                    SELECT ms + @FactEveryMs FROM start WHERE ms + @FactEveryMs < @startMs)
            SELECT 'stack-' || number, ms, ms + @WindowMs, 1, 0, ms FROM start, edge;

            INSERT INTO fact("window", id, source, member, zone, pollutant, start_ms, end_ms,
                milligrams, method, quality, revision, known_ms, inputs)
            WITH pollutant(name) AS (VALUES('nox'), ('co'))
            SELECT w.id, printf('%s%023d', name, w.id), source, 'member-a', 'river', name,
                start_ms, end_ms, 4, 'concentration-times-flow/demo', 'valid', 1, known_ms, ''
            FROM window w, pollutant;

            INSERT INTO period_position VALUES('demo', @SettledToMs);
            INSERT INTO source_position SELECT DISTINCT source, @startMs FROM window;
            """,
            new
            {
                Edges, FactEveryMs, startMs, HubProcess.WindowMs, past.SettledToMs,
                fromMs = startMs - (long)TimeSpan.FromDays(past.Days).TotalMilliseconds,
            },
            transaction);
        transaction.Commit();
        var facts = connection.QuerySingle<int>("SELECT COUNT(*) FROM fact");
        if (facts != FactsIn(past.Days))
        {
            throw new InvalidOperationException($"{facts} facts of {past.Days} days");
        }
    }

    /// <summary>Nanoseconds of the hub's processor time a reading.</summary>
    private static double Cost(HubProcess hub, int turn, long startMs)
    {
        var used = hub.ProcessorSeconds;
        var (first, last) = (1L + (turn * RecordsPerTurn), (turn + 1L) * RecordsPerTurn);
        using var load = EdgeLoad.Start(new Load(hub.Port, Edges, turn, first, last, startMs));
        load.NextLine();
        hub.WaitUntilClosedTo(Fleet.TimeOf(startMs, last));
        const double Readings = (double)RecordsPerTurn * Edges * Fleet.Points;
        return (hub.ProcessorSeconds - used) / Readings * 1e9;
    }

    private static double Median(List<double> values) =>
        values.Order().ElementAt(values.Count / 2);
}
