using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Ingest;
using Monitoring.Server.Ingest;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;
using Orleans.Concurrency;

namespace Monitoring.Server.Engine;

/// <summary>One gateway; the key is <c>plant/gateway</c>.</summary>
public interface IGatewayGrain : IGrainWithStringKey
{
    /// <summary>
    /// Takes payloads in the order of their arrival; completes when they are stored.
    /// </summary>
    Task Receive([Immutable] ImmutableArray<ReceivedPayload> payloads);
}

/// <summary>
/// The owner of one gateway's session. The order of the promise is here: store, then commit to
/// the gateway, then tell the sources.
/// </summary>
public sealed class GatewayGrain : Grain, IGatewayGrain
{
    // Commits are cumulative: one that is late by this loses nothing, and many are spared.
    private const long CommitEveryMs = 200;
    private const long CommitEveryRecords = 64;
    private const long RewindEveryMs = 5_000;

    private readonly RecordLog _records;
    private readonly IHostLink _host;
    private readonly CurrentValues _current;
    private readonly ClusterMap _cluster;
    private readonly ImmutableArray<FedSource> _fed;
    private readonly MqttSettings _settings;
    private readonly SemaphoreSlim _turns;
    private readonly TimeProvider _time;
    private readonly ILogger<GatewayGrain> _log;
    private readonly GatewayId _id;
    private readonly RebirthLimit _rebirths;

    private GatewaySession _session;
    private string? _rebirthDue;
    private bool _hasToldTwin;
    private long _committedSent;
    private long _commitSentMs;
    private long? _rewindSentMs;
    private IGrainTimer? _timer;

    public GatewayGrain(
        RecordLog records, IHostLink host, CurrentValues current, ClusterMap cluster,
        MqttSettings settings, TimeProvider time, ILogger<GatewayGrain> log)
    {
        _records = records;
        _host = host;
        _current = current;
        _cluster = cluster;
        _settings = settings;
        _turns = ServiceProvider.GetRequiredService<Turns>().Ingest;
        _time = time;
        _log = log;
        _id = GatewayId.Parse(this.GetPrimaryKeyString());
        var seed = System.Security.Cryptography.SHA256.HashData(
            System.Text.Encoding.UTF8.GetBytes(_id.ToString()));
        _rebirths = new RebirthLimit(new Random(BitConverter.ToInt32(seed)));
        _session = NewSession();
        _fed =
        [
            .. cluster.Sources
                .Where(source => source.Plant == _id.Plant && source.Gateway == _id.Node)
                .Select(source => source.Id).Distinct()
                .Select(source => new FedSource(
                    GrainFactory.GetGrain<ISourceGrain>(source).Advance, time)),
        ];
    }

    public async Task Receive(ImmutableArray<ReceivedPayload> payloads)
    {
        try
        {
            await TakeAllAsync(payloads);
        }
        catch
        {
            // The session may have gone on past records that are not stored: begin anew, or the
            // next commit would delete them on the gateway.
            _session = NewSession();
            throw;
        }
    }

    private async Task TakeAllAsync(ImmutableArray<ReceivedPayload> payloads)
    {
        for (var next = 0; next < payloads.Length;)
        {
            var batch = new Batch();
            next = await _turns.InTurn(() => TakeUntilBirth(payloads, next, batch));
            await StoreAsync(batch);
        }
    }

    /// <summary>
    /// A birth may change the journal: what came before it belongs to the old one. Gives where to
    /// go on.
    /// </summary>
    private int TakeUntilBirth(ImmutableArray<ReceivedPayload> payloads, int first, Batch batch)
    {
        for (var at = first; at < payloads.Length; at++)
        {
            var topic = SparkplugTopic.Parse(payloads[at].Topic)!;
            if (topic.Type == MessageType.NBirth && at > first)
            {
                return at;
            }

            Take(topic, payloads[at], batch);
        }

        return payloads.Length;
    }

