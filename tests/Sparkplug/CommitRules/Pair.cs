using System.Collections.Immutable;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Uplink.Sparkplug;
using Monitoring.Core.Ingest;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.CommitRules;

/// <summary>A message on its way from the gateway to the hub.</summary>
public sealed record Sent(SparkplugTopic Topic, byte[] Bytes)
{
    public Payload Payload => PayloadDecoder.Decode(Bytes, out _)!;

    public string Kind => Topic.Type.ToString().ToUpperInvariant();
}

/// <summary>
/// A gateway and a hub without a network between them: the agent's own journal, session, births
/// and writer, and the hub's own session, in one thread and with the time of the test. What the
/// hub has stored is what it had stored before it committed.
/// </summary>
public sealed class Pair : IDisposable
{
    public const string Epoch = "0123456789abcdef0123456789abcdef";

    private readonly DiskJournal _journal;
    private readonly SessionWriter _writer;
    private readonly Dictionary<string, GatewayPosition> _positions = [];
    private BirthBook _births;
    private UplinkSession _uplink = new();

    public Pair(
        string folder, long bytesMax = 1 << 20, string epoch = Epoch,
        params IEnumerable<UplinkDevice> devices)
    {
        _journal = Assert.IsType<JournalOpening.Opened>(DiskJournal.Open(
            Path.Combine(folder, "journal.db"), new JournalLimits(bytesMax), epoch,
            DateTimeOffset.UnixEpoch)).Journal;
        var all = devices.ToImmutableArray();
        _births = new BirthBook(all);
        var target = new UplinkTarget([], "plant-a/gateway-1", null, "hub", "plant-a",
            "gateway-1", all);
        _writer = new SessionWriter(Deliver, target, 0, TimeProvider.System);
        Hub = new GatewaySession(PositionOf);
    }

    public DiskJournal Journal => _journal;

    public UplinkSession Uplink => _uplink;

    public GatewaySession Hub { get; private set; }

    /// <summary>What the hub has stored, by offset.</summary>
    public SortedDictionary<long, JournalRecord> Stored { get; } = [];

    public List<DeclaredGap> Gaps { get; } = [];

    public List<IngestOutcome> Outcomes { get; } = [];

    public List<Sent> Messages { get; } = [];

    /// <summary>Whether a message arrives; all do unless told.</summary>
    public Func<Sent, bool> Arrives { get; set; } = _ => true;

    /// <summary>Whether commits arrive.</summary>
    public bool CommitsArrive { get; set; } = true;

    public IEnumerable<string> Kinds => Messages.Select(sent => sent.Kind);

    public static UplinkDevice Device(string id, string point = "nox") =>
        new(id, [new DeclaredPoint(point, ValueKind.Real)]);

    public static JournalRecord.Image Image(string device, long timeMs, PointValue? value) => new(
        device, timeMs, new Boot(new Guid("00112233445566778899aabbccddeeff"), timeMs),
        ClockState.Synced,
        [
            new Reading(
                "nox", value, value is null ? Quality.Bad : Quality.Good,
                value is null ? Reason.Timeout : Reason.None, timeMs),
        ]);

    public void Append(string device, long timeMs, double value = 1) =>
        Append(Image(device, timeMs, PointValue.Real(value)));

    public void Append(JournalRecord record) => AppendAll([record]);

    public void AppendAll(IEnumerable<JournalRecord> records) =>
        Assert.IsType<AppendOutcome.Appended>(_journal.Append([.. records], 1));

    /// <summary>A new MQTT session with a hub that is online.</summary>
    public void Connect(long nowMs)
    {
        _uplink.Disconnected();
        _uplink.Connected(nowMs);
        _uplink.HostSaid(new HostState(true, 1));
    }

    public void Restart() => _uplink = new UplinkSession();

    public void Redeclare(params IEnumerable<UplinkDevice> devices)
    {
        _births = new BirthBook(devices);
        _uplink.RebirthAsked();
    }

    /// <summary>The hub has forgotten its sessions, and has what it has stored.</summary>
    public void RestartHub() => Hub = new GatewaySession(PositionOf);

    /// <summary>The hub's store is put back to what it was.</summary>
    public void RestoreHub(long committed)
    {
        foreach (var offset in Stored.Keys.Where(offset => offset > committed).ToList())
        {
            Stored.Remove(offset);
        }

        _positions[_journal.Position.Epoch] =
            new GatewayPosition(_journal.Position.Epoch, committed);
        RestartHub();
    }

    /// <summary>Until there is nothing to do before that time.</summary>
    public async Task Run(long nowMs)
    {
        while (true)
        {
            var step = _uplink.Next(_journal.Position, nowMs);
            switch (step)
            {
                case UplinkStep.PublishBirths:
                    var position = _journal.Position;
                    await _writer.Births(
                        new JournalState(
                            position.Epoch, position.First, position.Last, position.Committed, 0),
                        _births, _uplink.AnswersMs);
                    _uplink.BirthsPublished(position);
                    break;
                case UplinkStep.Send send:
                    var entry = _journal.Read(send.Offset, 1, nowMs)[0];
                    var bytes = await _writer.Record(entry, send.IsHistorical, _births);
                    _uplink.Sent(entry.Offset, bytes, nowMs);
                    Commit(nowMs);
                    break;
                case UplinkStep.SendLive:
                    await _writer.Live(_journal.Read(_journal.Position.Last, 1, nowMs)[0], _births);
                    _uplink.LiveSent(nowMs);
                    break;
                case UplinkStep.BuryGone:
                    foreach (var device in _births.Forget(_journal.Position.Committed))
                    {
                        await _writer.DeviceDeath(device);
                    }

                    _uplink.GoneBuried(_journal.Position);
                    break;
                default:
                    return;
            }
        }
    }

    public void Commit(long nowMs, string? epoch = null, long? offset = null)
    {
        if (!CommitsArrive || Hub.Position.Epoch is not { } own)
        {
            return;
        }

        var (of, upTo) = (epoch ?? own, offset ?? Hub.Position.Committed);
        if (_uplink.Committed(_journal.Position, of, upTo, nowMs) == TrimOutcome.Trimmed)
        {
            _journal.Trim(of, upTo, nowMs);
        }
    }

    public void Dispose() => _journal.Dispose();

    private GatewayPosition PositionOf(string epoch) => _positions.TryGetValue(epoch, out var own)
        ? own
        : _positions.Values.LastOrDefault() ?? GatewayPosition.Unseen;

    private Task Deliver(SparkplugTopic topic, byte[] bytes)
    {
        var sent = new Sent(topic, bytes);
        Messages.Add(sent);
        if (!Arrives(sent))
        {
            return Task.CompletedTask;
        }

        var outcome = Hub.Take(topic, bytes, 0);
        Outcomes.Add(outcome);
        switch (outcome)
        {
            case IngestOutcome.Store(var offset, var record, _):
                Assert.True(Stored.TryAdd(offset, record), $"offset {offset} is stored twice");
                break;
            case IngestOutcome.Born { Birth.Gap: { } gap }:
                Gaps.Add(gap);
                break;
        }

        if (Hub.Position.Epoch is { } epoch)
        {
            _positions.Remove(epoch);
            _positions[epoch] = Hub.Position;
        }

        return Task.CompletedTask;
    }
}
