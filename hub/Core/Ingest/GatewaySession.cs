using System.Collections.Immutable;
using Monitoring.Wire;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Core.Ingest;

/// <summary>
/// One gateway as the hub knows it between its birth and its death: what it declared and how far
/// its journal is taken. No I/O: the caller stores what an outcome says, and must throw a session
/// away whose records it could not store.
/// </summary>
public sealed class GatewaySession
{
    private readonly Dictionary<string, Declaration> _devices = new(StringComparer.Ordinal);
    private readonly Dictionary<string, ImmutableArray<UnitMismatch>> _mismatches =
        new(StringComparer.Ordinal);

    private readonly Func<string, GatewayPosition> _positionOf;
    private readonly NameTable _names = new();
    private readonly SequenceWatch _sequence = new();
    private readonly BirthWatch _births = new();
    private readonly Refusals _refusals = new();
    private readonly Recurrence _journals = new();
    private readonly Recurrence _boots = new();
    private long? _bdSeq;
    private long? _bornMs;
    private long? _tag;
    private bool _namesEpoch;
    private long? _aheadSinceMs;
    private ForeignNode? _foreign;

    // What came since the last payload that could be read, where it was just one.
    private (string Topic, byte[] Bytes, string Fault)? _unreadable;
    private int _unreadableCount;
    private ulong? _lastSeq;

    /// <param name="positionOf">
    /// The stored position of an epoch; for one never heard of, that of the gateway's newest other
    /// journal, or none at all.
    /// </param>
    public GatewaySession(Func<string, GatewayPosition> positionOf) => _positionOf = positionOf;

    /// <summary>The units that sources count on for points of this gateway.</summary>
    public ImmutableArray<ExpectedUnit> ExpectedUnits { get; init; } = [];

    public GatewayPosition Position { get; private set; } = GatewayPosition.Unseen;

    public bool IsOnline { get; private set; }

    /// <summary>It has no journal: nothing is committed to it.</summary>
    public bool IsForeign => _foreign is not null;

    /// <summary>The journal as its last birth described it; null before one.</summary>
    public JournalState? Journal { get; private set; }

    /// <summary>
    /// The gateway was told of more than this store has: it was put back to an older state. What
    /// the gateway still holds it sends again when it is asked to.
    /// </summary>
    public bool IsBehindCommit =>
        Journal is { } journal && !Position.WentBack && journal.Committed > Position.Committed;

    /// <summary>
    /// How far its journal is taken may be said to it: it has one, and its births leave no doubt.
    /// </summary>
    public bool MayCommit => Position is { Epoch: not null, WentBack: false }
        && !IsForeign && !_births.IsInDoubt(Position.Epoch);

    /// <summary>
    /// Since when one of its messages is missing, or the records before one that came; null: none
    /// is. What fills a hole in the records may be a birth that says that they are given up.
    /// </summary>
    public long? MissingSinceMs =>
        IsOnline ? new[] { _sequence.MissingSinceMs, _aheadSinceMs }.Min() : null;

    /// <summary>
    /// Two agents speak under this one name: each sees its records taken or refused by chance.
    /// </summary>
    public bool HasTwin { get; private set; }

    /// <summary>The gateway was asked for its births.</summary>
    /// <param name="askedMs">The time in the request, by which its births name it.</param>
    public void RebirthAsked(long askedMs) => _births.Asked(askedMs);

    /// <param name="nowMs">UTC milliseconds, by the clock of the hub.</param>
    public IngestOutcome Take(SparkplugTopic topic, ReadOnlySpan<byte> bytes, long nowMs)
    {
        if (PayloadDecoder.Decode(bytes, out var fault, _names) is not { } payload)
        {
            if (topic.Type is MessageType.NData or MessageType.DData)
            {
                _unreadable = (topic.ToString(), bytes.ToArray(), fault!);
                _unreadableCount++;
            }

            return new IngestOutcome.Rejected(fault!);
        }

        if (topic.Type is not (MessageType.NBirth or MessageType.NDeath) && IsOnline
            && payload.Seq is { } seq)
        {
            _sequence.Saw(seq, nowMs);
        }

        var outcome = topic.Type switch
        {
            MessageType.NBirth => OnBirth(topic, payload, nowMs),
            MessageType.DBirth => OnDeviceBirth(topic.Device!, payload),
            MessageType.NDeath => OnDeath(payload),
            MessageType.DDeath => OnDeviceDeath(topic.Device!, payload, nowMs),
            MessageType.NData or MessageType.DData when _foreign is not null =>
                OnForeign(topic.Device, payload, nowMs),
            MessageType.NData or MessageType.DData => OnRecord(topic, payload, bytes, nowMs),
            _ => new IngestOutcome.Nothing(),
        };
        // What was not taken stands beside no record of this journal.
        (_unreadable, _unreadableCount, _lastSeq) =
            (null, 0, outcome is IngestOutcome.NeedsRebirth ? null : payload.Seq);
        return outcome;
    }

