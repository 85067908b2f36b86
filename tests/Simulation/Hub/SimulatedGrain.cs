using Monitoring.Core.Ingest;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Simulation;

/// <summary>
/// The shell of one gateway at the hub, in the order of the product's grain: take, store, commit.
/// The session and its rules are the product's own.
/// </summary>
public sealed class SimulatedGrain
{
    private const long CommitEveryMs = 200;
    private const long CommitEveryRecords = 64;
    private const long RewindEveryMs = 5_000;
    private const long ReorderTimeoutMs = 5_000;
    private const int WaitingMax = 2_048;
    private const int PayloadsPerCallMax = 256;

    private readonly string _gateway;
    private readonly SimulatedHub _hub;
    private readonly Mutation _mutation;
    private readonly Action<byte[]> _send;
    private readonly RebirthLimit _rebirths;
    private readonly Queue<(SparkplugTopic Topic, byte[] Bytes)> _waiting = new();
    private GatewaySession _session;
    private string? _rebirthDue;
    private long _committedSent;
    private long _commitSentMs;
    private long? _rewindSentMs;

    public SimulatedGrain(
        string gateway, SimulatedHub hub, Random random, Mutation mutation, Action<byte[]> send)
    {
        (_gateway, _hub, _mutation, _send) = (gateway, hub, mutation, send);
        _rebirths = new RebirthLimit(random);
        _session = NewSession();
    }

    public void Put(SparkplugTopic topic, byte[] bytes)
    {
        if (_waiting.Count < WaitingMax)
        {
            _waiting.Enqueue((topic, bytes));
        }
    }

    public void Tick(long nowMs)
    {
        if (_waiting.Count == 0)
        {
            Speak(false, false, nowMs);
            return;
        }

        var batch = new Batch();
        for (var taken = 0; taken < PayloadsPerCallMax && _waiting.Count > 0; taken++)
        {
            var (topic, bytes) = _waiting.Dequeue();
            if (topic.Type == MessageType.NBirth)
            {
                if (!Store(batch, nowMs))
                {
                    return;
                }

                batch = new Batch();
            }

            Take(topic, bytes, batch, nowMs);
        }

        Store(batch, nowMs);
    }

    private void Take(SparkplugTopic topic, byte[] bytes, Batch batch, long nowMs)
    {
        bytes = _mutation == Mutation.EpochUnread ? WithoutEpoch(bytes) : bytes;
        switch (_session.Take(topic, bytes, nowMs))
        {
            case IngestOutcome.Store(var offset, var record, _):
                batch.Records.Add((offset, record));
                break;
            case IngestOutcome.Quarantine(var offset, var fault, _, _):
                throw new BrokenPromiseException(
                    $"{_gateway}: record {offset} can be read and is in quarantine: {fault}");
            case IngestOutcome.Born({ Verdict: BirthVerdict.JournalWentBack } birth):
                throw new BrokenPromiseException(
                    $"{_gateway}: its journal ends before {birth.Position.Committed}, "
                    + "which is committed");
            case IngestOutcome.Born(var birth):
                _rebirthDue = null;
                batch.Gap = birth.Gap;
                batch.CommitDue = true;
                _rewindSentMs = null;
                break;
            case IngestOutcome.Duplicate:
                batch.CommitDue = true;
                if (_mutation == Mutation.DuplicatesStored)
                {
                    StoreAnyhow(topic, bytes, batch);
                }

                break;
            case IngestOutcome.Ahead:
                batch.IsAhead = true;
                if (_mutation == Mutation.AheadStored)
                {
                    StoreAnyhow(topic, bytes, batch);
                }

                break;
            case IngestOutcome.Rejected(var fault, var needsRebirth):
                _rebirthDue = needsRebirth ? fault : _rebirthDue;
                break;
            case IngestOutcome.Died:
                _rebirthDue = null;
                break;
            case IngestOutcome.NeedsRebirth when _mutation == Mutation.BirthBelieved
                && topic.Type == MessageType.NBirth:
                _session.RebirthAsked(nowMs);
                Take(topic, AnAnswer(bytes, nowMs), batch, nowMs);
                break;
            case IngestOutcome.NeedsRebirth(var why):
                _rebirthDue = why;
                break;
        }
    }

