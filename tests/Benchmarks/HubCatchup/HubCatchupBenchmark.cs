using System.Globalization;
using Monitoring.Benchmarks.HubIngest;

namespace Monitoring.Benchmarks.HubCatchup;

/// <summary>
/// A hundred gateways with fifty points and a record a second come back together after some hours
/// and go on measuring. How much faster than they measure the hub takes in what waits, and how
/// long it takes meanwhile from the socket until the API shows a newest value.
/// MONITORING_CATCHUP_HOURS says how many hours; a day is the aim.
/// </summary>
internal static class HubCatchupBenchmark
{
    private const int Edges = 100;
    private const double HoursStandard = 1;
    private const int MsPerHour = 3_600_000;

    public static IEnumerable<Figure> Run()
    {
        var folder = Directory.CreateTempSubdirectory("hub-catchup-");
        try
        {
            return Run(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static Figure[] Run(string folder)
    {
        var hours = double.TryParse(
            Environment.GetEnvironmentVariable("MONITORING_CATCHUP_HOURS"),
            CultureInfo.InvariantCulture, out var asked) ? asked : HoursStandard;
        var waiting = (long)(hours * MsPerHour / Fleet.CycleMs);
        using var hub = new HubProcess(folder, Edges);
        var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var startMs = HubProcess.WindowAt(nowMs - (waiting * Fleet.CycleMs));
        using var load = EdgeLoad.Start(
            new Load(hub.Port, Edges, 0, First: 1, Last: 0, startMs)
            {
                Waiting = waiting, PerSecond = 1_000.0 / Fleet.CycleMs,
            });
        using var watch = new CurrentWatch(hub.Http);
        var start = TimeProvider.System.GetTimestamp();
        load.NextLine();
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        var sent = SentOf(load);
        var memory = hub.ResidentMegabytes;
        hub.WaitUntilClosedTo(Fleet.TimeOf(startMs, waiting));
        var averaged = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        var delays = Delays(sent, watch.Stop());
        return
        [
            new Figure("hub.catchup", (waiting + seconds) / seconds, "x live"),
            new Figure("hub.catchup.averaged", waiting / averaged, "x live"),
            new Figure("hub.catchup.p99", delays[(int)((delays.Count - 1) * 0.99)], "s"),
            new Figure("hub.catchup.p50", delays[delays.Count / 2], "s"),
            new Figure("hub.catchup.shown", delays.Count, "values"),
            new Figure("hub.catchup.memory", memory, "MB"),
            new Figure("hub.catchup.hours", hours, "h of 24"),
        ];
    }

    private static List<(int Edge, long Ms)> SentOf(EdgePoll.Worker load)
    {
        var count = int.Parse(load.NextLine(), CultureInfo.InvariantCulture);
        return
        [
            .. Enumerable.Range(0, count).Select(_ => load.NextLine().Split(' ')).Select(words => (
                int.Parse(words[0], CultureInfo.InvariantCulture),
                long.Parse(words[1], CultureInfo.InvariantCulture))),
        ];
    }

    /// <summary>Seconds until an answer showed each value or a newer one, sorted.</summary>
    private static List<double> Delays(
        List<(int Edge, long Ms)> sent,
        IReadOnlyList<(long AnsweredMs, Dictionary<int, long> Shown)> answers) =>
    [
        .. sent.Select(it => (answers
                .First(answer => answer.Shown.GetValueOrDefault(it.Edge) >= it.Ms)
                .AnsweredMs - it.Ms) / 1_000.0)
            .Order(),
    ];
}
