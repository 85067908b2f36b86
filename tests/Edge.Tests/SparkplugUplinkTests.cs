using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using Monitoring.Agent;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;
using MQTTnet;
using MQTTnet.Server;

namespace Monitoring.Tests;

/// <summary>The MQTT shell with a real broker; the test plays the hub.</summary>
public sealed class SparkplugUplinkTests : IAsyncLifetime
{
    private const string Epoch = "0123456789abcdef0123456789abcdef";

    private readonly ConcurrentQueue<(string Topic, Payload Payload)> _seen = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly int _port = FreePort();
    private MqttServer _broker = null!;
    private DiskJournal _journal = null!;
    private SparkplugUplink _uplink = null!;
    private Task _running = Task.CompletedTask;

    public async ValueTask InitializeAsync()
    {
        var options = new MqttServerOptionsBuilder()
            .WithDefaultEndpoint()
            .WithDefaultEndpointPort(_port)
            .WithDefaultEndpointBoundIPAddress(IPAddress.Loopback)
            .WithDefaultEndpointBoundIPV6Address(IPAddress.None)
            .Build();
        _broker = new MqttServerFactory().CreateMqttServer(options);
        _broker.InterceptingPublishAsync += e =>
        {
            var bytes = e.ApplicationMessage.Payload.ToArray();
            if (SparkplugTopic.Parse(e.ApplicationMessage.Topic) is { Type: not MessageType.NCmd }
                && PayloadDecoder.Decode(bytes, out _) is { } payload)
            {
                _seen.Enqueue((e.ApplicationMessage.Topic, payload));
            }

            return Task.CompletedTask;
        };
        await _broker.StartAsync();
        var file = Path.Combine(TestFiles.Folder(), "journal.db");
        _journal = Assert.IsType<JournalOpening.Opened>(DiskJournal.Open(
            file, new JournalLimits(1 << 20), Epoch, DateTimeOffset.UnixEpoch)).Journal;
        var target = new UplinkTarget(
            [new Uri($"mqtt://127.0.0.1:{_port}")], "plant-a/gateway-1", null, "hub", "plant-a",
            "gateway-1", [new UplinkDevice("a", [new DeclaredPoint("nox", ValueKind.Real)])]);
        var time = TimeProvider.System;
        _uplink = new SparkplugUplink(target, _journal, Log.Silent(time), time);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        await _broker.StopAsync();
        _broker.Dispose();
        _journal.Dispose();
        _stop.Dispose();
    }

    [Fact]
    public async Task Births_then_history_then_live_then_trim_then_death()
    {
        Append("a", 1);
        _running = _uplink.Run(_stop.Token);
        await Publish(SparkplugTopic.StateOf("hub"), new HostState(true, 5).Encode(), retain: true);
        await Until(() => Topics().Length >= 3);
        Append("a", 2);
        _uplink.Appended();
        await Until(() => Topics().Length >= 4);

        Assert.Equal(["NBIRTH", "DBIRTH", "DDATA", "DDATA"], Topics());
        var payloads = _seen.Select(seen => seen.Payload).ToList();
        Assert.Equal([0, 1, 2, 3], payloads.Select(payload => (int)payload.Seq!));
        Assert.Equal(1, payloads[2].Find(MetricNames.BufferOffset)!.Value.AsLong());
        Assert.True(payloads[2].Find("nox")!.IsHistorical);
        Assert.False(payloads[3].Find("nox")!.IsHistorical);

        // A forged commit is refused, the hub's own is obeyed.
        await Command(HostMessages.Commit(new string('f', 32), 2, 0));
        await Command(HostMessages.Commit(Epoch, 1, 0));
        await Until(() => _journal.Position.Committed == 1);

        // A record of a device that is configured no more is declared before it is sent.
        Append("gone", 3);
        _uplink.Appended();
        await Until(() => Topics().Length >= 6);
        Assert.Equal(["DBIRTH", "DDATA"], Topics()[4..6]);
        await Command(HostMessages.Rebirth(0));
        await Until(() => Topics().Length >= 9);
        Assert.Equal(["NBIRTH", "DBIRTH", "DBIRTH"], Topics()[6..9]);

        await _stop.CancelAsync();
        await _running;
        await Until(() => Topics().Length >= 10);
        Assert.Equal("NDEATH", Topics()[9]);
        Assert.Null(_seen.ToArray()[9].Payload.Seq);
    }

    [Fact]
    public async Task A_state_that_the_broker_failed_to_deliver_is_asked_for()
    {
        var subscribed = new TaskCompletionSource();
        _broker.ClientSubscribedTopicAsync += e =>
        {
            if (e.TopicFilter.Topic == SparkplugTopic.StateOf("hub"))
            {
                subscribed.TrySetResult();
            }

            return Task.CompletedTask;
        };
        _running = _uplink.Run(_stop.Token);
        await subscribed.Task.WaitAsync(TimeSpan.FromSeconds(60));

        // Kept, but not sent to the one who has subscribed: as when the two cross in the broker.
        await _broker.UpdateRetainedMessageAsync(new MqttApplicationMessageBuilder()
            .WithTopic(SparkplugTopic.StateOf("hub"))
            .WithPayload(new HostState(true, 5).Encode()).WithRetainFlag().Build());

        await Until(() => Topics().Length >= 2);
        Assert.Equal(["NBIRTH", "DBIRTH"], Topics());
    }

    private string[] Topics() => [.. _seen.Select(seen => seen.Topic.Split('/')[2])];

    private void Append(string device, long timeMs) => Assert.IsType<AppendOutcome.Appended>(
        _journal.Append(
            [new JournalRecord.Image(
                device, timeMs, new Boot(Guid.Empty, 0), ClockState.Synced,
                [new Reading("nox", PointValue.Real(1), Quality.Good, Reason.None, timeMs)])],
            0));

    private Task Command(byte[] payload) => Publish(
        new SparkplugTopic("plant-a", MessageType.NCmd, "gateway-1", null).ToString(), payload,
        retain: false);

    private Task Publish(string topic, byte[] payload, bool retain) =>
        _broker.InjectApplicationMessage(new InjectedMqttApplicationMessage(
            new MqttApplicationMessageBuilder()
                .WithTopic(topic).WithPayload(payload).WithRetainFlag(retain).Build())
        {
            SenderClientId = "hub",
        });

    private static async Task Until(Func<bool> holds)
    {
        for (var i = 0; i < 1_500 && !holds(); i++)
        {
            await Task.Delay(20);
        }

        Assert.True(holds());
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