    private IngestOutcome OnBirth(SparkplugTopic topic, Payload payload, long nowMs)
    {
        if (payload.Seq is not { } seq)
        {
            return new IngestOutcome.Rejected("the birth has no sequence number");
        }

        if (ReceivedMessages.JournalOf(payload) is not { } journal)
        {
            return payload.Find(MetricNames.BufferEpoch) is null
                ? OnForeignBirth(topic, payload, seq, nowMs)
                : new IngestOutcome.Rejected(
                    $"the birth declares no whole journal ({MetricNames.BufferEpoch} and others)");
        }

        var stored = _positionOf(journal.Epoch);
        var birth = stored.OnBirth(journal.Epoch, journal.First, journal.Last);
        if (birth.Verdict == BirthVerdict.ImpossibleRange)
        {
            return new IngestOutcome.Rejected("the birth declares an impossible range of offsets");
        }

        if (IsOnline && Journal == journal && payload.TimestampMs == _bornMs
            && ReceivedMessages.BdSeqOf(payload) == _bdSeq)
        {
            // The same once more.
            return new IngestOutcome.Nothing();
        }

        var isContradicted = birth.Verdict == BirthVerdict.JournalWentBack && !stored.WentBack;
        if (_births.Doubt(payload, journal.Epoch, isContradicted) is { } why)
        {
            return new IngestOutcome.NeedsRebirth(why);
        }

        Begin(payload, seq);
        Journal = journal;
        Position = birth.Position;
        _tag = EpochTag.Of(journal.Epoch);
        _namesEpoch = ReceivedMessages.AnswerOf(payload).NamesEpoch;
        HasTwin |= _journals.Saw(journal.Epoch);
        return new IngestOutcome.Born(birth);
    }

    private IngestOutcome.ForeignBorn OnForeignBirth(
        SparkplugTopic topic, Payload payload, ulong seq, long nowMs)
    {
        var epoch = ForeignNode.EpochOf(topic.Group, topic.Node);
        var stored = _positionOf(epoch);
        Begin(payload, seq);
        Position = stored.Epoch == epoch ? stored : new GatewayPosition(epoch, 0);
        _foreign = new ForeignNode();
        _foreign.Declare(null, payload);
        return new IngestOutcome.ForeignBorn(epoch);
    }

    private void Begin(Payload birth, ulong seq)
    {
        _devices.Clear();
        _mismatches.Clear();
        _sequence.Begin(seq);
        _bdSeq = ReceivedMessages.BdSeqOf(birth);
        _bornMs = birth.TimestampMs;
        _aheadSinceMs = null;
        _foreign = null;
        Journal = null;
        IsOnline = true;
    }

    private static IngestOutcome.NeedsRebirth Unborn() => new("its birth was not seen");

    private IngestOutcome OnDeviceBirth(string device, Payload payload)
    {
        if (!IsOnline)
        {
            return Unborn();
        }

        if (_foreign is not null)
        {
            _foreign.Declare(device, payload);
            return _foreign.DeviceOf(device) is { } own
                ? new IngestOutcome.DeviceBorn(own, [])
                : new IngestOutcome.Rejected(
                    $"more than {WireLimits.DevicesPerGatewayMax} devices");
        }

        if (_devices.Count >= WireLimits.DevicesPerGatewayMax && !_devices.ContainsKey(device))
        {
            return new IngestOutcome.Rejected(
                $"more than {WireLimits.DevicesPerGatewayMax} devices");
        }

        var declared = ReceivedMessages.DeclarationOf(payload);
        var mismatches = UnitCheck.MismatchesOf(device, declared, ExpectedUnits);
        (_devices[device], _mismatches[device]) = (declared, mismatches);
        return new IngestOutcome.DeviceBorn(device, mismatches);
    }

    private ImmutableArray<UnitMismatch> MismatchesOf(string device) =>
        _mismatches.GetValueOrDefault(device, []);

    private JournalRecord Marked(JournalRecord record) => record is JournalRecord.Image image
        && MismatchesOf(image.Device) is { IsEmpty: false } mismatches
            ? image with
            {
                Readings = UnitCheck.Marked(image.Readings, image.TimeMs, mismatches),
            }
            : record;

    private IngestOutcome OnDeath(Payload payload)
    {
        // The late Will of an older session must not end this one.
        var bdSeq = ReceivedMessages.BdSeqOf(payload);
        _births.Died(bdSeq);
        if (!IsOnline || bdSeq != _bdSeq)
        {
            return new IngestOutcome.Nothing();
        }

        IsOnline = false;
        return new IngestOutcome.Died();
    }

