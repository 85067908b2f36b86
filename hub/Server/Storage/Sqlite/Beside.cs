using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>Uses things on a thread of its own while the next ones are made.</summary>
public static class Beside
{
    /// <summary>
    /// Returns when all are used, in their order; throws what making or using one threw. A thread
    /// of its own: those of the pool may all wait for the caller.
    /// </summary>
    /// <param name="waitingMax">So many may be made ahead.</param>
    public static void ForEach<T>(IEnumerable<T> items, Action<T> use, int waitingMax)
    {
        using var waiting = new BlockingCollection<T>(waitingMax);
        ExceptionDispatchInfo? failure = null;
        var user = new Thread(() =>
        {
            // What comes after a failure is taken and left, so that nobody waits for its place.
            foreach (var item in waiting.GetConsumingEnumerable())
            {
                failure ??= FailureOf(() => use(item));
            }
        });
        user.Start();
        try
        {
            foreach (var item in items)
            {
                waiting.Add(item);
            }
        }
        finally
        {
            waiting.CompleteAdding();
            user.Join();
        }

        failure?.Throw();
    }

    private static ExceptionDispatchInfo? FailureOf(Action action)
    {
        try
        {
            action();
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return ExceptionDispatchInfo.Capture(e);
        }
    }
}
