namespace Monitoring.Server.Engine;

/// <summary>
/// How each source stood when it was last looked at, for those who show it. Kept in memory only:
/// it follows from the books, and is there again after the first look.
/// </summary>
public sealed class StandingBoard
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Seq, SourceStanding Standing)> _newest = [];
    private long _seq;

    /// <summary>How many looks were put up.</summary>
    public long Seq
    {
        get
        {
            lock (_lock)
            {
                return _seq;
            }
        }
    }

    public void Put(SourceStanding standing)
    {
        lock (_lock)
        {
            _newest[standing.Source] = (++_seq, standing);
        }
    }

    /// <summary>The newest of each source that was put up after a look, in order.</summary>
    public IReadOnlyList<(long Seq, SourceStanding Standing)> After(long seq)
    {
        lock (_lock)
        {
            return [.. _newest.Values.Where(one => one.Seq > seq).OrderBy(one => one.Seq)];
        }
    }
}
