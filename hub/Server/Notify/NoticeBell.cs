namespace Monitoring.Server.Notify;

/// <summary>Wakes the loops that deliver notices when there are new ones.</summary>
public sealed class NoticeBell
{
    private TaskCompletionSource _next = New();

    /// <summary>
    /// Completes with the next ring. Taken before one looks for notices, or a ring between the
    /// look and the wait is missed.
    /// </summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Ring() => Interlocked.Exchange(ref _next, New()).SetResult();

    // Whoever rings has more to do than to deliver.
    private static TaskCompletionSource New() =>
        new(TaskCreationOptions.RunContinuationsAsynchronously);
}
