namespace Monitoring.Core.Ingest;

/// <summary>
/// Counts how often the next record of a journal could not be read. One that never can would keep
/// the commit from moving, and the gateway's disk would fill up behind it; so after some attempts
/// its bytes are kept as they are and the journal goes on.
/// </summary>
public sealed class Refusals
{
    /// <summary>
    /// The first may be our own lack of a birth, the second the answer to one; the third is it.
    /// </summary>
    public const int AttemptsMax = 3;

    /// <summary>A gateway waits longer than this before it sends a record again.</summary>
    public const long AttemptEveryMsMin = 1_000;

    private long _offset;
    private int _attempts;
    private long _countedMs;

    /// <summary>True where the offset was refused often enough.</summary>
    public bool IsEnough(long offset, long nowMs)
    {
        if (offset != _offset)
        {
            (_offset, _attempts, _countedMs) = (offset, 1, nowMs);
        }
        else if (Patience.IsOver(_countedMs, AttemptEveryMsMin, nowMs))
        {
            (_attempts, _countedMs) = (_attempts + 1, nowMs);
        }

        return _attempts >= AttemptsMax;
    }
}
