namespace Monitoring.Core.Ingest;

/// <summary>
/// Waiting by a clock that is put right now and then. Where it was set back behind the beginning,
/// the wait is over: it would be as long as the clock had been ahead.
/// </summary>
public static class Patience
{
    /// <param name="sinceMs">When the wait began, by the same clock.</param>
    public static bool IsOver(long sinceMs, long patienceMs, long nowMs) =>
        nowMs < sinceMs || nowMs - sinceMs >= patienceMs;
}
