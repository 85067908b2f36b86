namespace Monitoring.Benchmarks.HubIngest;

/// <summary>
/// Resident memory of a hub with a thousand connected edges, each a source that sends a record of
/// fifty readings a second, when all of it was taken in and every window closed.
/// </summary>
internal static class HubMemory
{
    private const int Edges = 1_000;
    private const int RecordsEach = 130;

    public static IEnumerable<Figure> Run()
    {
        var folder = Directory.CreateTempSubdirectory("hub-memory-");
        try
        {
            using var hub = new HubProcess(folder.FullName, Edges);
            var empty = hub.ResidentMegabytes;
            var startMs = HubProcess.WindowAt(
                TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
            var load = new Load(hub.Port, Edges, 0, 1, RecordsEach, startMs) { PerSecond = 1 };
            using var process = EdgeLoad.Start(load);
            var used = hub.ProcessorSeconds;
            var start = TimeProvider.System.GetTimestamp();
            process.NextLine();
            var elapsed = TimeProvider.System.GetElapsedTime(start);
            var cores = (hub.ProcessorSeconds - used) / elapsed.TotalSeconds;
            var memory = hub.ResidentMegabytes;
            hub.WaitUntilClosedTo(Fleet.TimeOf(startMs, RecordsEach));
            return
            [
                new Figure("hub.memory", memory, "MB"),
                new Figure("hub.memory.empty", empty, "MB"),
                new Figure("hub.memory.cpu", cores, "cores"),
            ];
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