    private void Take(SparkplugTopic topic, ReceivedPayload payload, Batch batch)
    {
        batch.ReceivedMs = payload.ReceivedMs;
        switch (_session.Take(topic, payload.Bytes, payload.ReceivedMs))
        {
            case IngestOutcome.Store(var offset, var record, var isCurrent):
                batch.Records.Add((offset, record));
                batch.Stored = batch.Stored.And(Times.Of(record));
                if (isCurrent && record is JournalRecord.Image image)
                {
                    Show(image.Device, image.Readings, isLive: false, payload.ReceivedMs);
                }

                break;
            case IngestOutcome.Quarantine(var offset, var fault, var from, var bytes):
                _log.RecordQuarantined(_id.ToString(), offset, fault);
                batch.Quarantined.Add(new QuarantinedRecord(offset, from, fault, bytes));
                break;
            case IngestOutcome.Live(var device, var readings):
                Show(device, readings, isLive: true, payload.ReceivedMs);
                break;
            case IngestOutcome.Duplicate:
                batch.CommitDue = true;
                break;
            case IngestOutcome.Ahead:
                // After a hole: the gateway resends from the commit on by itself.
                batch.IsAhead = true;
                break;
            case IngestOutcome.Rejected(var fault, var needsRebirth):
                _log.PayloadRejected(payload.Topic, fault);
                _records.Reject(payload.Topic, fault, payload.Bytes, payload.ReceivedMs);
                _rebirthDue = needsRebirth ? fault : _rebirthDue;
                break;
            case IngestOutcome.NeedsRebirth(var why):
                _rebirthDue = why;
                break;
            case var other:
                TakeState(other, payload, batch);
                break;
        }
    }

    /// <summary>Births and deaths.</summary>
    private void TakeState(IngestOutcome outcome, ReceivedPayload payload, Batch batch)
    {
        switch (outcome)
        {
            case IngestOutcome.Born(var birth):
                _rebirthDue = null;
                Born(birth, payload, batch);
                break;
            case IngestOutcome.ForeignBorn:
                _rebirthDue = null;
                _log.ForeignBorn(_id.ToString());
                break;
            case IngestOutcome.DeviceBorn(var device, var mismatches):
                _current.Online(new DeviceId(_id, device), payload.ReceivedMs);
                Refuse(mismatches, payload);
                break;
            case IngestOutcome.DeviceDied(var device, var timeMs):
                _current.Offline(new DeviceId(_id, device), timeMs);
                break;
            case IngestOutcome.Died:
                _rebirthDue = null;
                _log.GatewayDied(_id.ToString());
                _current.Offline(_id, payload.ReceivedMs);
                break;
            default:
                break;
        }
    }

    /// <summary>In the log and among the refusals of the API, until somebody mends it.</summary>
    private void Refuse(ImmutableArray<UnitMismatch> mismatches, ReceivedPayload payload)
    {
        foreach (var (expected, declared) in mismatches.Where(
            one => one.Expected.Holds(payload.ReceivedMs)))
        {
            var fault = $"{_id}: device '{expected.Device}' gives point '{expected.Point}' in "
                + $"{declared}, and source '{expected.Source}' counts on {expected.Unit}. Its "
                + "readings are kept, marked unit-mismatch, and enter no average. Correct 'unit' "
                + "and 'scale' of the point in the device map; or, where the instrument is right, "
                + "end the source's entry in the cluster file and begin another with that unit";
            _log.UnitRefused(fault);
            _records.Reject(payload.Topic, fault, payload.Bytes, payload.ReceivedMs);
        }
    }

    private void Born(BirthOutcome birth, ReceivedPayload payload, Batch batch)
    {
        if (birth.Verdict == BirthVerdict.JournalWentBack)
        {
            // Not committed and not taken: it waits for a person, who finds it in the log
            // and among the gateways of the API.
            _records.MarkWentBack(_id, birth.Position.Epoch!, payload.ReceivedMs);
            _log.JournalWentBack(_id.ToString(), birth.Position.Epoch!, birth.Position.Committed);
            return;
        }

        _log.GatewayBorn(_id.ToString(), birth.Verdict, birth.Position.Committed);
        batch.Gap = birth.Gap is { } gap
            ? new JournalRecord.Gap(gap.First, gap.Last, gap.Reason, payload.ReceivedMs)
            : null;
        batch.CommitDue = true;
        _rewindSentMs = null;
    }

    private async Task StoreAsync(Batch batch)
    {
        var isStored = batch.Records.Count > 0 || batch.Gap is not null
            || batch.Quarantined.Count > 0;
        if (isStored)
        {
            await _records.AppendAsync(new JournalAppend(
                _id, _session.Position.Epoch!, batch.Records.DrainToImmutable(),
                _session.Position.Committed, batch.Gap, batch.ReceivedMs)
            {
                Quarantined = batch.Quarantined.DrainToImmutable(),
            });
            foreach (var source in _fed)
            {
                source.Stored(batch.Gap is null ? batch.Stored : Times.Any);
            }
        }

        await SpeakAsync(batch.CommitDue, batch.IsAhead);
    }

