using Monitoring.Wire;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Core.Ingest;

/// <summary>What one payload of a gateway comes to.</summary>
public abstract record IngestOutcome
{
    private IngestOutcome()
    {
    }

    /// <summary>
    /// The next record of the journal: to be stored with the position it moves to.
    /// </summary>
    public sealed record Store(long Offset, JournalRecord Record) : IngestOutcome;

    /// <summary>
    /// A record stored before: nothing to store, but the commit is to be sent again.
    /// </summary>
    public sealed record Duplicate(long Offset) : IngestOutcome;

    /// <summary>
    /// A record after a hole: not stored; the gateway resends from the commit on.
    /// </summary>
    public sealed record Ahead(long Offset) : IngestOutcome;

    /// <summary>
    /// A gateway was born; a gap in its journal is to be stored with the position.
    /// </summary>
    public sealed record Born(BirthOutcome Birth) : IngestOutcome;

    public sealed record Died : IngestOutcome;

    /// <summary>Nothing of the payload can be placed without a new birth.</summary>
    public sealed record NeedsRebirth : IngestOutcome;

    /// <summary>Declared, or nothing of ours in it.</summary>
    public sealed record Nothing : IngestOutcome;

    /// <summary>It cannot be read; kept for inspection.</summary>
    public sealed record Rejected(string Fault) : IngestOutcome;
}

/// <summary>
/// One gateway as the hub knows it between its birth and its death: what it declared and how far
/// its journal is taken. No I/O: the caller stores what an outcome says, and must throw a session
/// away whose records it could not store.
/// </summary>
public sealed class GatewaySession
{
    private readonly Dictionary<string, Declaration> _devices = new(StringComparer.Ordinal);
    private readonly Func<string, GatewayPosition> _positionOf;
    private long? _bdSeq;

    /// <param name="positionOf">
    /// The stored position of an epoch; for one never heard of, that of the gateway's newest other
    /// journal, or none at all.
    /// </param>
    public GatewaySession(Func<string, GatewayPosition> positionOf) => _positionOf = positionOf;

    public GatewayPosition Position { get; private set; } = GatewayPosition.Unseen;

    public bool IsOnline { get; private set; }

    /// <summary>The journal as its last birth described it; null before one.</summary>
    public JournalState? Journal { get; private set; }

    public IngestOutcome Take(SparkplugTopic topic, ReadOnlySpan<byte> bytes)
    {
        if (PayloadDecoder.Decode(bytes, out var fault) is not { } payload)
        {
            return new IngestOutcome.Rejected(fault!);
        }

        return topic.Type switch
        {
            MessageType.NBirth => OnBirth(payload),
            MessageType.DBirth => OnDeviceBirth(topic.Device!, payload),
            MessageType.NDeath => OnDeath(payload),
            MessageType.NData or MessageType.DData => OnRecord(topic.Device, payload),
            _ => new IngestOutcome.Nothing(),
        };
    }

    private IngestOutcome OnBirth(Payload payload)
    {
        if (ReceivedMessages.JournalOf(payload) is not { } journal)
        {
            return new IngestOutcome.Rejected(
                $"the birth declares no journal ({MetricNames.BufferEpoch} and its like); "
                    + "nodes without one are not taken yet");
        }

        var birth = _positionOf(journal.Epoch)
            .OnBirth(journal.Epoch, journal.First, journal.Last);
        if (birth.Verdict == BirthVerdict.ImpossibleRange)
        {
            return new IngestOutcome.Rejected("the birth declares an impossible range of offsets");
        }

        _devices.Clear();
        _bdSeq = ReceivedMessages.BdSeqOf(payload);
        Journal = journal;
        IsOnline = true;
        Position = birth.Position;
        return new IngestOutcome.Born(birth);
    }

    private IngestOutcome OnDeviceBirth(string device, Payload payload)
    {
        if (!IsOnline)
        {
            return new IngestOutcome.NeedsRebirth();
        }

        if (_devices.Count >= WireLimits.DevicesPerGatewayMax && !_devices.ContainsKey(device))
        {
            return new IngestOutcome.Rejected(
                $"more than {WireLimits.DevicesPerGatewayMax} devices");
        }

        _devices[device] = ReceivedMessages.DeclarationOf(payload);
        return new IngestOutcome.Nothing();
    }

    private IngestOutcome OnDeath(Payload payload)
    {
        // The late Will of an older session must not end this one.
        if (!IsOnline || ReceivedMessages.BdSeqOf(payload) != _bdSeq)
        {
            return new IngestOutcome.Nothing();
        }

        IsOnline = false;
        return new IngestOutcome.Died();
    }

    private IngestOutcome OnRecord(string? device, Payload payload)
    {
        if (!IsOnline || Position.Epoch is not { } epoch)
        {
            return new IngestOutcome.NeedsRebirth();
        }

        var declared = device is not null && _devices.TryGetValue(device, out var found)
            ? found
            : Declaration.Nothing;
        var received = ReceivedMessages.RecordOf(payload, device, declared, out var fault);
        if (received is null)
        {
            return new IngestOutcome.Rejected(fault!);
        }

        switch (Position.Accept(epoch, received.Offset))
        {
            case RecordVerdict.Next:
                Position = Position.Advance(epoch, received.Offset);
                return new IngestOutcome.Store(received.Offset, received.Record);
            case RecordVerdict.Duplicate:
                return new IngestOutcome.Duplicate(received.Offset);
            case RecordVerdict.WentBack:
                // Its offset may be committed and its content not: a commit would delete it.
                return new IngestOutcome.Nothing();
            default:
                return new IngestOutcome.Ahead(received.Offset);
        }
    }
}
