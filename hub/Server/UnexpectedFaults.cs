namespace Monitoring.Server;

/// <summary>Faults of one loop since the start.</summary>
/// <param name="Why">Of the newest.</param>
public sealed record UnexpectedFault(string What, int Count, long LastMs, string Why);

/// <summary>
/// Faults that nobody thought of, in what goes on by itself. They are told with all that is known
/// of them, counted, and shown; the work goes on after a pause, since what it looks after must not
/// stop with it.
/// </summary>
public sealed class UnexpectedFaults(TimeProvider time, ILogger<UnexpectedFaults> log)
{
    /// <summary>Before it is tried again.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, UnexpectedFault> _met = [];

    public IReadOnlyList<UnexpectedFault> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _met.Values.OrderBy(one => one.What, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>Whether a loop should go on after it: not after one that ends the process.
    /// </summary>
    public static bool Is(Exception e, CancellationToken stopping) =>
        e is not OutOfMemoryException
            && !(e is OperationCanceledException && stopping.IsCancellationRequested);

    /// <summary>Counts it, and waits.</summary>
    public async Task MeetAsync(string what, Exception e, CancellationToken stopping)
    {
        log.UnexpectedFault(e, what, Pause.TotalSeconds);
        lock (_lock)
        {
            _met[what] = new UnexpectedFault(
                what, (_met.GetValueOrDefault(what)?.Count ?? 0) + 1,
                TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(),
                $"{e.GetType().Name}: {e.Message}");
        }

        await Task.Delay(Pause, time, stopping)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
