using System.Collections.Concurrent;
using Monitoring.Tests.Tck;
using MQTTnet;
using MQTTnet.Protocol;

namespace Monitoring.Tests.Broker;

/// <summary>The broker inside the hub does what Sparkplug needs of a broker.</summary>
public sealed class ConformanceTests
{
    private const string Edge = "plant-a/gateway-1";
    private const string Data = "spBv1.0/plant-a/NDATA/gateway-1";
    private const string Death = "spBv1.0/plant-a/NDEATH/gateway-1";
    private const string State = "spBv1.0/STATE/hub";

    private readonly ConcurrentQueue<string> _heard = new();

    [Fact]
    [Tck("conformance-mqtt-{qos0,qos1,will-messages,retained}")]
    public async Task It_carries_both_qualities_wills_and_what_is_retained()
    {
        await using var broker = (await HubBroker.Start()).Clients();
        var hub = await broker.Connect("hub", heard: _heard);
        await hub.SubscribeAsync("spBv1.0/plant-a/#", MqttQualityOfServiceLevel.AtLeastOnce);
        var edge = await broker.Connect(Edge, willTopic: Death);
        await edge.PublishStringAsync(Data, "0");
        var answer = await edge.PublishStringAsync(
            Data, "1", MqttQualityOfServiceLevel.AtLeastOnce);
        Assert.Equal(MqttClientPublishReasonCode.Success, answer.ReasonCode);
        await Heard(2);

        edge.Dispose();
        await Heard(3);
        Assert.Equal([$"{Data} 0", $"{Data} 1", $"{Death} will"], _heard);

        await hub.PublishStringAsync(
            State, "late", MqttQualityOfServiceLevel.AtLeastOnce, retain: true);
        var late = await broker.Connect(Edge, heard: _heard);
        await late.SubscribeAsync(State, MqttQualityOfServiceLevel.AtLeastOnce);
        await Heard(4);
        Assert.Equal($"{State} late", _heard.Last());
    }

    private async Task Heard(int count)
    {
        for (var i = 0; i < 3_000 && _heard.Count < count; i++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.Equal(count, _heard.Count);
    }
}
