using Monitoring.Agent.Journal;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Agent.Uplink.Sparkplug;

/// <summary>What the uplink is to do next.</summary>
public abstract record UplinkStep
{
    private UplinkStep()
    {
    }

    /// <summary>NBIRTH, then a DBIRTH of each device.</summary>
    public sealed record PublishBirths : UplinkStep;

    /// <param name="IsHistorical">It waited from before this session, or was sent already.</param>
    public sealed record Send(long Offset, bool IsHistorical) : UplinkStep;

    /// <summary>
    /// Subscribe to the hub's STATE again. A broker may lose a retained message that comes while
    /// a subscription is being made: it looks for one before, and delivers to subscribers after.
    /// </summary>
    public sealed record AskForState : UplinkStep;

    /// <summary>
    /// The newest image of each device, since the records before it take their time.
    /// </summary>
    public sealed record SendLive : UplinkStep;

    /// <summary>
    /// DDEATH of devices that are in the configuration no more and whose records are all committed.
    /// </summary>
    public sealed record BuryGone : UplinkStep;

    /// <summary>NDEATH, then disconnect: the hub is gone, or never came.</summary>
    public sealed record Leave : UplinkStep;

    /// <param name="UntilMs">Monotonic; null: until something happens.</param>
    public sealed record Wait(long? UntilMs) : UplinkStep;
}

/// <summary>What a STATE message changed.</summary>
public enum HostVerdict
{
    /// <summary>It is older than one that was seen before.</summary>
    Outdated,
    Unchanged,
    CameOnline,
    WentOffline,
}

/// <summary>
/// The rules of sending: births only while the hub is online, records in offset order within a
/// window, again from the first uncommitted one where no commit comes. No I/O and no clock; times
/// are monotonic milliseconds.
/// </summary>
public sealed class UplinkSession(bool hasOtherBrokers = false)
{
    /// <summary>
    /// Records sent and not committed. Twice as many drain a backlog no faster and make the newest
    /// values wait twice as long behind it (<c>./bench hub.catchup</c>).
    /// </summary>
    public const int WindowRecordsMax = 128;

    public const long WindowBytesMax = 1 << 20;
    public const long ResendAfterMsMin = 2_000;
    public const long ResendAfterMsMax = 60_000;
    public const long AskForStateAfterMsMin = 2_000;
    public const long AskForStateAfterMsMax = 30_000;

    /// <summary>How long a broker may be without the hub, where there is another one.</summary>
    public const long WalkOnAfterMs = 5_000;

    /// <summary>Records are this late before the newest images are shown ahead of them.</summary>
    public const long LiveEveryMs = 2_000;

    private readonly record struct InFlight(long Offset, int Bytes, long SentMs, bool IsFirst);

    private readonly Queue<InFlight> _inFlight = new();
    private long _inFlightBytes;

    private bool _isConnected;
    private bool _isBorn;
    private bool _isRebirthAsked;
    private bool? _isHostOnline;

    // Its offline state ends the session, also if it is online again before the next step.
    private bool _mustLeave;
    private long _hostTimestampMs = long.MinValue;
    private long _askForStateMs;
    private long _askForStateAfterMs;
    private long _walkOnMs;
    private long? _behindSinceMs;
    private long _liveMs;
    private long _buriedUpTo;

    private long _next;
    private long _sentBefore;
    private long _progressMs;
    private long _resendAfterMs = ResendAfterMsMin;
    private double? _commitDelayMs;

    /// <summary>How often the session went back to send again, since the start.</summary>
    public long Resends { get; private set; }

    /// <summary>How long no commit had come before it last went back.</summary>
    public long LastPatienceMs { get; private set; }

    /// <summary>The journal that the births declared.</summary>
    public string Epoch { get; private set; } = "";

    /// <summary>The request for a rebirth that the next births answer; null for none.</summary>
    public long? AnswersMs { get; private set; }

    public long HostTimestampMs => _hostTimestampMs;

    public void Connected(long nowMs)
    {
        _isConnected = true;
        _isBorn = false;
        _isHostOnline = null;
        _mustLeave = false;
        _askForStateAfterMs = AskForStateAfterMsMin;
        _askForStateMs = nowMs + _askForStateAfterMs;
        _walkOnMs = hasOtherBrokers ? nowMs + WalkOnAfterMs : long.MaxValue;
        _behindSinceMs = null;
        _liveMs = nowMs;
    }

    public void LiveSent(long nowMs) => _liveMs = nowMs;

    public void GoneBuried(JournalPosition journal) => _buriedUpTo = journal.Committed;

    public void StateAsked(long nowMs)
    {
        _askForStateAfterMs = Math.Min(_askForStateAfterMs * 2, AskForStateAfterMsMax);
        _askForStateMs = nowMs + _askForStateAfterMs;
    }

    public void Disconnected()
    {
        _isConnected = false;
        _isBorn = false;
        _isRebirthAsked = false;
        _isHostOnline = null;
        ForgetInFlight();
    }

    public HostVerdict HostSaid(HostState state)
    {
        if (state.TimestampMs < _hostTimestampMs)
        {
            return HostVerdict.Outdated;
        }

        _hostTimestampMs = state.TimestampMs;
        if (_isHostOnline == state.Online)
        {
            return HostVerdict.Unchanged;
        }

        _isHostOnline = state.Online;
        _mustLeave |= _isBorn && !state.Online;
        return state.Online ? HostVerdict.CameOnline : HostVerdict.WentOffline;
    }

