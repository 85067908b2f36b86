namespace Monitoring.Agent.Drivers.Gpio;

/// <summary>
/// What a line means by its edges: a level holds once it stood for the time of debounce, and what
/// is shorter never was. Knows no clock; times are those of <see cref="TimeProvider"/>.
/// </summary>
internal sealed class LineFilter(TimeProvider time, TimeSpan debounce, bool level)
{
    private bool _seen = level;
    private long _since;

    /// <summary>The level that holds.</summary>
    public bool Level { get; private set; } = level;

    /// <summary>The level after the last edge, however short.</summary>
    public bool Seen => _seen;

    public long Rising { get; private set; }

    public long Falling { get; private set; }

    public void Edge(bool toHigh, long timestamp)
    {
        Settle(timestamp);

        // An edge to the level that is there already is the rest of a pulse that was too short
        // for the kernel to see it: the level begins anew all the same.
        (_seen, _since) = (toHigh, timestamp);
        Settle(timestamp);
    }

    /// <summary>Time went by without an edge.</summary>
    public void Settle(long now)
    {
        if (_seen == Level || time.GetElapsedTime(_since, now) < debounce)
        {
            return;
        }

        Level = _seen;
        if (Level)
        {
            Rising++;
        }
        else
        {
            Falling++;
        }
    }
}
