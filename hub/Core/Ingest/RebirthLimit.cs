namespace Monitoring.Core.Ingest;

/// <summary>
/// How often one node is asked for its births. A node that does not help itself by them would be
/// asked at each of its messages, and a thousand of them would bury the broker: so one request
/// waits for its answer, and from one to the next the patience doubles, a little differently for
/// each node.
/// </summary>
public sealed class RebirthLimit(Random random)
{
    public const long EveryMsMin = 5_000;
    public const long EveryMsMax = 300_000;

    /// <summary>A node that was quiet for this many patiences is asked as if for the first time.
    /// </summary>
    private const int Forgiven = 4;

    private long _everyMs = EveryMsMin;
    private long? _askedMs;
    private long _nextMs = long.MinValue;

    /// <summary>How often it was asked, since the start.</summary>
    public long Asked { get; private set; }

    /// <summary>When it may be asked next.</summary>
    public long NextMs => _nextMs;

    /// <summary>Whether to ask now; where it says so, it counts as asked.</summary>
    public bool MayAsk(long nowMs)
    {
        if (_askedMs is { } last && !Patience.IsOver(last, _nextMs - last, nowMs))
        {
            return false;
        }

        if (_askedMs is { } asked && nowMs - asked > Forgiven * _everyMs)
        {
            _everyMs = EveryMsMin;
        }

        _askedMs = nowMs;
        _nextMs = nowMs + _everyMs + random.NextInt64(_everyMs / 4 + 1);
        _everyMs = Math.Min(_everyMs * 2, EveryMsMax);
        Asked++;
        return true;
    }
}
