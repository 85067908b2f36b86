using System.Collections.Immutable;
using Monitoring.Wire.Records;

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
    /// <param name="IsCurrent">It is the newest of its device, and not history.</param>
    public sealed record Store(long Offset, JournalRecord Record, bool IsCurrent) : IngestOutcome;

    /// <summary>
    /// A record stored before: nothing to store, but the commit is to be sent again.
    /// </summary>
    public sealed record Duplicate(long Offset) : IngestOutcome;

    /// <summary>
    /// A record after a hole: not stored; the gateway resends from the commit on.
    /// </summary>
    public sealed record Ahead(long Offset) : IngestOutcome;

    /// <summary>
    /// A record that could never be read: its bytes are to be stored as they came, with the
    /// position, so that it holds up nothing behind it.
    /// </summary>
    public sealed record Quarantine(long Offset, string Fault, string Topic, byte[] Bytes)
        : IngestOutcome;

    /// <summary>What a device shows now, while its records are still on their way.</summary>
    public sealed record Live(string Device, ImmutableArray<Reading> Readings) : IngestOutcome;

    /// <summary>
    /// A gateway was born; a gap in its journal is to be stored with the position.
    /// </summary>
    public sealed record Born(BirthOutcome Birth) : IngestOutcome;

    /// <summary>A node without a journal was born; the hub counts its messages itself.</summary>
    public sealed record ForeignBorn(string Epoch) : IngestOutcome;

    /// <param name="Mismatches">Points in another unit than is counted on.</param>
    public sealed record DeviceBorn(string Device, ImmutableArray<UnitMismatch> Mismatches)
        : IngestOutcome;

    /// <summary>The node and all its devices are gone, by the clock of the hub.</summary>
    public sealed record Died : IngestOutcome;

    /// <param name="TimeMs">By the clock of the node.</param>
    public sealed record DeviceDied(string Device, long TimeMs) : IngestOutcome;

    /// <summary>Nothing of the payload can be placed without a new birth.</summary>
    public sealed record NeedsRebirth(string Why) : IngestOutcome;

    /// <summary>Nothing of ours in it.</summary>
    public sealed record Nothing : IngestOutcome;

    /// <summary>It cannot be read; kept for inspection.</summary>
    /// <param name="MayBeCured">With a new birth it may be readable.</param>
    public sealed record Rejected(string Fault, bool MayBeCured = false) : IngestOutcome;
}
