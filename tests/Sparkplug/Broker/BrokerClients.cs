using System.Collections.Concurrent;
using MQTTnet;

namespace Monitoring.Tests.Broker;

/// <summary>A broker that runs, whichever it is, and clients of it.</summary>
public sealed class BrokerClients(int port, IAsyncDisposable broker) : IAsyncDisposable
{
    private readonly List<IMqttClient> _clients = [];

    /// <param name="heard">Gets "topic payload" of what arrives.</param>
    public async Task<IMqttClient> Connect(
        string username, string password = "", ConcurrentQueue<string>? heard = null,
        string? willTopic = null)
    {
        var client = new MqttClientFactory().CreateMqttClient();
        _clients.Add(client);
        client.ApplicationMessageReceivedAsync += received =>
        {
            var message = received.ApplicationMessage;
            heard?.Enqueue($"{message.Topic} {message.ConvertPayloadToString()}");
            return Task.CompletedTask;
        };
        var options = new MqttClientOptionsBuilder()
            .WithTcpServer("127.0.0.1", port)
            .WithClientId($"{username.Replace('/', '-')}-{_clients.Count}")
            .WithTimeout(TimeSpan.FromSeconds(60))
            .WithCredentials(username, password);
        if (willTopic is not null)
        {
            options.WithWillTopic(willTopic).WithWillPayload("will");
        }

        var answer = await client.ConnectAsync(options.Build());
        return answer.ResultCode == MqttClientConnectResultCode.Success
            ? client
            : throw new InvalidOperationException($"{answer.ResultCode}");
    }

    public async ValueTask DisposeAsync()
    {
        _clients.ForEach(client => client.Dispose());
        await broker.DisposeAsync();
    }
}
