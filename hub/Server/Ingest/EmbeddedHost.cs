using MQTTnet;
using MQTTnet.Protocol;
using MQTTnet.Server;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Server.Ingest;

/// <summary>
/// The hub as the primary host at the broker of its own process. There is no connection to lose
/// and no Will: the broker dies with the hub, and every agent sees that.
/// </summary>
public sealed class EmbeddedHost : IHostedService, IHostLink
{
    private readonly MqttSettings _settings;
    private readonly EmbeddedBroker _broker;
    private readonly MqttServer _server;
    private readonly RecordLog _records;
    private readonly TimeProvider _time;
    private volatile bool _isOnline;

    public EmbeddedHost(
        MqttSettings settings, EmbeddedBroker broker, MqttServer server, RecordLog records,
        TimeProvider time, ILogger<EmbeddedHost> log)
    {
        _settings = settings;
        _broker = broker;
        _server = server;
        _records = records;
        _time = time;
        server.StartedAsync += async _ =>
        {
            await PublishStateAsync(online: true);
            _isOnline = true;
            log.HostOnline(settings.BrokerName);
        };
    }

    public bool IsConnected => _isOnline;

    public async Task<bool> SendAsync(SparkplugTopic topic, byte[] payload)
    {
        if (!_isOnline)
        {
            return false;
        }

        var message = new MqttApplicationMessage
        {
            Topic = topic.ToString(),
            PayloadSegment = payload,
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtMostOnce,
        };

        // Straight to the one session that listens: the broker would look through them all.
        if (!_broker.HasListeners && _broker.ListenerTo(message.Topic) is { } session)
        {
            return session.TryEnqueueApplicationMessage(message, out _);
        }

        await InjectAsync(message);
        return true;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_isOnline)
        {
            _isOnline = false;
            await PublishStateAsync(online: false);
        }
    }

    private Task PublishStateAsync(bool online)
    {
        var nowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var timestampMs = _records.NextStateTimestamp(_settings.BrokerName, nowMs);
        return InjectAsync(new MqttApplicationMessage
        {
            Topic = SparkplugTopic.StateOf(_settings.HostId),
            PayloadSegment = new HostState(online, timestampMs).Encode(),
            Retain = true,
            QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
        });
    }

    private Task InjectAsync(MqttApplicationMessage message) =>
        _server.InjectApplicationMessage(new InjectedMqttApplicationMessage(message)
        {
            SenderClientId = _settings.HostId,
            SenderUserName = _settings.Username,
        });
}
