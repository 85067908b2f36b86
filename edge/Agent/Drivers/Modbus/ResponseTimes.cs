using System.Collections.Immutable;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// How long a device takes to answer, and how often it fails to after how short a pause: what its
/// timeout and the gap between its requests should be.
/// </summary>
public sealed class ResponseTimes
{
    /// <summary>Answers, or requests after a pause, without which nothing is proposed.</summary>
    public const int AnswersToPropose = 1_000;

    private const int PausesToJudge = 100;

    /// <summary>Each bucket ends a fifth above the one before; the first at 0.1 ms.</summary>
    private const double BucketFactor = 1.2;
    private const int Buckets = 80;

    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(0.1);

    private static readonly ImmutableArray<TimeSpan> Pauses =
    [
        TimeSpan.Zero, .. new[] { 2, 5, 10, 20, 50, 100, 200 }.Select(
            milliseconds => TimeSpan.FromMilliseconds(milliseconds)),
    ];

    private readonly long[] _counts = new long[Buckets];
    private readonly (long Tries, long Failures)[] _pauses = new (long, long)[Pauses.Length];

    public long Answers { get; private set; }

    public TimeSpan Longest { get; private set; }

    /// <param name="took">From the request to the whole answer.</param>
    /// <param name="pause">Between the answer before, on the same link, and the request.</param>
    public void Answered(TimeSpan took, TimeSpan pause)
    {
        Answers++;
        Longest = took > Longest ? took : Longest;
        var bucket = Math.Ceiling(Math.Log(Math.Max(1, took / First), BucketFactor));
        _counts[Math.Min(Buckets - 1, (int)bucket)]++;
        _pauses[PauseOf(pause)].Tries++;
    }

    public void Unanswered(TimeSpan pause)
    {
        _pauses[PauseOf(pause)].Tries++;
        _pauses[PauseOf(pause)].Failures++;
    }

    /// <summary>
    /// The time in which that share of the answers came, at most a fifth too long; null where
    /// none has come.
    /// </summary>
    public TimeSpan? Quantile(double share)
    {
        var wanted = (long)Math.Ceiling(share * Answers);
        for (var i = 0; i < Buckets && Answers > 0; i++)
        {
            wanted -= _counts[i];
            if (wanted <= 0)
            {
                var end = First * Math.Pow(BucketFactor, i);
                return end < Longest ? end : Longest;
            }
        }

        return null;
    }

    /// <summary>
    /// Twice what 999 of 1 000 answers take, within the limits of a timeout; null: too few came.
    /// </summary>
    public TimeSpan? ProposedTimeout()
    {
        if (Answers < AnswersToPropose || Quantile(0.999) is not { } most)
        {
            return null;
        }

        var proposed = most * 2;
        return proposed < AgentLimits.LinkTimeoutMin ? AgentLimits.LinkTimeoutMin
            : proposed > AgentLimits.LinkTimeoutMax ? AgentLimits.LinkTimeoutMax
            : proposed;
    }

    /// <summary>
    /// The shortest pause after which requests go unanswered in less than 1 of 100 cases, where
    /// shorter ones fail in more than 5; null: no pause is seen to help.
    /// </summary>
    public TimeSpan? ProposedGap()
    {
        var (tries, failures) = (0L, 0L);
        for (var i = Pauses.Length - 1; i > 0; i--)
        {
            (tries, failures) = (tries + _pauses[i].Tries, failures + _pauses[i].Failures);
            var shorter = _pauses[i - 1];
            if (shorter.Tries >= PausesToJudge && shorter.Failures * 20 > shorter.Tries)
            {
                return tries >= PausesToJudge && failures * 100 < tries ? Pauses[i] : null;
            }
        }

        return null;
    }

    private static int PauseOf(TimeSpan pause)
    {
        var index = Pauses.Length - 1;
        while (index > 0 && Pauses[index] > pause)
        {
            index--;
        }

        return index;
    }
}
