using System.Collections.Concurrent;
using Monitoring.Core.Ingest;

namespace Monitoring.Server.Ingest;

/// <summary>Why the broker refused something.</summary>
public enum RefusalKind
{
    TooManyConnections,
    UnknownUser,
    ForeignClientId,
    TooManySessions,
    NotAllowedToPublish,
    NotAllowedToSubscribe,
    TooLarge,
    TooFast,
}

/// <summary>One thing that the broker refused.</summary>
public sealed record Refusal(long TimeMs, RefusalKind Kind, string Who, string What);

/// <summary>What the broker inside the hub refused: counts, and the newest.</summary>
public sealed class BrokerRefusals(TimeProvider time, ILogger<BrokerRefusals> log)
{
    private const long SayEveryMs = 10_000;
    private const int SaidMax = 10_000;

    private readonly long[] _counts = new long[Enum.GetValues<RefusalKind>().Length];
    private readonly ConcurrentQueue<Refusal> _newest = new();
    private readonly ConcurrentDictionary<(RefusalKind, string), long> _said = new();

    public IReadOnlyDictionary<RefusalKind, long> Counts => Enum.GetValues<RefusalKind>()
        .ToDictionary(kind => kind, kind => Interlocked.Read(ref _counts[(int)kind]));

    /// <summary>Newest first.</summary>
    public IReadOnlyList<Refusal> Newest => [.. _newest.Reverse()];

    public void Add(RefusalKind kind, string? who, string what)
    {
        var name = string.IsNullOrEmpty(who) ? "nobody" : who;
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        Interlocked.Increment(ref _counts[(int)kind]);
        _newest.Enqueue(new Refusal(nowMs, kind, name, what));
        while (_newest.Count > BrokerLimits.RefusalsKeptMax)
        {
            _newest.TryDequeue(out _);
        }

        // A thousand refusals a second must not become a thousand lines.
        if (!_said.TryGetValue((kind, name), out var saidMs)
            || Patience.IsOver(saidMs, SayEveryMs, nowMs))
        {
            if (_said.Count >= SaidMax)
            {
                _said.Clear();
            }

            _said[(kind, name)] = nowMs;
            log.BrokerRefused(kind, name, what);
        }
    }
}