    /// <summary>All that is due to be said to the gateway, and a timer for what is later.</summary>
    private async Task SpeakAsync(bool isCommitDue, bool isAhead)
    {
        var nowMs = NowMs();
        var laterMs = await CommitAsync(isCommitDue, nowMs);
        if (_session.IsBehindCommit && (_rewindSentMs is not { } asked
            || (isAhead && Patience.IsOver(asked, RewindEveryMs, nowMs))))
        {
            _rewindSentMs = nowMs;
            var (of, stored) = (_session.Position.Epoch!, _session.Position.Committed);
            _log.Rewind(_id.ToString(), of, stored);
            await SendAsync(HostMessages.Rewind(of, stored, nowMs));
        }

        if (_session.HasTwin && !_hasToldTwin)
        {
            _hasToldTwin = true;
            _log.DuplicateDescriptor(_id.ToString());
        }

        if (_session.MissingSinceMs is { } sinceMs)
        {
            var timeoutMs = (long)_settings.ReorderTimeout.TotalMilliseconds;
            if (Patience.IsOver(sinceMs, timeoutMs, nowMs))
            {
                _rebirthDue ??= "a message of it is missing";
            }
            else
            {
                laterMs = Math.Min(laterMs, sinceMs + timeoutMs);
            }
        }

        if (_rebirthDue is { } why)
        {
            if (_rebirths.MayAsk(nowMs))
            {
                _log.RebirthAsked(_id.ToString(), why, _rebirths.Asked);
                _session.RebirthAsked(nowMs);
                await SendAsync(HostMessages.Rebirth(nowMs));
            }

            laterMs = Math.Min(laterMs, _rebirths.NextMs);
        }

        Wake(laterMs);
    }

    /// <summary>When the commit is to be looked at again.</summary>
    private async Task<long> CommitAsync(bool isDue, long nowMs)
    {
        var (epoch, committed) = (_session.Position.Epoch, _session.Position.Committed);
        var isNew = committed != _committedSent;
        if (!_session.MayCommit || (!isDue && !isNew))
        {
            return long.MaxValue;
        }

        if (!isDue && !Patience.IsOver(_commitSentMs, CommitEveryMs, nowMs)
            && committed - _committedSent < CommitEveryRecords)
        {
            return _commitSentMs + CommitEveryMs;
        }

        (_commitSentMs, _committedSent) = (nowMs, committed);
        await SendAsync(HostMessages.Commit(epoch!, committed, nowMs));
        return long.MaxValue;
    }

    private void Wake(long atMs)
    {
        _timer?.Dispose();
        _timer = null;
        if (atMs != long.MaxValue)
        {
            var wait = TimeSpan.FromMilliseconds(Math.Max(1, atMs - NowMs()));
            _timer = this.RegisterGrainTimer(
                _ => SpeakAsync(isCommitDue: false, isAhead: false), 0,
                new GrainTimerCreationOptions(wait, Timeout.InfiniteTimeSpan));
        }
    }

    private void Show(
        string device, ImmutableArray<Reading> readings, bool isLive, long nowMs) =>
        _current.Show(new DeviceId(_id, device), readings, isLive, nowMs);

    private Task<bool> SendAsync(byte[] payload) => _host.SendAsync(
        new SparkplugTopic(_id.Plant, MessageType.NCmd, _id.Node, null), payload);

    private GatewaySession NewSession() => new(epoch => _records.PositionOf(_id, epoch))
    {
        ExpectedUnits =
        [
            .. from source in _cluster.Sources
               where source.Plant == _id.Plant && source.Gateway == _id.Node
               from one in source.Quantities
               select new ExpectedUnit(
                   one.Device, one.Point, one.Unit, source.Id,
                   source.From.ToUnixTimeMilliseconds(),
                   source.Until?.ToUnixTimeMilliseconds() ?? long.MaxValue),
        ],
    };

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>What is to be done when a run of payloads is taken.</summary>
    private sealed class Batch
    {
        public ImmutableArray<(long Offset, JournalRecord Record)>.Builder Records { get; } =
            ImmutableArray.CreateBuilder<(long Offset, JournalRecord Record)>();

        public ImmutableArray<QuarantinedRecord>.Builder Quarantined { get; } =
            ImmutableArray.CreateBuilder<QuarantinedRecord>();

        public Times Stored { get; set; } = Times.None;

        public JournalRecord.Gap? Gap { get; set; }

        public bool CommitDue { get; set; }

        public bool IsAhead { get; set; }

        public long ReceivedMs { get; set; }
    }
}
