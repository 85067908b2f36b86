using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Monitoring.Server;
using Monitoring.Server.Engine;
using Monitoring.Server.Projection;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Benchmarks.HubProject;

/// <summary>
/// The projection alone, from a filled record log into influxd, beside the same lines sent from
/// memory to an influxd of its own in batches of 5 000, two requests at a time. In turns, each on
/// an empty database.
/// </summary>
internal static class HubProjectBenchmark
{
    private const int Gateways = 20;
    private const int ReadingsPerRecord = 50;
    private const int RecordsPerGateway = 1_000;
    private const int LinesPerRequest = 5_000;
    private const int Rounds = 3;
    private const long StartMs = 1_795_490_567_000;
    private const long Points = (long)Gateways * ReadingsPerRecord * RecordsPerGateway;

    public static IEnumerable<Figure> Run()
    {
        var folder = Directory.CreateTempSubdirectory("hub-project-");
        try
        {
            var file = Path.Combine(folder.FullName, "records.db");
            Fill(file).GetAwaiter().GetResult();
            var bodies = Bodies(file);
            var times = (Ours: new List<double>(), Bare: new List<double>());

            // The first round warms both up and is not counted.
            for (var round = -1; round < Rounds; round++)
            {
                var bare = Bare(bodies).GetAwaiter().GetResult();
                var ours = Ours(file, Path.Combine(folder.FullName, $"books-{round + 1}.db"))
                    .GetAwaiter().GetResult();
                if (round >= 0)
                {
                    times.Bare.Add(Points / bare.TotalSeconds);
                    times.Ours.Add(Points / ours.TotalSeconds);
                }
            }

            var (rate, peer) = (Median(times.Ours), Median(times.Bare));
            return
            [
                new Figure("hub.project", rate, "1/s"),
                new Figure("hub.project.peer", peer, "1/s"),
                new Figure("hub.project.ratio", rate / peer, "x"),
            ];
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            folder.Delete(true);
        }
    }

    private static async Task Fill(string file)
    {
        await using var log = RecordLog.Open(file);
        for (var second = 0; second < RecordsPerGateway; second++)
        {
            await Task.WhenAll(Enumerable.Range(0, Gateways).Select(gateway => log.AppendAsync(
                new JournalAppend(
                    new GatewayId(Named("plant", gateway), "gateway-1"), new string('e', 32),
                    [(second + 1, Image(gateway, second))], second + 1, null,
                    StartMs + (second * 1_000)))));
        }
    }

    // Values as instruments give them: few digits, seldom the same.
    private static JournalRecord.Image Image(int gateway, int second)
    {
        var ms = StartMs + (second * 1_000);
        return new JournalRecord.Image(
            "analyser", ms, default, ClockState.Synced,
            [
                .. Enumerable.Range(0, ReadingsPerRecord).Select(point => new Reading(
                    Named("point", point),
                    PointValue.Real(((second * 7) + (point * 131) + gateway) % 9_973 / 100.0),
                    Quality.Good, Reason.None, ms)),
            ]);
    }

    private static string Named(string kind, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}-{number}");

    private static List<byte[]> Bodies(string file)
    {
        var bodies = new List<byte[]>();
        var log = RecordLog.Open(file);
        var batch = new PointBatch();
        foreach (var record in log.After(0))
        {
            LinePoints.OfRecord(batch, record);
            if (batch.Lines == LinesPerRequest)
            {
                bodies.Add(batch.Bytes(0, batch.Lines).ToArray());
                batch.Clear();
            }
        }

        log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return bodies;
    }

    private static async Task<TimeSpan> Bare(List<byte[]> bodies)
    {
        using var influxd = new Influxd();
        using var http = new HttpClient();
        await influxd.QueryAsync(http, "CREATE DATABASE \"emissions\"");
        var start = TimeProvider.System.GetTimestamp();
        await Parallel.ForEachAsync(
            bodies, new ParallelOptions { MaxDegreeOfParallelism = 2 },
            async (body, cancel) =>
            {
                using var content = new ByteArrayContent(body);
                using var answer = await http.PostAsync(
                    new Uri(influxd.Address, "/write?db=emissions&precision=ms"), content, cancel);
                answer.EnsureSuccessStatusCode();
            });
        var elapsed = TimeProvider.System.GetElapsedTime(start);
        await influxd.RequireAsync(http, Points);
        return elapsed;
    }

    private static async Task<TimeSpan> Ours(string file, string booksFile)
    {
        using var influxd = new Influxd();
        using var http = new HttpClient();
        await using var records = RecordLog.Open(file);
        var database = Books.Open(booksFile).Database;
        var (books, refused) = (new BookFeed(database), new RefusedPoints(database));
        var influx = new InfluxDatabase(
            new InfluxSettings(influxd.Address, "emissions", null, null, null), http,
            TimeProvider.System);

        // Contract and cluster are for the books, and these are empty.
        var projection = new InfluxProjection(
            new Feeds(records, books, null!, null!, TimeZoneInfo.Utc, new StandingBoard()),
            books, refused, influx,
            new InfluxWriter(
                influx, refused, TimeProvider.System, NullLogger<InfluxWriter>.Instance),
            TimeProvider.System, NullLogger<InfluxProjection>.Instance);
        var start = TimeProvider.System.GetTimestamp();
        for (var isMoving = true; isMoving;)
        {
            (isMoving, var trouble) = await projection.PassAsync(CancellationToken.None);
            if (trouble is not null)
            {
                throw new InvalidOperationException(trouble);
            }
        }

        var elapsed = TimeProvider.System.GetElapsedTime(start);
        await influxd.RequireAsync(http, Points);
        return elapsed;
    }

    private static double Median(List<double> values) =>
        values.Order().ElementAt(values.Count / 2);
}
