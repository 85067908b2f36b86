using System.Collections.Concurrent;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Monitoring.Server.Ingest;
using Monitoring.Wire.Sparkplug;
using MQTTnet;
using MQTTnet.Protocol;
using MQTTnet.Server;

namespace Monitoring.Tests.Broker;

/// <summary>The broker inside the hub with many agents, and with some that do too much.</summary>
public sealed class LoadTests
{
    private const int Edges = 1_000;
    private const int MessagesPerEdge = 20;

    [Fact]
    public async Task A_thousand_agents_are_heard_and_commanded_without_a_look_at_each_session()
    {
        var broker = await HubBroker.Start();
        await using var clients = broker.Clients();
        var looks = 0;
        var server = broker.Services.GetRequiredService<MqttServer>();
        server.ApplicationMessageNotConsumedAsync += _ => Count(ref looks);
        server.InterceptingClientEnqueueAsync += _ => Count(ref looks);
        var heard = new ConcurrentQueue<string>();
        var edges = new List<IMqttClient>();
        for (var i = 0; i < Edges; i++)
        {
            var edge = await clients.Connect($"plant-a/gateway-{i}", heard: heard);
            await edge.SubscribeAsync(
                Topic(MessageType.NCmd, i), MqttQualityOfServiceLevel.AtLeastOnce);
            edges.Add(edge);
        }

        for (var message = 0; message < MessagesPerEdge; message++)
        {
            foreach (var (i, edge) in edges.Index())
            {
                await edge.PublishStringAsync(Topic(MessageType.NData, i), $"{message}");
            }
        }

        await Eventually(() => broker.Taken.Count == Edges * MessagesPerEdge);
        for (var i = 0; i < Edges; i++)
        {
            Assert.True(await broker.Link.SendAsync(
                new SparkplugTopic("plant-a", MessageType.NCmd, $"gateway-{i}", null), [1]));
        }

        await Eventually(() => heard.Count == Edges);
        Assert.Equal(Edges, heard.Distinct().Count());
        Assert.Equal(0, looks);
        Assert.Equal(0, broker.Refused.Values.Sum());
    }

    [Fact]
    public async Task What_is_too_much_is_refused_and_recorded_and_hurts_no_other()
    {
        var broker = await HubBroker.Start();
        await using var clients = broker.Clients();
        var honest = await clients.Connect("plant-b/gateway-1");
        var hasty = await clients.Connect("plant-a/gateway-1");
        for (var i = 0; i < 100 && broker.Refused[RefusalKind.TooFast] == 0; i++)
        {
            await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => hasty.PublishStringAsync(
                "spBv1.0/plant-a/NDATA/gateway-1", "x")));
        }

        await Eventually(() => broker.Refused[RefusalKind.TooFast] > 0);
        for (var i = 1; i < 4; i++)
        {
            await clients.Connect("plant-a/gateway-1");
        }

        await Assert.ThrowsAnyAsync<Exception>(() => clients.Connect("plant-a/gateway-1"));
        Assert.Equal(1, broker.Refused[RefusalKind.TooManySessions]);

        using var stranger = new TcpClient();
        await stranger.ConnectAsync("127.0.0.1", broker.Port);
        await stranger.GetStream().WriteAsync(new byte[] { 0x10, 0xFF, 0xFF, 0xFF, 0x7F });
        await Eventually(() => broker.Refused[RefusalKind.TooLarge] == 1);

        broker.Taken.Clear();
        await honest.PublishStringAsync("spBv1.0/plant-b/NDATA/gateway-1", "own");
        await Eventually(() => broker.Taken.Any(it => it.Topic.Contains("plant-b")));
    }

    private static Task Count(ref int looks)
    {
        Interlocked.Increment(ref looks);
        return Task.CompletedTask;
    }

    private static string Topic(MessageType type, int gateway) =>
        new SparkplugTopic("plant-a", type, $"gateway-{gateway}", null).ToString();

    private static async Task Eventually(Func<bool> holds)
    {
        for (var i = 0; i < 6_000 && !holds(); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.True(holds());
    }
}
