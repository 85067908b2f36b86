using System.Buffers;
using System.Collections.Concurrent;
using MQTTnet;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace Monitoring.Tests.Rig;

/// <summary>One message as a subscriber got it.</summary>
public sealed record SeenMessage(string Topic, byte[] Payload);

/// <summary>
/// A foreign MQTT client. As a listener it comes back at once when the broker does.
/// </summary>
public sealed class MqttPeer : IAsyncDisposable
{
    private static int _number;

    private readonly IMqttClient _client = new MqttClientFactory().CreateMqttClient();
    private readonly ConcurrentQueue<SeenMessage> _seen = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly MqttClientOptions _options;
    private Task _listening = Task.CompletedTask;

    private MqttPeer(int port, string username)
    {
        _options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port)
            .WithProtocolVersion(MqttProtocolVersion.V500)
            .WithClientId($"peer-{Interlocked.Increment(ref _number)}")
            .WithCredentials(username)
            .WithTimeout(TimeSpan.FromSeconds(10))
            .Build();
        _client.ApplicationMessageReceivedAsync += received =>
        {
            var message = received.ApplicationMessage;
            _seen.Enqueue(new SeenMessage(message.Topic, message.Payload.ToArray()));
            return Task.CompletedTask;
        };
    }

    /// <summary>Everything that came, oldest first.</summary>
    public IReadOnlyList<SeenMessage> Seen => [.. _seen];

    public bool IsConnected => _client.IsConnected;

    public static async Task<MqttPeer> Connect(int port, string username)
    {
        var peer = new MqttPeer(port, username);
        await peer._client.ConnectAsync(peer._options);
        return peer;
    }

    /// <summary>Listens until it is disposed, through outages of the broker.</summary>
    public static MqttPeer Listen(int port, string username, string filter)
    {
        var peer = new MqttPeer(port, username);
        peer._listening = peer.ListenAsync(filter);
        return peer;
    }

    /// <summary>With QoS 1: what the broker says to it.</summary>
    public async Task<MqttClientPublishReasonCode> Publish(string topic, byte[] payload)
    {
        var message = new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload)
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build();
        return (await _client.PublishAsync(message)).ReasonCode;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _listening;
        await _client.TryDisconnectAsync();
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task ListenAsync(string filter)
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                if (!_client.IsConnected)
                {
                    await _client.ConnectAsync(_options, _stop.Token);
                    await _client.SubscribeAsync(
                        filter, MqttQualityOfServiceLevel.AtLeastOnce, _stop.Token);
                }

                await Task.Delay(TimeSpan.FromMilliseconds(30), _stop.Token);
            }
            catch (Exception e) when (e is MqttCommunicationException or InvalidOperationException)
            {
                // The broker is away, or the client has not yet taken in that it is.
                await Task.Delay(TimeSpan.FromMilliseconds(30));
            }
            catch (OperationCanceledException)
            {
                // The end, or a broker that did not answer in time.
            }
        }
    }
}
