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
    private static readonly TimeSpan RebirthEvery = TimeSpan.FromSeconds(5);

    private readonly RecordLog _records;
    private readonly HostConnection _host;
    private readonly ClusterMap _cluster;
    private readonly TimeProvider _time;
    private readonly ILogger<GatewayGrain> _log;
    private readonly GatewayId _id;

    private GatewaySession _session;
    private DateTimeOffset _nextRebirth = DateTimeOffset.MinValue;

    public GatewayGrain(
        RecordLog records, HostConnection host, ClusterMap cluster, TimeProvider time,
        ILogger<GatewayGrain> log)
    {
        _records = records;
        _host = host;
        _cluster = cluster;
        _time = time;
        _log = log;
        _id = GatewayId.Parse(this.GetPrimaryKeyString());
        _session = NewSession();
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
        var batch = new Batch();
        foreach (var payload in payloads)
        {
            var topic = SparkplugTopic.Parse(payload.Topic)!;
            if (topic.Type == MessageType.NBirth)
            {
                // A birth may change the journal: what came before it belongs to the old one.
                await StoreAsync(batch);
                batch = new Batch();
            }

            Take(topic, payload, batch);
        }

        await StoreAsync(batch);
    }

    private void Take(SparkplugTopic topic, ReceivedPayload payload, Batch batch)
    {
        batch.ReceivedMs = payload.ReceivedMs;
        switch (_session.Take(topic, payload.Bytes))
        {
            case IngestOutcome.Store(var offset, var record):
                batch.Records.Add((offset, record));
                break;
            case IngestOutcome.Duplicate:
                batch.CommitDue = true;
                break;
            case IngestOutcome.Born({ Verdict: BirthVerdict.JournalWentBack } birth):
                // Not committed and not taken: it waits for a person, who finds it in the log
                // and among the gateways of the API.
                _records.MarkWentBack(_id, birth.Position.Epoch!, payload.ReceivedMs);
                _log.JournalWentBack(
                    _id.ToString(), birth.Position.Epoch!, birth.Position.Committed);
                break;
            case IngestOutcome.Born(var birth):
                _log.GatewayBorn(_id.ToString(), birth.Verdict, birth.Position.Committed);
                batch.Gap = birth.Gap is { } gap
                    ? new JournalRecord.Gap(gap.First, gap.Last, gap.Reason, payload.ReceivedMs)
                    : null;
                batch.CommitDue = true;
                break;
            case IngestOutcome.Died:
                _log.GatewayDied(_id.ToString());
                break;
            case IngestOutcome.NeedsRebirth:
                batch.RebirthDue = true;
                break;
            case IngestOutcome.Rejected(var fault):
                _log.PayloadRejected(payload.Topic, fault);
                _records.Reject(payload.Topic, fault, payload.Bytes, payload.ReceivedMs);
                break;
            default:
                // Declared, or after a hole: the gateway resends from the commit on by itself.
                break;
        }
    }

    private async Task StoreAsync(Batch batch)
    {
        if (batch.Records.Count > 0 || batch.Gap is not null)
        {
            await _records.AppendAsync(new JournalAppend(
                _id, _session.Position.Epoch!, batch.Records.DrainToImmutable(),
                _session.Position.Committed, batch.Gap, batch.ReceivedMs));
            batch.CommitDue = true;
        }

        var nowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        if (batch.CommitDue && _session.Position.Epoch is { } epoch)
        {
            await SendAsync(HostMessages.Commit(epoch, _session.Position.Committed, nowMs));
            TellSources();
        }

        if (batch.RebirthDue && _time.GetUtcNow() >= _nextRebirth)
        {
            _nextRebirth = _time.GetUtcNow() + RebirthEvery;
            await SendAsync(HostMessages.Rebirth(nowMs));
        }
    }

    private Task<bool> SendAsync(byte[] payload) => _host.SendAsync(
        new SparkplugTopic(_id.Plant, MessageType.NCmd, _id.Node, null), payload);

    private void TellSources()
    {
        var fed = _cluster.Sources
            .Where(source => source.Plant == _id.Plant && source.Gateway == _id.Node)
            .Select(source => source.Id)
            .Distinct();
        foreach (var source in fed)
        {
            GrainFactory.GetGrain<ISourceGrain>(source).Advance().Ignore();
        }
    }

    private GatewaySession NewSession() => new(epoch => _records.PositionOf(_id, epoch));

    /// <summary>What is to be done when a run of payloads is taken.</summary>
    private sealed class Batch
    {
        public ImmutableArray<(long Offset, JournalRecord Record)>.Builder Records { get; } =
            ImmutableArray.CreateBuilder<(long Offset, JournalRecord Record)>();

        public JournalRecord.Gap? Gap { get; set; }

        public bool CommitDue { get; set; }

        public bool RebirthDue { get; set; }

        public long ReceivedMs { get; set; }
    }
}
