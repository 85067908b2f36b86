namespace Monitoring.Server.Engine;

/// <summary>
/// The processors are taken in turns by what has much to work out: each kind of work has so many
/// turns at a time, and the others wait in their order. Without it hundreds of grains would stand
/// in one line with the sockets and the API, and newest values and alerts would come late
/// whenever there is much to catch up with.
/// </summary>
public sealed class Turns
{
    /// <summary>Payloads to records.</summary>
    public SemaphoreSlim Ingest { get; } = new(Environment.ProcessorCount);

    /// <summary>Records to averages. Half, since what comes in goes before.</summary>
    public SemaphoreSlim Averages { get; } = new(Math.Max(1, Environment.ProcessorCount / 2));
}

/// <summary>One turn; it ends with the block.</summary>
public static class TurnTaking
{
    public static async Task<T> InTurn<T>(this SemaphoreSlim turns, Func<T> work)
    {
        await turns.WaitAsync();
        try
        {
            return work();
        }
        finally
        {
            turns.Release();
        }
    }
}