    /// <param name="askedMs">The time in the request; null: nobody asked.</param>
    public void RebirthAsked(long? askedMs = null)
    {
        _isRebirthAsked = _isBorn;
        AnswersMs = askedMs ?? AnswersMs;
    }

    /// <summary>Births are out: records that wait from before are history to the hub.</summary>
    public void BirthsPublished(JournalPosition journal)
    {
        _isRebirthAsked = false;
        AnswersMs = null;
        if (_isBorn && Epoch == journal.Epoch)
        {
            // A rebirth in mid-session: go on where it was.
            return;
        }

        _isBorn = true;
        Epoch = journal.Epoch;
        _next = journal.FirstWaiting;
        _sentBefore = journal.Last;
        _resendAfterMs = Patience();
        ForgetInFlight();
    }

    public void Sent(long offset, int bytes, long nowMs)
    {
        if (_inFlight.Count == 0)
        {
            _progressMs = nowMs;
        }

        _inFlight.Enqueue(new InFlight(offset, bytes, nowMs, offset > _sentBefore));
        _inFlightBytes += bytes;
        _next = offset + 1;
    }

    /// <summary>
    /// Judges a commit by the journal; only where it says Trimmed may be trimmed.
    /// </summary>
    public TrimOutcome Committed(JournalPosition journal, string epoch, long offset, long nowMs)
    {
        var outcome = JournalRules.JudgeCommit(journal, epoch, offset);
        if (outcome != TrimOutcome.Trimmed)
        {
            return outcome;
        }

        while (_inFlight.TryPeek(out var sent) && sent.Offset <= offset)
        {
            _inFlight.Dequeue();
            _inFlightBytes -= sent.Bytes;
            if (sent.IsFirst)
            {
                // Of a record sent twice nobody knows which sending the commit answers.
                var delay = nowMs - sent.SentMs;
                _commitDelayMs = _commitDelayMs is { } old ? old + (delay - old) / 8 : delay;
            }
        }

        _next = Math.Max(_next, offset + 1);
        _progressMs = nowMs;
        _resendAfterMs = Patience();
        return outcome;
    }

    /// <summary>The journal went back to its first waiting record: send from there on.</summary>
    public void Rewound(JournalPosition journal)
    {
        _sentBefore = Math.Max(_sentBefore, _next - 1);
        _next = journal.FirstWaiting;
        ForgetInFlight();
    }

    public UplinkStep Next(JournalPosition journal, long nowMs)
    {
        if (!_isConnected || !journal.IsOpen)
        {
            return new UplinkStep.Wait(null);
        }

        if (_mustLeave)
        {
            return new UplinkStep.Leave();
        }

        if (_isHostOnline != true)
        {
            return nowMs >= _walkOnMs ? new UplinkStep.Leave()
                : nowMs >= _askForStateMs ? new UplinkStep.AskForState()
                : new UplinkStep.Wait(Math.Min(_askForStateMs, _walkOnMs));
        }

        if (!_isBorn || _isRebirthAsked || Epoch != journal.Epoch)
        {
            return new UplinkStep.PublishBirths();
        }

        if (DropGivenUp(journal.FirstWaiting))
        {
            // Only a birth tells the hub that it must not wait for these.
            return new UplinkStep.PublishBirths();
        }

        _behindSinceMs = _next <= journal.Last ? _behindSinceMs ?? nowMs : null;
        var liveAtMs = _behindSinceMs is { } sinceMs
            ? Math.Max(sinceMs, _liveMs) + LiveEveryMs
            : long.MaxValue;
        if (nowMs >= liveAtMs)
        {
            return new UplinkStep.SendLive();
        }

        var resendAtMs = _progressMs + _resendAfterMs;
        if (_inFlight.Count > 0 && nowMs >= resendAtMs)
        {
            GoBack(journal.FirstWaiting, nowMs);
        }
        else if (_inFlight.Count >= WindowRecordsMax || _inFlightBytes >= WindowBytesMax)
        {
            return new UplinkStep.Wait(Math.Min(resendAtMs, liveAtMs));
        }

        if (_next > journal.Last)
        {
            if (journal.Committed > _buriedUpTo)
            {
                return new UplinkStep.BuryGone();
            }

            return new UplinkStep.Wait(_inFlight.Count > 0 ? resendAtMs : null);
        }

        return new UplinkStep.Send(_next, _next <= _sentBefore);
    }

    /// <summary>
    /// Passes over records that the journal gave up uncommitted; whether there were any.
    /// </summary>
    private bool DropGivenUp(long first)
    {
        var isGivenUp = _next < first;
        while (_inFlight.TryPeek(out var sent) && sent.Offset < first)
        {
            _inFlight.Dequeue();
            _inFlightBytes -= sent.Bytes;
            isGivenUp = true;
        }

        _next = Math.Max(_next, first);
        return isGivenUp;
    }

    private void GoBack(long first, long nowMs)
    {
        _sentBefore = Math.Max(_sentBefore, _next - 1);
        _next = first;
        _progressMs = nowMs;
        LastPatienceMs = _resendAfterMs;
        _resendAfterMs = Math.Min(_resendAfterMs * 2, ResendAfterMsMax);
        ForgetInFlight();
        Resends++;
    }

    private void ForgetInFlight()
    {
        _inFlight.Clear();
        _inFlightBytes = 0;
    }

    private long Patience() => Math.Clamp(
        (long)(4 * (_commitDelayMs ?? 0)), ResendAfterMsMin, ResendAfterMsMax);
}
