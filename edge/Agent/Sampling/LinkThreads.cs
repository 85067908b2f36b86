namespace Monitoring.Agent.Sampling;

/// <summary>
/// The threads that read the links. One reads all that answer soon, in turn, since to wake one for
/// each would cost more than the reading. A link that holds the others up keeps the thread that it
/// holds, and another thread goes on with the others: nobody waits longer than that for a link
/// that is slow or dead. When it has answered soon for a while it is read in turn again.
/// </summary>
public sealed class LinkThreads(TimeProvider time)
{
    private const int StackBytes = 256 * 1024;

    // Also the lock of all here. No thread of their own reads these.
    private readonly List<LinkLoop> _shared = [];
    private LinkLoop? _underWay;
    private bool _isStarted;
    private bool _isClosed;

    public void Add(LinkLoop loop)
    {
        lock (_shared)
        {
            if (loop.IsStopping)
            {
                loop.End();
                return;
            }

            _shared.Add(loop);
            if (!_isStarted)
            {
                _isStarted = true;
                Start(ReadShared, "links");
                Start(Watch, "links watch");
            }

            Monitor.PulseAll(_shared);
        }
    }

    /// <summary>The read under way is finished, unless it takes longer than that.</summary>
    public void End(LinkLoop loop, TimeSpan within)
    {
        lock (_shared)
        {
            loop.Stop(within);
            if (loop != _underWay && _shared.Remove(loop))
            {
                loop.End();
            }
        }
    }

    /// <summary>To be called when all have ended.</summary>
    public void Close()
    {
        lock (_shared)
        {
            _isClosed = true;
            Monitor.PulseAll(_shared);
        }
    }

    private void ReadShared()
    {
        while (TakeNext() is { } loop)
        {
            var goesOn = loop.TakeTurn();
            if (!IsStillShared(loop, goesOn))
            {
                if (goesOn)
                {
                    ReadAlone(loop);
                }

                return;
            }
        }
    }

    private void ReadAlone(LinkLoop loop)
    {
        for (var soon = 0; soon < AgentLimits.TurnsToShareAgain;)
        {
            loop.WaitForTurn();
            var start = time.GetTimestamp();
            if (!loop.TakeTurn())
            {
                return;
            }

            soon = time.GetElapsedTime(start) < AgentLimits.LinkHoldsUpMax / 4 ? soon + 1 : 0;
        }

        Add(loop);
    }

    /// <summary>Waits for the next shared link that is due; null: there will be none.</summary>
    private LinkLoop? TakeNext()
    {
        lock (_shared)
        {
            while (!_isClosed)
            {
                if (FirstDue() is not var (loop, wait))
                {
                    Monitor.Wait(_shared);
                }
                else if (wait <= TimeSpan.Zero)
                {
                    return _underWay = loop;
                }
                else
                {
                    Wait(wait);
                }
            }

            return null;
        }
    }

    private bool IsStillShared(LinkLoop loop, bool goesOn)
    {
        lock (_shared)
        {
            if (_underWay != loop)
            {
                return false;
            }

            _underWay = null;
            if (!goesOn || loop.IsStopping)
            {
                _shared.Remove(loop);
                loop.End();
            }

            return true;
        }
    }

    /// <summary>Sees to it that no link is held up by another one for long.</summary>
    private void Watch()
    {
        lock (_shared)
        {
            while (!_isClosed)
            {
                if (FirstDue() is not var (_, wait))
                {
                    // Nobody is there to be held up.
                    Monitor.Wait(_shared);
                    continue;
                }

                var left = wait + AgentLimits.LinkHoldsUpMax;
                if (left <= TimeSpan.Zero)
                {
                    left = AgentLimits.LinkHoldsUpMax;
                    if (_underWay is { } slow)
                    {
                        _shared.Remove(slow);
                        _underWay = null;
                        Start(ReadShared, "links");
                    }
                }

                Wait(left);
            }
        }
    }

    /// <summary>The link whose turn comes first, of those that nobody reads just now.</summary>
    private (LinkLoop Loop, TimeSpan Wait)? FirstDue()
    {
        var now = time.GetUtcNow();
        (LinkLoop, TimeSpan Wait)? first = null;
        foreach (var loop in _shared)
        {
            if (loop != _underWay && loop.UntilDue(now) is var wait
                && (first is not { } other || wait < other.Wait))
            {
                first = (loop, wait);
            }
        }

        return first;
    }

    // Rounded up: a wait that ends a moment early is followed by another one.
    private void Wait(TimeSpan wait) =>
        Monitor.Wait(_shared, (int)Math.Ceiling(wait.TotalMilliseconds));

    private static void Start(ThreadStart work, string name) =>
        new Thread(work, StackBytes) { Name = name, IsBackground = true }.Start();
}
