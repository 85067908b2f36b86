using Monitoring.Agent;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Tests.Tck;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

[assembly: AssemblyFixture(typeof(EdgeLife))]

namespace Monitoring.Tests.Tck;

/// <summary>
/// One life of the agent's uplink and of the hub's host connection at a recording broker, from the
/// first wait to the last death. It is lived once; the tests look at what was recorded.
/// </summary>
public sealed class EdgeLife : IAsyncLifetime
{
    public const string Edge = "plant-a-gateway-1";
    public const string Hub = "hub";
    private const string HostTopic = "spBv1.0/STATE/hub";

    private readonly string _folder = Directory.CreateTempSubdirectory("tck-").FullName;
    private readonly CancellationTokenSource _stop = new();
    private RecordingBroker _broker = null!;
    private DiskJournal _journal = null!;
    private SparkplugUplink _uplink = null!;
    private long _timeMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();

    public IReadOnlyList<Packet> Packets { get; private set; } = [];

    /// <summary>How many packets there were when the hub first came.</summary>
    public int BeforeHub { get; private set; }

    /// <summary>When the hub had said good-bye and the agent had left for that.</summary>
    public int AfterHub { get; private set; }

    /// <summary>What the hub showed of the flow meter while its link was lost.</summary>
    public Server.Ingest.CurrentDevice? Lost { get; private set; }

    public long LastCommitted { get; private set; }

    public IReadOnlyList<Message> EdgeSaid => Said(Edge);

    public IReadOnlyList<Message> HubSaid => Said(Hub);

    /// <summary>What the agent published in each of its MQTT sessions.</summary>
    public IReadOnlyList<(Packet.Connect Connect, IReadOnlyList<Message> Said)> Sessions
    {
        get
        {
            var sessions = new List<(Packet.Connect, IReadOnlyList<Message>)>();
            var own = Packets.Where(packet => packet.Client == Edge).ToList();
            var starts = own.OfType<Packet.Connect>().ToList();
            foreach (var (index, connect) in starts.Index())
            {
                var end = index + 1 < starts.Count ? starts[index + 1].Number : int.MaxValue;
                sessions.Add((connect, [.. own.OfType<Packet.Publish>()
                    .Where(it => it.Number > connect.Number && it.Number < end)
                    .Select(it => it.Message)]));
            }

            return sessions;
        }
    }

