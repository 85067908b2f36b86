using Monitoring.Benchmarks.HubIngest;

namespace Monitoring.Benchmarks.HubAlert;

/// <summary>
/// From the socket to the webhook: how long after the record that closes a window the notice
/// comes that the window's mass broke a holding. Twenty other edges send meanwhile half of what
/// they sent when they sent as fast as they could.
/// </summary>
internal static class HubAlertBenchmark
{
    private const int Edges = 20;
    private const int RecordsFast = 1_800;
    private const double LoadShare = 0.5;
    private const int Crossings = 200;
    private const int WarmUp = 20;
    private const int HoldingGrams = 100;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(150);

    public static IEnumerable<Figure> Run()
    {
        var folder = Directory.CreateTempSubdirectory("hub-alert-");
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
        var address = new Uri($"http://127.0.0.1:{HubProcess.FreePort()}/");
        using var receiver = new NoticeReceiver(address);
        File.WriteAllText(Path.Combine(folder, "secret"), "of the measurement");
        var site = new HubSite
        {
            WatchedGrams = HoldingGrams,
            Settings = $"webhook: {{url: \"{address}\", secret_file: secret}}",
        };
        using var hub = new HubProcess(folder, Edges + 1, site);
        var startMs = HubProcess.WindowAt(
            TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds()
                - TimeSpan.FromDays(30).Ticks / TimeSpan.TicksPerMillisecond);
        Fast(hub, 0, 1, startMs);
        var rate = Fast(hub, 1, 1 + RecordsFast, startMs);
        const long First = 1 + (2 * RecordsFast);
        using var load = EdgeLoad.Start(
            new Load(hub.Port, Edges, 2, First, Last: int.MaxValue, startMs)
            {
                Waiting = First - 1, PerSecond = rate * LoadShare,
            });
        var delays = Measure(hub, receiver, startMs);
        return
        [
            new Figure("hub.alert.p99", delays[(int)((delays.Count - 1) * 0.99)], "ms"),
            new Figure("hub.alert.p50", delays[delays.Count / 2], "ms"),
            new Figure("hub.alert.max", delays[^1], "ms"),
            new Figure(
                "hub.alert.load", rate * LoadShare * Edges * Fleet.Points, "readings/s"),
        ];
    }

    /// <summary>Records a second of each edge, committed.</summary>
    private static double Fast(HubProcess hub, int turn, long first, long startMs)
    {
        using var load = EdgeLoad.Start(
            new Load(hub.Port, Edges, turn, first, first - 1 + RecordsFast, startMs));
        var start = TimeProvider.System.GetTimestamp();
        load.NextLine();
        return RecordsFast / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Milliseconds, sorted.</summary>
    private static List<double> Measure(HubProcess hub, NoticeReceiver receiver, long startMs)
    {
        using var stack = new WatchedStack(hub.Port, Edges, startMs);
        using var never = new ManualResetEventSlim();
        var delays = new List<double>();
        var open = stack.NextWindow;
        stack.SendWindow();
        for (var i = -WarmUp; i < Crossings; i++)
        {
            never.Wait(Pause);
            var next = stack.NextWindow;
            var sentAt = stack.SendWindow();
            var cameAt = receiver.Await("member-c", open);
            if (i >= 0)
            {
                delays.Add(TimeProvider.System.GetElapsedTime(sentAt, cameAt).TotalMilliseconds);
            }

            open = next;
        }

        delays.Sort();
        return delays;
    }
}
