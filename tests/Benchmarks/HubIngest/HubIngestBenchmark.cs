using System.Globalization;
using System.Text;
using Monitoring.Benchmarks.HubProject;

namespace Monitoring.Benchmarks.HubIngest;

/// <summary>
/// The whole hub from the sockets of twenty edges to durable commits and closed windows, beside a
/// bare influxd that takes the same readings over HTTP in batches of 5 000, two requests at a
/// time. In turns on the same cores, the load of both included. A turn of the hub ends when every
/// edge has its last commit and every window that can be closed is.
/// </summary>
internal static class HubIngestBenchmark
{
    private const int Edges = 20;
    private const int LinesPerRequest = 5_000;
    private const int Rounds = 3;
    private const int RecordsWarmUp = 1_800;
    private const int RecordsPerTurn = 900;

    /// <param name="Committed">Seconds until every edge had its last commit.</param>
    /// <param name="Averaged">Seconds until every window was closed as well.</param>
    /// <param name="Processor">Seconds of processor time of the hub.</param>
    private sealed record Turn(double Committed, double Averaged, double Processor, long Resent);

    public static IEnumerable<Figure> Run()
    {
        var folder = Directory.CreateTempSubdirectory("hub-ingest-");
        try
        {
            return Run(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static List<Figure> Run(string folder)
    {
        var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        const long Records = RecordsWarmUp + (Rounds * RecordsPerTurn);
        var startMs = HubProcess.WindowAt(nowMs - (Records * Fleet.CycleMs));
        using var hub = new HubProcess(folder, Edges);
        using var influxd = new Influxd();
        using var http = new HttpClient();
        influxd.QueryAsync(http, "CREATE DATABASE \"emissions\"").GetAwaiter().GetResult();
        var (ours, bare) = (new List<Turn>(), new List<double>());

        // The first round warms both up and is not counted.
        long first = 1;
        for (var round = 0; round <= Rounds; round++)
        {
            var last = first - 1 + (round == 0 ? RecordsWarmUp : RecordsPerTurn);
            ours.Add(Ours(hub, round, (first, last), startMs));
            var bodies = Bodies((first, last), startMs);
            bare.Add(Bare(influxd, http, bodies).GetAwaiter().GetResult());
            first = last + 1;
        }

        hub.KillAndRequire(startMs, Records);
        influxd.RequireAsync(http, Records * Edges * Fleet.Points).GetAwaiter().GetResult();
        const double Readings = (double)RecordsPerTurn * Edges * Fleet.Points;
        var counted = ours.Skip(1).ToList();
        double RateOf(Func<Turn, double> seconds) => Readings / Median(counted.Select(seconds));
        var (rate, peer) = (RateOf(turn => turn.Averaged), Readings / Median(bare.Skip(1)));
        return
        [
            new Figure("hub.ingest", rate, "1/s"),
            new Figure("hub.ingest.peer", peer, "1/s"),
            new Figure("hub.ingest.ratio", rate / peer, "x"),
            new Figure("hub.ingest.committed", RateOf(turn => turn.Committed), "1/s"),
            new Figure(
                "hub.ingest.cpu", Median(counted.Select(turn => turn.Processor)) / Readings * 1e9,
                "ns"),
            new Figure("hub.ingest.resent", counted.Sum(turn => turn.Resent), "records"),
        ];
    }

    private static Turn Ours(
        HubProcess hub, int round, (long First, long Last) offsets, long startMs)
    {
        var used = hub.ProcessorSeconds;
        using var load = EdgeLoad.Start(new Load(
            hub.Port, Edges, round, offsets.First, offsets.Last, startMs));
        var start = TimeProvider.System.GetTimestamp();
        var resent = long.Parse(load.NextLine(), CultureInfo.InvariantCulture);
        var committed = TimeProvider.System.GetElapsedTime(start);
        hub.WaitUntilClosedTo(Fleet.TimeOf(startMs, offsets.Last));
        var averaged = TimeProvider.System.GetElapsedTime(start);
        return new Turn(
            committed.TotalSeconds, averaged.TotalSeconds, hub.ProcessorSeconds - used, resent);
    }

    private static List<byte[]> Bodies((long First, long Last) offsets, long startMs)
    {
        var (bodies, text, lines) = (new List<byte[]>(), new StringBuilder(), 0);
        for (var offset = offsets.First; offset <= offsets.Last; offset++)
        {
            for (var edge = 0; edge < Edges; edge++)
            {
                for (var point = 0; point < Fleet.Points; point++)
                {
                    text.Append(
                        CultureInfo.InvariantCulture,
                        $"reading,plant={Fleet.PlantOf(edge)},device={Fleet.Device},")
                        .Append(
                            CultureInfo.InvariantCulture,
                            $"point={Fleet.PointNames[point]} ")
                        .Append(
                            CultureInfo.InvariantCulture,
                            $"value={Fleet.ValueOf(edge, offset, point)},quality=192 ")
                        .Append(
                            CultureInfo.InvariantCulture,
                            $"{Fleet.TimeOf(startMs, offset)}\n");
                }

                lines += Fleet.Points;
                if (lines % LinesPerRequest == 0)
                {
                    bodies.Add(Encoding.UTF8.GetBytes(text.ToString()));
                    text.Clear();
                }
            }
        }

        return bodies;
    }

    private static async Task<double> Bare(Influxd influxd, HttpClient http, List<byte[]> bodies)
    {
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
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