    private IngestOutcome OnDeviceDeath(string device, Payload payload, long nowMs)
    {
        if (!IsOnline)
        {
            return Unborn();
        }

        var own = _foreign is null ? device : _foreign.DeviceOf(device);
        return own is null
            ? new IngestOutcome.Nothing()
            : new IngestOutcome.DeviceDied(own, payload.TimestampMs ?? nowMs);
    }

    private IngestOutcome OnForeign(string? device, Payload payload, long nowMs)
    {
        if (!IsOnline)
        {
            return Unborn();
        }

        var readings = _foreign!.ReadingsOf(device, payload, nowMs, out var isUndeclared);
        if (_foreign.DeviceOf(device) is not { } own
            || ForeignNode.ImageOf(own, readings) is not { } image)
        {
            return isUndeclared ? Unborn() : new IngestOutcome.Nothing();
        }

        // There is no journal to compare with: each message that arrives is the next record.
        var offset = Position.Committed + 1;
        Position = Position.Advance(Position.Epoch!, offset);
        var isHistory = payload.Metrics.Any(metric => metric.IsHistorical);
        return new IngestOutcome.Store(offset, image, !isHistory);
    }

    private IngestOutcome OnRecord(
        SparkplugTopic topic, Payload payload, ReadOnlySpan<byte> bytes, long nowMs)
    {
        if (!IsOnline || Position.Epoch is not { } epoch)
        {
            return Unborn();
        }

        var device = topic.Device;
        var declared = device is not null && _devices.TryGetValue(device, out var found)
            ? found
            : Declaration.Nothing;
        if (device is not null && ReceivedMessages.LiveOf(payload, declared) is { } live)
        {
            return new IngestOutcome.Live(
                device, UnitCheck.Marked(live, nowMs, MismatchesOf(device)));
        }

        if (NotOf(epoch, payload) is { } why)
        {
            return new IngestOutcome.NeedsRebirth(why);
        }

        var received = ReceivedMessages.RecordOf(payload, device, declared, out var fault);
        if (received is null)
        {
            return Refuse(
                ReceivedMessages.OffsetOf(payload), (topic.ToString(), bytes.ToArray(), fault!),
                nowMs);
        }

        switch (Position.Accept(epoch, received.Offset))
        {
            case RecordVerdict.Next:
                Position = Position.Advance(epoch, received.Offset);
                _aheadSinceMs = null;
                NoteBoot(received.Record);
                return new IngestOutcome.Store(
                    received.Offset, Marked(received.Record), !received.Historical);
            case RecordVerdict.Duplicate:
                return new IngestOutcome.Duplicate(received.Offset);
            case RecordVerdict.WentBack:
                // Its offset may be committed and its content not: a commit would delete it.
                return new IngestOutcome.Nothing();
            default:
                _aheadSinceMs ??= nowMs;
                return BehindUnreadable(received.Offset, payload.Seq)
                    ? Refuse(Position.Committed + 1, _unreadable!.Value, nowMs)
                    : new IngestOutcome.Ahead(received.Offset);
        }
    }

    /// <summary>
    /// Why a record cannot be given to the journal of the birth; null: it is from there. Its
    /// offset would mean another record in any other.
    /// </summary>
    private string? NotOf(string epoch, Payload payload) =>
        _births.IsInDoubt(epoch) ? "its births leave a doubt how far its journal is"
        : ReceivedMessages.EpochTagOf(payload) is { } tag
            ? tag == _tag ? null : "the birth of its journal was not seen"
        : _namesEpoch ? "its data name no journal, and its birth said that they would"
        : null;

    /// <summary>
    /// A record that cannot be read. The next of the journal that cannot, attempt after attempt,
    /// goes into quarantine; any other comes again in its turn.
    /// </summary>
    private IngestOutcome Refuse(
        long? offset, (string Topic, byte[] Bytes, string Fault) what, long nowMs)
    {
        if (offset is not { } at || Position.Accept(Position.Epoch!, at) != RecordVerdict.Next)
        {
            return new IngestOutcome.Rejected(what.Fault, MayBeCured: true);
        }

        if (!_refusals.IsEnough(at, nowMs))
        {
            return new IngestOutcome.Rejected(what.Fault, MayBeCured: true);
        }

        Position = Position.Advance(Position.Epoch!, at);
        return new IngestOutcome.Quarantine(at, what.Fault, what.Topic, what.Bytes);
    }

    /// <summary>
    /// Whether the one payload before this, of which nothing could be read, must have held the one
    /// record that is missing: it stood between two neighbours.
    /// </summary>
    private bool BehindUnreadable(long offset, ulong? seq) =>
        _unreadableCount == 1 && offset == Position.Committed + 2
        && seq is { } own && _lastSeq is { } last && own == (last + 2) % 256;

    // In the order of offsets one journal goes from boot to boot and never back.
    private void NoteBoot(JournalRecord record)
    {
        if (record is JournalRecord.Image image)
        {
            HasTwin |= _boots.Saw(image.Boot.Id.ToString("N"));
        }
    }
}
