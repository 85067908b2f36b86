using Monitoring.Agent;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Server.Storage;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Tck;

/// <summary>
/// What the hub does about deaths, holes and strangers, and how an agent goes from broker to
/// broker; each with a broker of its own.
/// </summary>
public sealed class ReactionTests : IAsyncLifetime
{
    private const string Epoch = "0123456789abcdef0123456789abcdef";
    private const long NowMs = 1_772_323_200_000;

    private static readonly DeviceId Gas = new(new GatewayId("plant-a", "gateway-1"), "gas");

    private readonly string _folder = Directory.CreateTempSubdirectory("tck-").FullName;
    private RecordingBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await RecordingBroker.Start();

    public async ValueTask DisposeAsync()
    {
        await _broker.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    [Tck("operational-behavior-edge-node-termination-host-action-ndeath-node-offline",
        "operational-behavior-edge-node-termination-host-action-ndeath-node-tags-stale",
        "operational-behavior-edge-node-termination-host-action-ndeath-devices-offline",
        "operational-behavior-edge-node-termination-host-action-ndeath-devices-tags-stale")]
    public async Task The_death_of_a_node_with_the_number_of_its_birth_makes_everything_stale()
    {
        await using var hub = await StartHub();
        await Births(bdSeq: 3);
        await Data(1, seq: 2);
        await Eventually(() => hub.Current.Of(Gas) is { IsOnline: true, Readings.Length: 1 });

        await Inject(MessageType.NDeath, null, EdgeMessages.NodeDeath(2, NowMs));
        await Data(2, seq: 3);
        await Eventually(() => hub.Records.NewestId() == 2);
        Assert.True(hub.Current.Of(Gas)!.IsOnline);

        var before = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await Inject(MessageType.NDeath, null, EdgeMessages.NodeDeath(3, NowMs));
        await Eventually(() => hub.Current.Of(Gas) is { IsOnline: false });
        Assert.Equal(Quality.Stale, hub.Current.Of(Gas)!.Readings[0].Quality);
        Assert.True(hub.Current.Of(Gas)!.SinceMs >= before);
    }

    [Fact]
    [Tck("operational-behavior-host-reordering-{param,start,rebirth}")]
    public async Task A_message_that_stays_missing_has_the_node_born_again()
    {
        await using var hub = await StartHub();
        await Births(bdSeq: 0);
        await Data(1, seq: 3);
        await Rebirths(1);
        await Births(bdSeq: 0);
        await Data(2, seq: 2);
        await Eventually(() => hub.Records.NewestId() == 2);
    }

    [Fact]
    [Tck("operational-behavior-host-reordering-success")]
    public void A_hole_that_is_filled_in_time_is_none()
    {
        var watch = new Core.Ingest.SequenceWatch();
        watch.Begin(254);
        watch.Saw(1, 10);
        Assert.Equal(10, watch.MissingSinceMs);
        watch.Saw(0, 11);
        Assert.Equal(10, watch.MissingSinceMs);
        watch.Saw(255, 12);
        Assert.Null(watch.MissingSinceMs);
        watch.Saw(1, 13);
        watch.Saw(2, 13);
        Assert.Null(watch.MissingSinceMs);
    }

    [Fact]
    public async Task Data_of_an_unknown_node_ask_for_its_births_once_however_many_come()
    {
        await using var hub = await StartHub();
        for (var i = 0; i < 50; i++)
        {
            await Data(i + 1, seq: i);
        }

        await Rebirths(1);
        await Births(bdSeq: 0);
        await Data(1, seq: 2);
        await Eventually(() => hub.Records.NewestId() == 1);
        Assert.Single(Asked());
    }

    [Fact]
    [Tck("operational-behavior-primary-application-state-with-multiple-servers-single-server",
        "operational-behavior-primary-application-state-with-multiple-servers-state-subs",
        "operational-behavior-primary-application-state-with-multiple-servers-walk")]
    public async Task An_agent_walks_the_brokers_until_it_finds_the_hub_and_is_at_one_at_a_time()
    {
        await using var empty = await RecordingBroker.Start();
        await using var hub = await StartHub();
        using var journal = Assert.IsType<JournalOpening.Opened>(DiskJournal.Open(
            Path.Combine(_folder, "journal.db"), new JournalLimits(1 << 20), Epoch,
            DateTimeOffset.UnixEpoch)).Journal;
        var target = new UplinkTarget(
            [empty.Url, _broker.Url], "plant-a/gateway-1", null, "hub", "plant-a", "gateway-1",
            []);
        var time = TimeProvider.System;
        using var stop = new CancellationTokenSource();
        var running = new SparkplugUplink(target, journal, Log.Silent(time), time).Run(stop.Token);
        await _broker.Until(
            "a birth", _ => _broker.PublishedBy(EdgeLife.Edge).Any(it => it.Type == "NBIRTH"));
        await stop.CancelAsync();
        await running;

        Assert.Contains(empty.Packets, it => it is Packet.Subscribe subscribe
            && subscribe.Filters.Any(filter => filter.Filter == "spBv1.0/STATE/hub"));
        Assert.DoesNotContain(empty.PublishedBy(EdgeLife.Edge), it => it.Type == "NBIRTH");
        Assert.IsType<Packet.Disconnect>(empty.Packets[^1]);
    }

    private async Task<HubHost> StartHub()
    {
        var hub = await HubHost.Start(_folder, _broker.Url);
        await _broker.Until(
            "the hub is online", _ => _broker.PublishedBy("hub").Any(it => it.Type == "STATE"));
        return hub;
    }

    private async Task Births(int bdSeq)
    {
        var journal = new JournalState(Epoch, 1, 9, 0, 0);
        await Inject(MessageType.NBirth, null, EdgeMessages.NodeBirth(bdSeq, journal, NowMs));
        await Inject(MessageType.DBirth, "gas", EdgeMessages.DeviceBirth(
            [new DeclaredPoint("nox", ValueKind.Real)], 1, NowMs));
    }

    private Task Data(long offset, int seq) => Inject(MessageType.DData, "gas", EdgeMessages.Record(
        offset,
        new JournalRecord.Image(
            "gas", NowMs + offset, new Boot(Guid.Empty, 0), ClockState.Synced,
            [new Reading("nox", PointValue.Real(1), Quality.Good, Reason.None, NowMs + offset)]),
        historical: false, (byte)seq, NowMs, Epoch));

    private Task Inject(MessageType type, string? device, byte[] payload) => _broker.Inject(
        new SparkplugTopic("plant-a", type, "gateway-1", device).ToString(), payload);

    private IEnumerable<Message> Asked() => _broker.PublishedBy("hub").Where(it =>
        it.Type == "NCMD" && it.Payload.Find(MetricNames.Rebirth) is not null);

    private Task Rebirths(int count) => _broker.Until(
        $"{count} rebirths asked for", _ => Asked().Count() == count);

    private Task Eventually(Func<bool> holds) => _broker.Until("the hub has it", _ => holds());
}
