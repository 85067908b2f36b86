using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using System.Threading.Channels;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Server.Ingest;

/// <summary>
/// Between the broker's callback and the grains: one bounded queue and one loop a gateway, so a
/// slow gateway holds up no other, and one grain call takes all that waits. What does not fit is
/// dropped and counted; the gateway sends it again, since nothing of it was committed. Newest
/// values are shown before they get in line: they stay fresh while a long history is replayed.
/// </summary>
public sealed class GatewayInbox : IAsyncDisposable
{
    private const int GatewaysMax = 5_000;

    // Twice what an agent sends ahead of a commit: all of it, and all of it once more.
    private const int WaitingMax = 512;

    // Of all gateways: a hub that is behind by more gains nothing by keeping it.
    private const long WaitingBytesMax = 128L << 20;
    private const int PayloadsPerCallMax = 256;

    // What has a place in a journal is no newest value; to look for its name is cheaper than to
    // decode every record twice.
    private static readonly byte[] OffsetName = Encoding.UTF8.GetBytes(MetricNames.BufferOffset);

    private readonly ConcurrentDictionary<GatewayId, Channel<ReceivedPayload>> _queues = new();
    private readonly ConcurrentBag<Task> _loops = [];
    private readonly IGrainFactory _grains;
    private readonly RecordLog _records;
    private readonly CurrentValues _current;
    private readonly ILogger<GatewayInbox> _log;
    private long _dropped;
    private long _waitingBytes;
    private volatile bool _stopping;

    public GatewayInbox(
        IGrainFactory grains, RecordLog records, CurrentValues current,
        ILogger<GatewayInbox> log)
    {
        _grains = grains;
        _records = records;
        _current = current;
        _log = log;
    }

    /// <summary>Payloads dropped because a queue was full, since the start.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    public void Put(ReceivedPayload payload)
    {
        if (SparkplugTopic.Parse(payload.Topic) is not { } topic
            || !Identifier.IsValid(topic.Group) || !Identifier.IsValid(topic.Node))
        {
            Reject(payload, $"plant or gateway is no identifier; {Identifier.Rule}");
            return;
        }

        var gateway = new GatewayId(topic.Group, topic.Node);
        if (!_queues.TryGetValue(gateway, out var queue))
        {
            if (_queues.Count >= GatewaysMax)
            {
                Reject(payload, $"more than {GatewaysMax} gateways");
                return;
            }

            queue = _queues.GetOrAdd(gateway, Start);
        }

        if (topic is { Type: MessageType.DData, Device: { } device } && queue.Reader.Count > 0)
        {
            ShowAhead(new DeviceId(gateway, device), payload);
        }

        if (Interlocked.Add(ref _waitingBytes, payload.Bytes.Length) > WaitingBytesMax
            || !queue.Writer.TryWrite(payload))
        {
            Interlocked.Add(ref _waitingBytes, -payload.Bytes.Length);
            Interlocked.Increment(ref _dropped);
        }
    }

    public async ValueTask DisposeAsync()
    {
        // What still waits is not committed and comes again; nobody has to wait for it.
        _stopping = true;
        foreach (var queue in _queues.Values)
        {
            queue.Writer.TryComplete();
        }

        await Task.WhenAll(_loops);
    }

    // For eyes only, and of a device that is there. Whether it belongs to the session is looked at
    // in its turn.
    private void ShowAhead(DeviceId device, ReceivedPayload payload)
    {
        if (payload.Bytes.AsSpan().IndexOf(OffsetName) < 0
            && _current.Of(device) is { IsOnline: true }
            && PayloadDecoder.Decode(payload.Bytes, out _) is { } live
            && ReceivedMessages.LiveOf(live, Declaration.Nothing) is { } readings)
        {
            _current.Show(device, readings, isLive: true, payload.ReceivedMs);
        }
    }

    private Channel<ReceivedPayload> Start(GatewayId gateway)
    {
        var queue = Channel.CreateBounded<ReceivedPayload>(
            new BoundedChannelOptions(WaitingMax) { FullMode = BoundedChannelFullMode.Wait });
        _loops.Add(Task.Run(() => DeliverAsync(gateway, queue.Reader)));
        return queue;
    }

    private async Task DeliverAsync(GatewayId gateway, ChannelReader<ReceivedPayload> queue)
    {
        var grain = _grains.GetGrain<IGatewayGrain>(gateway.ToString());
        while (!_stopping && await queue.WaitToReadAsync())
        {
            var payloads = ImmutableArray.CreateBuilder<ReceivedPayload>();
            while (payloads.Count < PayloadsPerCallMax && queue.TryRead(out var payload))
            {
                payloads.Add(payload);
            }

            var bytes = payloads.Sum(payload => (long)payload.Bytes.Length);
            try
            {
                await grain.Receive(payloads.ToImmutable());
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // Not committed, so it comes again.
                _log.BatchNotStored(gateway.ToString(), payloads.Count, e.Message);
            }

            Interlocked.Add(ref _waitingBytes, -bytes);
        }
    }

    private void Reject(ReceivedPayload payload, string fault)
    {
        _log.PayloadRejected(payload.Topic, fault);
        _records.Reject(payload.Topic, fault, payload.Bytes, payload.ReceivedMs);
    }
}
