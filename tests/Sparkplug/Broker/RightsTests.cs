using System.Collections.Concurrent;
using Monitoring.Tests.Servers;
using MQTTnet;
using MQTTnet.Protocol;

namespace Monitoring.Tests.Broker;

/// <summary>
/// One table of rights, held against the broker inside the hub and against mosquitto with the
/// configuration that is shipped. What counts is what arrives.
/// </summary>
public sealed class RightsTests
{
    private const string Edge = "plant-a/gateway-1";
    private const string Other = "plant-b/gateway-1";
    private const string Password = "correct horse";
    private const string Last = "spBv1.0/plant-b/NDATA/gateway-1";

    // Made by mosquitto_passwd 2.0 for the password.
    private const string Hash =
        "$7$101$8QOhzD4pNYUCbGfi$Zjl/6IZxVHH9TqG6CGklC1p7jakuwvzehdtQFn7lFS2K4u01MBOaJocYog7+535k"
        + "CkVXhkLdrkFN0UWp7qePgg==";

    /// <summary>Of an edge: what it publishes, and whether the hub hears it.</summary>
    private static readonly (string Topic, bool Arrives)[] Publishes =
    [
        ("spBv1.0/plant-a/NBIRTH/gateway-1", true),
        ("spBv1.0/plant-a/NDATA/gateway-1", true),
        ("spBv1.0/plant-a/NDEATH/gateway-1", true),
        ("spBv1.0/plant-a/DBIRTH/gateway-1/gas", true),
        ("spBv1.0/plant-a/DDATA/gateway-1/gas", true),
        ("spBv1.0/plant-a/DDEATH/gateway-1/gas", true),
        ("spBv1.0/plant-a/NCMD/gateway-1", false),
        ("spBv1.0/plant-a/DCMD/gateway-1/gas", false),
        ("spBv1.0/plant-a/NDATA/gateway-2", false),
        ("spBv1.0/plant-b/NDATA/gateway-1", false),
        ("spBv1.0/plant-b/NCMD/gateway-1", false),
        ("spBv1.0/plant-a/DDATA/gateway-2/gas", false),
        ("spBv1.0/STATE/hub", false),
        ("spBv1.0/STATE/other", false),
        ("anything", false),
    ];

    /// <summary>What an edge subscribes, what the hub then says, and whether it hears it.</summary>
    private static readonly (string Filter, string Topic, bool Arrives)[] Subscriptions =
    [
        ("spBv1.0/STATE/hub", "spBv1.0/STATE/hub", true),
        ("spBv1.0/plant-a/NCMD/gateway-1", "spBv1.0/plant-a/NCMD/gateway-1", true),
        ("spBv1.0/plant-a/DCMD/gateway-1/gas", "spBv1.0/plant-a/DCMD/gateway-1/gas", true),
        ("spBv1.0/plant-b/NCMD/gateway-1", "spBv1.0/plant-b/NCMD/gateway-1", false),
        ("spBv1.0/plant-a/NDATA/gateway-2", "spBv1.0/plant-a/NDATA/gateway-2", false),
        ("spBv1.0/+/NCMD/+", "spBv1.0/plant-b/NCMD/gateway-1", false),
        ("#", "spBv1.0/plant-b/NDATA/gateway-1", false),
    ];

    private readonly ConcurrentQueue<string> _heard = new();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_edge_is_heard_below_its_own_node_only(bool isEmbedded)
    {
        await using var broker = await StartAsync(isEmbedded);
        var hub = await broker.Connect("hub", Password, _heard);
        await hub.SubscribeAsync("#", MqttQualityOfServiceLevel.AtLeastOnce);
        var edge = await broker.Connect(Edge, Password);
        foreach (var (topic, _) in Publishes)
        {
            await edge.PublishStringAsync(topic, "x", MqttQualityOfServiceLevel.AtLeastOnce);
        }

        var other = await broker.Connect(Other, Password);
        await other.PublishStringAsync(Last, "end", MqttQualityOfServiceLevel.AtLeastOnce);
        await Heard($"{Last} end");
        Assert.Equal(
            Publishes.Where(row => row.Arrives).Select(row => $"{row.Topic} x")
                .Append($"{Last} end"),
            _heard.Where(message => !message.Contains("STATE", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_edge_hears_its_own_commands_and_the_state_only(bool isEmbedded)
    {
        await using var broker = await StartAsync(isEmbedded);
        var hub = await broker.Connect("hub", Password);
        foreach (var (filter, topic, arrives) in Subscriptions)
        {
            _heard.Clear();
            var edge = await broker.Connect(Edge, Password, _heard);
            await edge.SubscribeAsync(
                "spBv1.0/plant-a/NCMD/gateway-1", MqttQualityOfServiceLevel.AtLeastOnce);
            await edge.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce);
            await hub.PublishStringAsync(topic, "x", MqttQualityOfServiceLevel.AtLeastOnce);
            await hub.PublishStringAsync(
                "spBv1.0/plant-a/NCMD/gateway-1", "end", MqttQualityOfServiceLevel.AtLeastOnce);
            await Heard("spBv1.0/plant-a/NCMD/gateway-1 end");
            Assert.Equal(arrives, _heard.Contains($"{topic} x"));
            await edge.DisconnectAsync();
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_the_password_nobody_is_let_in(bool isEmbedded)
    {
        await using var broker = await StartAsync(isEmbedded);
        await Assert.ThrowsAnyAsync<Exception>(() => broker.Connect(Edge, "guess"));
        await Assert.ThrowsAnyAsync<Exception>(() => broker.Connect("nobody", Password));
        await broker.Connect(Edge, Password);
    }

    private async Task Heard(string message)
    {
        for (var i = 0; i < 3_000 && !_heard.Contains(message); i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.Contains(message, _heard);
    }

    private static async Task<BrokerClients> StartAsync(bool isEmbedded)
    {
        var users = string.Concat(
            new[] { "hub", Edge, Other }.Select(name => $"{name}:{Hash}\n"));
        return isEmbedded
            ? (await HubBroker.Start(users)).Clients()
            : (await ShippedMosquitto.Start(users)).Clients();
    }
}
