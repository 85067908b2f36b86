using System.Buffers;
using System.Text;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;
using MQTTnet;

namespace Monitoring.Benchmarks.EdgePoll;

/// <summary>
/// A host that takes what the agent sends and commits it at once: the agent does all its work,
/// and what a hub costs is not in the figures.
/// </summary>
internal sealed class CommittingHost : IAsyncDisposable
{
    private const int ImagesPerCommit = 10;

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly Lock _lock = new();
    private string _epoch = "";
    private int _uncommitted;
    private long _images;
    private long _overruns;
    private long _absent;

    /// <summary>Images, images too late for their cycle, and points without a value.</summary>
    public (long Images, long Overruns, long Absent) Seen
    {
        get
        {
            lock (_lock)
            {
                return (_images, _overruns, _absent);
            }
        }
    }

    public static async Task<CommittingHost> Start(int port, long nowMs)
    {
        var host = new CommittingHost();
        host._client.ApplicationMessageReceivedAsync += host.Receive;
        await host._client.ConnectAsync(new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port).WithClientId("hub").Build());
        foreach (var filter in SparkplugTopic.HostFilters)
        {
            await host._client.SubscribeAsync(filter);
        }

        var online = Encoding.UTF8.GetBytes($$"""{"online":true,"timestamp":{{nowMs}}}""");
        await host._client.PublishAsync(new MqttApplicationMessageBuilder()
            .WithTopic(SparkplugTopic.StateOf("hub")).WithPayload(online)
            .WithRetainFlag().Build());
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        await _client.DisconnectAsync();
        _client.Dispose();
    }

    private async Task Receive(MqttApplicationMessageReceivedEventArgs received)
    {
        var topic = SparkplugTopic.Parse(received.ApplicationMessage.Topic);
        var payload = PayloadDecoder.Decode(
            received.ApplicationMessage.Payload.ToArray(), out _);
        if (topic is null || payload is null)
        {
            return;
        }

        switch (topic.Type)
        {
            case MessageType.NBirth:
                _epoch = payload.Metrics.Single(
                    metric => metric.Name == MetricNames.BufferEpoch).Value.Text!;
                break;
            case MessageType.DData:
                Count(payload);
                await Commit(topic, payload);
                break;
        }
    }

    private void Count(Payload payload)
    {
        var late = payload.Metrics.Count(metric => metric.Properties.Any(property =>
            property.Value.Text == Reasons.NameOf(Reason.CycleOverrun)));
        var absent = payload.Metrics.Count(metric => metric.IsNull);
        lock (_lock)
        {
            _images++;
            _overruns += late > 0 ? 1 : 0;
            _absent += absent;
        }
    }

    /// <summary>As a hub does: one commit for the images that came together.</summary>
    private async Task Commit(SparkplugTopic topic, Payload payload)
    {
        if (++_uncommitted < ImagesPerCommit)
        {
            return;
        }

        _uncommitted = 0;
        var offset = payload.Metrics.Single(metric => metric.Name == MetricNames.BufferOffset);
        var command = HostMessages.Commit(
            _epoch, offset.Value.AsLong()!.Value, offset.TimestampMs ?? 0);
        await _client.PublishAsync(new MqttApplicationMessageBuilder()
            .WithTopic(new SparkplugTopic(
                topic.Group, MessageType.NCmd, topic.Node, null).ToString())
            .WithPayload(command).Build());
    }
}
