using System.Collections.Immutable;

namespace Monitoring.Wire.Records;

/// <summary>What a gateway knew of its clock when it wrote a record.</summary>
public enum ClockState : byte
{
    /// <summary>Disciplined by a time source.</summary>
    Synced = 1,

    /// <summary>Not known to be right.</summary>
    Unsynced = 2,

    /// <summary>
    /// The clock stood or went back; the time is the previous record's plus 1 ms.
    /// </summary>
    Held = 3,
}

/// <summary>
/// Which run of which gateway wrote a record, and when by a clock that cannot be set.
/// </summary>
/// <param name="Id">Random at each start of the agent.</param>
/// <param name="MonotonicMs">Milliseconds since that start.</param>
public readonly record struct Boot(Guid Id, long MonotonicMs);

/// <summary>
/// One point of one device, as it was read. <see cref="Value"/> null: there is none.
/// </summary>
/// <param name="Point">The point's identifier.</param>
/// <param name="Value">What was read, or null with a reason.</param>
/// <param name="TimeMs">UTC milliseconds: the middle of request and response.</param>
public readonly record struct Reading(
    string Point, PointValue? Value, Quality Quality, Reason Reason, long TimeMs);

/// <summary>
/// One entry of a gateway's journal. Immutable: the same offset is always the same content.
/// </summary>
public abstract record JournalRecord
{
    private JournalRecord()
    {
    }

    /// <summary>UTC milliseconds, by the gateway's clock at that moment.</summary>
    public abstract long TimeMs { get; init; }

    /// <summary>All points of one device at one cycle.</summary>
    /// <param name="TimeMs">UTC milliseconds; strictly increasing for a device.</param>
    public sealed record Image(
        string Device, long TimeMs, Boot Boot, ClockState Clock, ImmutableArray<Reading> Readings)
        : JournalRecord
    {
        public bool Equals(Image? other) =>
            other is not null && Device == other.Device && TimeMs == other.TimeMs
            && Boot == other.Boot && Clock == other.Clock
            && Readings.SequenceEqual(other.Readings);

        public override int GetHashCode() => TimeMs.GetHashCode();
    }

    /// <summary>
    /// Offsets First to Last, both included, are gone from the journal for a reason. Both are 0
    /// for records that never had an offset in it.
    /// </summary>
    /// <param name="TimeMs">UTC milliseconds at which they were given up.</param>
    public sealed record Gap(long First, long Last, Reason Reason, long TimeMs) : JournalRecord;

    /// <summary>
    /// The clock was set right: what was written at offsets First to Last, both included, while it
    /// was not known to be right, was later by the shift than its record says.
    /// </summary>
    /// <param name="Boot">The run of the agent that wrote those records.</param>
    /// <param name="TimeMs">UTC milliseconds at which it was known.</param>
    public sealed record Correction(Guid Boot, long First, long Last, long ShiftMs, long TimeMs)
        : JournalRecord;
}
