namespace Monitoring.Server.Engine;

/// <summary>
/// Looks by the hub's own clock at what is missing or may be lost, at tests that end and at
/// control charts, has warnings raised and cleared, and puts up how each source stands. A source
/// is looked at when it has a new window or amendment, and every ten minutes: what ends by itself
/// needs no more.
/// </summary>
public sealed class InstrumentWatch(
    SourceStandings standings, WarningDesk desk, StandingBoard board, Turns turns,
    TimeProvider time, ILogger<EngineStart> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    private readonly Dictionary<string, StandingMark> _seen = [];

    /// <summary>Looks at every source that may have changed.</summary>
    public async Task LookAsync(DateTimeOffset now)
    {
        foreach (var source in standings.Sources)
        {
            var mark = standings.MarkOf(source, now);
            if (_seen.TryGetValue(source, out var seen) && seen == mark)
            {
                continue;
            }

            var standing = await turns.Averages.InTurn(() => standings.Of(source, now));
            await desk.TellAsync(standing);
            board.Put(standing);
            _seen[source] = mark;
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                await LookAsync(time.GetUtcNow());
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                log.EngineFailed("warnings", e.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