    /// <summary>False: nothing of it is stored, and the session begins anew.</summary>
    private bool Store(Batch batch, long nowMs)
    {
        var isStored = batch.Records.Count > 0 || batch.Gap is not null;
        if (_mutation == Mutation.CommitBeforeStore)
        {
            Speak(batch.CommitDue || isStored, batch.IsAhead, nowMs);
        }

        _hub.MayDie();
        var append = isStored
            ? new LogAppend(_gateway, PositionAfter(batch), [.. batch.Records], batch.Gap)
            : null;
        var isApart = _mutation == Mutation.PositionStoredApart;
        if (append is not null && !_hub.Log.Append(append, withPosition: !isApart))
        {
            // The session has gone on past records that are not stored: the next commit would
            // delete them on the gateway.
            _session = NewSession();
            return false;
        }

        _hub.MayDie();
        if (append is not null && isApart)
        {
            _hub.Log.Append(append with { Records = [], Gap = null });
        }

        if (batch.Furthest > _session.Position.Committed)
        {
            _session = NewSession();
        }

        Speak(batch.CommitDue, batch.IsAhead, nowMs);
        return true;
    }

    private GatewayPosition PositionAfter(Batch batch) => _session.Position with
    {
        Committed = Math.Max(_session.Position.Committed, batch.Furthest),
    };

    private void Speak(bool isCommitDue, bool isAhead, long nowMs)
    {
        Commit(isCommitDue, nowMs);
        if (_session.IsBehindCommit && (_rewindSentMs is not { } asked
            || (isAhead && Patience.IsOver(asked, RewindEveryMs, nowMs))))
        {
            _rewindSentMs = nowMs;
            Send(HostMessages.Rewind(
                _session.Position.Epoch!, _session.Position.Committed, nowMs));
        }

        if (_session.MissingSinceMs is { } sinceMs
            && Patience.IsOver(sinceMs, ReorderTimeoutMs, nowMs))
        {
            _rebirthDue ??= "a message of it is missing";
        }

        if (_rebirthDue is not null && _rebirths.MayAsk(nowMs))
        {
            _session.RebirthAsked(nowMs);
            Send(HostMessages.Rebirth(nowMs));
        }
    }

    private void Commit(bool isDue, long nowMs)
    {
        var (epoch, committed) = (_session.Position.Epoch, _session.Position.Committed);
        var isNew = committed != _committedSent;
        if (!_session.MayCommit || (!isDue && !isNew)
            || (!isDue && !Patience.IsOver(_commitSentMs, CommitEveryMs, nowMs)
                && committed - _committedSent < CommitEveryRecords))
        {
            return;
        }

        (_commitSentMs, _committedSent) = (nowMs, committed);
        Send(HostMessages.Commit(epoch!, committed, nowMs));
    }

    private void Send(byte[] bytes)
    {
        _hub.MayDie();
        _send(bytes);
    }

    /// <summary>Two planted bugs: what is not the next record is stored all the same.</summary>
    private static void StoreAnyhow(SparkplugTopic topic, byte[] bytes, Batch batch)
    {
        if (ReceivedMessages.RecordOf(
            PayloadDecoder.Decode(bytes, out _)!, topic.Device, Declaration.Nothing, out _)
            is { } received)
        {
            batch.Records.Add((received.Offset, received.Record));
            batch.Furthest = Math.Max(batch.Furthest, received.Offset);
        }
    }

    /// <summary>A planted bug: as agents of the first version said it, who named no journal.
    /// </summary>
    private static byte[] WithoutEpoch(byte[] bytes)
    {
        var payload = PayloadDecoder.Decode(bytes, out _)!;
        return PayloadEncoder.Encode(payload with
        {
            Metrics =
            [
                .. payload.Metrics.Where(metric => metric.Name != MetricNames.BirthAnswers)
                    .Select(metric => metric.Name == MetricNames.BufferOffset
                        ? metric with { Properties = [] }
                        : metric),
            ],
        });
    }

    /// <summary>A planted bug: as if it answered a question.</summary>
    private static byte[] AnAnswer(byte[] bytes, long askedMs)
    {
        var birth = PayloadDecoder.Decode(bytes, out _)!;
        return PayloadEncoder.Encode(birth with
        {
            Metrics =
            [
                .. birth.Metrics.Select(metric => metric.Name == MetricNames.BirthAnswers
                    ? metric with { IsNull = false, Value = MetricValue.Long(askedMs) }
                    : metric),
            ],
        });
    }

    private GatewaySession NewSession() => new(epoch => _hub.Log.PositionOf(_gateway, epoch));

    private sealed class Batch
    {
        public List<(long Offset, JournalRecord Record)> Records { get; } = [];

        public DeclaredGap? Gap { get; set; }

        public bool CommitDue { get; set; }

        public bool IsAhead { get; set; }

        /// <summary>Of the planted bugs; 0 in a world without them.</summary>
        public long Furthest { get; set; }
    }
}
