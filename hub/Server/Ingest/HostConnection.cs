using System.Buffers;
using MQTTnet;
using MQTTnet.Protocol;
using Monitoring.Wire;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Server.Ingest;

/// <summary>
/// The hub as the primary host of Sparkplug, a client of whichever broker is set: says on STATE
/// that it is there, hands payloads to the inbox, and sends commands. Reconnects for ever.
/// </summary>
public sealed class HostConnection : BackgroundService, IHostLink
{
    private static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(10);

    private readonly MqttSettings _settings;
    private readonly GatewayInbox _inbox;
    private readonly Storage.Sqlite.RecordLog _records;
    private readonly CurrentValues _current;
    private readonly TimeProvider _time;
    private readonly ILogger<HostConnection> _log;
    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly SemaphoreSlim _lost = new(0);
    private long _stateTimestampMs;
    private volatile bool _isLeaving;

    public HostConnection(
        MqttSettings settings, GatewayInbox inbox, Storage.Sqlite.RecordLog records,
        CurrentValues current, TimeProvider time, ILogger<HostConnection> log)
    {
        _settings = settings;
        _inbox = inbox;
        _records = records;
        _current = current;
        _time = time;
        _log = log;
        _client.ApplicationMessageReceivedAsync += ReceiveAsync;
        _client.DisconnectedAsync += _ =>
        {
            _lost.Release();
            return Task.CompletedTask;
        };
    }

    public bool IsConnected => _client.IsConnected;

    public async Task<bool> SendAsync(SparkplugTopic topic, byte[] payload)
    {
        if (!_client.IsConnected)
        {
            return false;
        }

        try
        {
            await _client.PublishAsync(new MqttApplicationMessage
            {
                Topic = topic.ToString(),
                PayloadSegment = payload,
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtMostOnce,
            });
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_client.IsConnected)
        {
            try
            {
                using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(1), _time);
                _isLeaving = true;
                var timestampMs = _records.NextStateTimestamp(
                    _settings.BrokerName, NowMs());
                await PublishStateAsync(new HostState(false, timestampMs), limit.Token);
                await _client.DisconnectAsync(new MqttClientDisconnectOptions(), limit.Token);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // The broker's Will says the same.
                _log.HostOffline(e.Message);
            }
        }

        _client.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var retry = RetryMin;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ConnectAsync(stoppingToken);
                _log.HostOnline(_settings.BrokerName);
                retry = RetryMin;
                await _lost.WaitAsync(stoppingToken);
                _current.AllOffline(NowMs());
                _log.HostOffline("the connection ended");
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                _log.BrokerUnreachable(_settings.BrokerName, e.Message, retry.TotalSeconds);
                await Task.Delay(retry, _time, stoppingToken);
                retry = retry * 2 < RetryMax ? retry * 2 : RetryMax;
            }

            await _client.TryDisconnectAsync();
            while (_lost.Wait(0, CancellationToken.None))
            {
                // One signal for the loss just handled, none for the next connection.
            }
        }
    }

    private async Task ConnectAsync(CancellationToken stopping)
    {
        _stateTimestampMs = _records.NextStateTimestamp(_settings.BrokerName, NowMs());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        limit.CancelAfter(TimeSpan.FromSeconds(10));
        var options = new MqttClientOptionsBuilder()
            .WithConnectionUri(_settings.ClientUrl)
            .WithClientId(_settings.HostId)
            .WithCleanStart()
            .WithSessionExpiryInterval(0)
            .WithKeepAlivePeriod(TimeSpan.FromSeconds(10))
            .WithTimeout(TimeSpan.FromSeconds(10))
            .WithMaximumPacketSize(WireLimits.PayloadBytesRefused + 1024)
            .WithWillTopic(SparkplugTopic.StateOf(_settings.HostId))
            .WithWillPayload(new HostState(false, _stateTimestampMs).Encode())
            .WithWillQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .WithWillRetain()
            .WithCredentials(_settings.Username, _settings.Password ?? "")
            .Build();
        var result = await _client.ConnectAsync(options, limit.Token);
        if (result.ResultCode != MqttClientConnectResultCode.Success)
        {
            throw new IOException($"the broker answers {result.ResultCode}: {result.ReasonString}");
        }

        // Own STATE and all gateways first, then the birth: so no answer to it can be missed.
        var subscribe = new MqttClientSubscribeOptionsBuilder()
            .WithTopicFilter(
                SparkplugTopic.StateOf(_settings.HostId), MqttQualityOfServiceLevel.AtLeastOnce);
        foreach (var filter in SparkplugTopic.HostFilters)
        {
            subscribe.WithTopicFilter(filter, MqttQualityOfServiceLevel.AtLeastOnce);
        }

        var answer = await _client.SubscribeAsync(subscribe.Build(), limit.Token);
        foreach (var item in answer.Items)
        {
            if (item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2)
            {
                throw new IOException(
                    $"the broker refuses '{item.TopicFilter.Topic}': {item.ResultCode}");
            }
        }

        await PublishStateAsync(new HostState(true, _stateTimestampMs), limit.Token);
    }

    private Task<MqttClientPublishResult> PublishStateAsync(
        HostState state, CancellationToken cancel) =>
        _client.PublishAsync(
            new MqttApplicationMessage
            {
                Topic = SparkplugTopic.StateOf(_settings.HostId),
                PayloadSegment = state.Encode(),
                Retain = true,
                QualityOfServiceLevel = MqttQualityOfServiceLevel.AtLeastOnce,
            },
            cancel);

    // Called by the client one after another: store and return.
    private async Task ReceiveAsync(MqttApplicationMessageReceivedEventArgs received)
    {
        var message = received.ApplicationMessage;
        if (message.Topic != SparkplugTopic.StateOf(_settings.HostId))
        {
            _inbox.Put(new ReceivedPayload(message.Topic, message.Payload.ToArray(), NowMs()));
            return;
        }

        // The late Will of an older session says we are gone; we are not, unless we said so.
        if (!_isLeaving && _client.IsConnected && _stateTimestampMs > 0
            && HostState.Decode(message.Payload.ToArray()) is { Online: false })
        {
            await PublishStateAsync(new HostState(true, _stateTimestampMs), CancellationToken.None);
        }
    }

    private long NowMs() => _time.GetUtcNow().ToUnixTimeMilliseconds();
}
