namespace Monitoring.Server.Ingest;

/// <summary>How fast one session may publish: a second's worth at once, and no more on average.
/// </summary>
internal sealed class MessageRate(TimeProvider time, int perSecondMax)
{
    private readonly Lock _lock = new();
    private double _left = perSecondMax;
    private long _at = time.GetTimestamp();

    public bool Allows()
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            var gained = time.GetElapsedTime(_at, now).TotalSeconds * perSecondMax;
            (_left, _at) = (Math.Min(perSecondMax, _left + gained), now);
            if (_left < 1)
            {
                return false;
            }

            _left--;
            return true;
        }
    }
}