    public async ValueTask InitializeAsync()
    {
        _broker = await RecordingBroker.Start();
        _journal = Assert.IsType<JournalOpening.Opened>(DiskJournal.Open(
            Path.Combine(_folder, "journal.db"), new JournalLimits(1 << 20),
            "0123456789abcdef0123456789abcdef", DateTimeOffset.UnixEpoch)).Journal;
        var target = new UplinkTarget(
            [_broker.Url], "plant-a/gateway-1", null, Hub, "plant-a", "gateway-1",
            [
                new UplinkDevice("gas", [new("nox", ValueKind.Real), new("mode", ValueKind.Text)]),
                new UplinkDevice("flow", [new("nox", ValueKind.Real)]),
            ]);
        _uplink = new SparkplugUplink(
            target, _journal, Log.Silent(TimeProvider.System), TimeProvider.System);
        Append(Gas());
        var running = _uplink.Run(_stop.Token);
        await WaitForTheHub();
        await using (var hub = await HubHost.Start(_folder, _broker.Url))
        {
            await Measure(hub);
            await LoseTheLink(hub);
            await Rebirth(hub);
            await SurviveLateWills();
            await SurviveACutWire();
            LastCommitted = _journal.Position.Committed;
        }

        await _broker.Until(
            "the agent leaves",
            it => it.Count(packet => packet is Packet.Disconnect { Client: Edge }) == 2);
        AfterHub = _broker.Packets.Count;
        await _stop.CancelAsync();
        await running;
        Packets = _broker.Packets;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _broker.DisposeAsync();
        _journal.Dispose();
        _stop.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task WaitForTheHub()
    {
        await _broker.Until("a subscription", it => it.OfType<Packet.Subscribe>().Any());
        await _broker.Inject("spBv1.0/STATE/other", new HostState(true, 9).Encode(), true);
        await _broker.Inject(HostTopic, new HostState(false, 5).Encode(), true);
        await _broker.Until(
            "the state is asked for again", it => it.OfType<Packet.Subscribe>().Count() > 1);
        BeforeHub = _broker.Packets.Count;
    }

    private async Task Measure(HubHost hub)
    {
        await Committed();
        Append(Gas(), Flow(1));
        Append(new JournalRecord.Gap(0, 0, Reason.JournalCorrupt, _timeMs));
        Append(Gas() with
        {
            Readings =
            [
                new Reading("nox", PointValue.Real(1), Quality.Uncertain, Reason.WarmUp, _timeMs),
                new Reading("mode", null, Quality.Bad, Reason.NotReady, _timeMs),
            ],
        });
        await Committed();
        Assert.NotEmpty(hub.Current.All());
    }

    private async Task LoseTheLink(HubHost hub)
    {
        Append(Flow(null));
        await Seen("DDEATH", 1);
        await Committed();
        while (hub.Current.All().Single(it => it.Device.Name == "flow").IsOnline)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Lost = hub.Current.All().Single(it => it.Device.Name == "flow");
        Append(Flow(2));
        await Committed();
    }

    private async Task Rebirth(HubHost hub)
    {
        var topic = new SparkplugTopic("plant-a", MessageType.NCmd, "gateway-1", null);
        await hub.Link.SendAsync(topic, HostMessages.Rebirth(_timeMs));
        await Seen("NBIRTH", 2);
        Append(Gas());
        await Committed();
    }

    private async Task SurviveLateWills()
    {
        // Of a session long ago: the hub answers, the agent stays.
        var states = _broker.PublishedBy(Hub).Count(it => it.Type == "STATE");
        await _broker.Inject(HostTopic, new HostState(false, 6).Encode());
        await _broker.Until(
            "the hub says that it is there",
            _ => _broker.PublishedBy(Hub).Count(it => it.Type == "STATE") > states);
        Append(Gas());
        await Committed();

        // As late as the hub's own birth: the agent has to leave, and comes back.
        var born = _broker.PublishedBy(Hub).First(it => it.Type == "STATE").State.TimestampMs;
        await _broker.Inject(HostTopic, new HostState(false, born).Encode());
        await Seen("NDEATH", 1);
        await Seen("NBIRTH", 3);
        Append(Gas());
        await Committed();
    }

    private async Task SurviveACutWire()
    {
        _broker.Cut();
        Append(Gas());
        await Seen("NBIRTH", 4);
        await Committed();
    }

    private Task Seen(string type, int times) => _broker.Until(
        $"{times} {type}", _ => _broker.PublishedBy(Edge).Count(it => it.Type == type) >= times);

    private Task Committed() => _broker.Until(
        "all is committed", _ => _journal.Position.Committed == _journal.Position.Last);

    private void Append(params JournalRecord[] records)
    {
        Assert.IsType<AppendOutcome.Appended>(_journal.Append(records, _timeMs));
        _uplink.Appended();
    }

    private JournalRecord.Image Gas() => Image(
        "gas",
        new Reading("nox", PointValue.Real(48.5), Quality.Good, Reason.None, ++_timeMs),
        new Reading("mode", PointValue.Of("run"), Quality.Good, Reason.None, _timeMs));

    private JournalRecord.Image Flow(double? value) => Image(
        "flow",
        value is { } number
            ? new Reading("nox", PointValue.Real(number), Quality.Good, Reason.None, ++_timeMs)
            : new Reading("nox", null, Quality.Bad, Reason.Timeout, ++_timeMs));

    private JournalRecord.Image Image(string device, params Reading[] readings) => new(
        device, _timeMs, new Boot(Guid.Empty, 1), ClockState.Synced, [.. readings]);

    private IReadOnlyList<Message> Said(string client) =>
    [
        .. Packets.OfType<Packet.Publish>().Where(packet => packet.Client == client)
            .Select(packet => packet.Message),
    ];
}
