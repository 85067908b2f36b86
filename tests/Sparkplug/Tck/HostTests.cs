using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Tck;

/// <summary>The host application: its state, its commands, and what it does about others.</summary>
public sealed class HostTests(EdgeLife life)
{
    private IEnumerable<Packet.Connect> Connects =>
        life.Packets.OfType<Packet.Connect>().Where(it => it.Client == EdgeLife.Hub);

    private IEnumerable<Packet> After(Packet packet) => life.Packets.Where(
        it => it.Client == EdgeLife.Hub && it.Number > packet.Number);

    private IEnumerable<Message> Commands => life.HubSaid.Where(it => it.Type == "NCMD");

    [Fact]
    [Tck("message-flow-phid-sparkplug-clean-session-50",
        "host-topic-phid-death-{qos,retain,topic,required,payload,payload-timestamp-connect}",
        "operational-behavior-host-application-connect-will",
        "operational-behavior-host-application-connect-will-{topic,payload,qos,retained}",
        "payloads-state-will-message", "payloads-state-will-message-{qos,retain,payload}",
        "operational-behavior-host-application-host-id")]
    public void Each_connect_of_the_hub_leaves_a_will_that_says_it_is_offline()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Equal(2, Connects.Count());
        Assert.All(Connects, connect =>
        {
            Assert.Equal(
                (5, true, 0u), (connect.Level, connect.IsClean, connect.SessionExpiry));
            var will = connect.Will!;
            Assert.Equal("spBv1.0/STATE/hub", will.Topic);
            Assert.Equal((1, true), (will.Qos, will.IsRetained));
            Assert.False(will.State.Online);
            Assert.InRange(will.State.TimestampMs, now - 600_000, now);
        });
    }

    [Fact]
    [Tck("host-topic-phid-birth-sub-required", "message-flow-phid-sparkplug-subscription",
        "payloads-state-subscribe",
        "host-topic-phid-birth-{message,qos,retain,topic,required,payload,payload-timestamp}",
        "message-flow-phid-sparkplug-state-publish",
        "message-flow-phid-sparkplug-state-publish-payload",
        "message-flow-phid-sparkplug-state-publish-payload-timestamp",
        "operational-behavior-host-application-connect-birth",
        "operational-behavior-host-application-connect-birth-{topic,payload,qos,retained}",
        "payloads-state-birth", "payloads-state-birth-payload", "intro-sparkplug-host-state",
        "components-ph-state",
        "operational-behavior-primary-application-state-with-multiple-servers-state")]
    public void It_subscribes_and_then_says_that_it_is_online_with_the_time_of_its_will() =>
        Assert.All(Connects, connect =>
        {
            var next = After(connect).Take(2).ToList();
            var filters = Assert.IsType<Packet.Subscribe>(next[0]).Filters;
            Assert.Equal(("spBv1.0/STATE/hub", 1), filters[0]);
            Assert.Contains(("spBv1.0/+/NBIRTH/+", 1), filters);
            Assert.Contains(("spBv1.0/+/DDATA/+/+", 1), filters);
            var birth = Assert.IsType<Packet.Publish>(next[1]).Message;
            Assert.Equal("spBv1.0/STATE/hub", birth.Topic);
            Assert.Equal((1, true), (birth.Qos, birth.IsRetained));
            Assert.Equal(new HostState(true, connect.Will!.State.TimestampMs), birth.State);
        });

    [Fact]
    [Tck("operational-behavior-host-application-multi-server-timestamp")]
    public void The_time_of_its_state_grows_with_each_connect()
    {
        var times = Connects.Select(it => it.Will!.State.TimestampMs).ToList();
        Assert.Equal(times.Distinct().Order(), times);
    }

    [Fact]
    [Tck("message-flow-hid-sparkplug-state-message-delivered")]
    public void An_offline_state_of_its_own_from_before_is_answered_at_once()
    {
        var first = Connects.First();
        var states = After(first).TakeWhile(it => it is not Packet.Connect)
            .OfType<Packet.Publish>().Where(it => it.Message.Type == "STATE").ToList();
        Assert.True(states.Count >= 3);
        Assert.All(states, it => Assert.Equal(
            new HostState(true, first.Will!.State.TimestampMs), it.Message.State));
    }

    [Fact]
    [Tck("operational-behavior-host-application-termination",
        "operational-behavior-host-application-death-{topic,payload,qos,retained}",
        "host-topic-phid-death-payload-timestamp-disconnect-clean",
        "operational-behavior-host-application-disconnect-intentional")]
    public void It_leaves_with_a_death_dated_now_and_a_disconnect()
    {
        var end = life.Packets.OfType<Packet.Disconnect>()
            .Last(it => it.Client == EdgeLife.Hub);
        var death = life.Packets.OfType<Packet.Publish>()
            .Last(it => it.Client == EdgeLife.Hub && it.Number < end.Number).Message;
        Assert.Equal("spBv1.0/STATE/hub", death.Topic);
        Assert.Equal((1, true), (death.Qos, death.IsRetained));
        Assert.False(death.State.Online);
        Assert.True(death.State.TimestampMs > Connects.Last().Will!.State.TimestampMs);
    }

    [Fact]
    [Tck("host-topic-phid-death-payload-timestamp-disconnect-with-no-disconnect-packet")]
    public void A_wire_that_is_cut_leaves_the_will_dated_as_the_birth()
    {
        var lost = Connects.First();
        Assert.DoesNotContain(
            After(lost).TakeWhile(it => it is not Packet.Connect),
            it => it is Packet.Disconnect);
        Assert.Equal(
            lost.Will!.State.TimestampMs,
            life.HubSaid.First(it => it.Type == "STATE").State.TimestampMs);
    }

    [Fact]
    [Tck("topics-ncmd-{topic,mqtt,timestamp,payload}", "payloads-ncmd-{timestamp,seq,qos,retain}",
        "operational-behavior-data-commands-ncmd-verb",
        "operational-behavior-data-commands-ncmd-{metric-name,metric-value}",
        "payloads-name-cmd-requirement")]
    public void Commands_name_metrics_of_the_birth_and_have_a_time_and_no_sequence()
    {
        var declared = ReceivedMessages.DeclarationOf(
            life.EdgeSaid.First(it => it.Type == "NBIRTH").Payload).Types;
        Assert.NotEmpty(Commands);
        Assert.All(Commands, command =>
        {
            Assert.Equal("spBv1.0/plant-a/NCMD/gateway-1", command.Topic);
            Assert.Equal((0, false), (command.Qos, command.IsRetained));
            Assert.Null(command.Payload.Seq);
            Assert.NotNull(command.Payload.TimestampMs);
            Assert.All(
                command.Payload.Metrics,
                metric => Assert.Equal(declared[metric.Name!], metric.Type));
        });
    }

    [Fact]
    [Tck("operational-behavior-data-commands-ncmd-rebirth-{verb,name,value}")]
    public void A_rebirth_is_asked_for_by_name_with_the_value_true()
    {
        var rebirths = Commands.Where(it => it.Payload.Find("Node Control/Rebirth") is not null);
        Assert.All(rebirths, rebirth =>
        {
            var metric = Assert.Single(rebirth.Payload.Metrics);
            Assert.Equal((MetricValueKind.Boolean, 1UL), (metric.Value.Kind, metric.Value.Bits));
        });
        Assert.NotEmpty(rebirths);
    }

    [Fact]
    [Tck("operational-behavior-edge-node-termination-host-action-ddeath-devices-offline",
        "operational-behavior-edge-node-termination-host-action-ddeath-devices-tags-stale")]
    public void The_death_of_a_device_makes_its_values_stale_from_the_time_it_says()
    {
        var death = life.EdgeSaid.Single(it => it.Type == "DDEATH");
        Assert.False(life.Lost!.IsOnline);
        Assert.Equal(death.Payload.TimestampMs, life.Lost.SinceMs);
        Assert.All(
            life.Lost.Readings,
            reading => Assert.Equal(Wire.Records.Quality.Stale, reading.Quality));
    }

    [Fact]
    public void Commits_reach_the_end_of_the_journal() => Assert.Equal(
        life.LastCommitted,
        Commands.SelectMany(it => HostMessages.Commands(it.Payload))
            .OfType<NodeCommand.Commit>().Max(commit => commit.Offset));
}
