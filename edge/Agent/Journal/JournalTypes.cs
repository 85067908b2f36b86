using Monitoring.Wire.Records;

namespace Monitoring.Agent.Journal;

/// <summary>How large a journal may become.</summary>
/// <param name="BytesMax">Of its records together; above it the oldest are given up.</param>
public sealed record JournalLimits(long BytesMax)
{
    public const long BytesMaxDefault = 1L << 30;

    public const long BytesMaxLowest = 1L << 20;

    public const long BytesMaxHighest = 1L << 40;

    /// <summary>
    /// What a record takes beside its own bytes: key, length, its share of pages.
    /// </summary>
    public const int RecordOverheadBytes = 32;
}

/// <summary>A record as the journal holds it.</summary>
/// <param name="Bytes">The length of its stored form.</param>
public sealed record JournalEntry(long Offset, JournalRecord Record, int Bytes);

/// <summary>
/// What a journal holds: offsets First to Last; First is Last + 1 where it is empty.
/// </summary>
public sealed record JournalPosition(
    string Epoch, long First, long Last, long Committed, long UsedBytes);

/// <summary>The answer to opening a journal.</summary>
public abstract record JournalOpening
{
    private JournalOpening()
    {
    }

    public sealed record Opened(DiskJournal Journal) : JournalOpening;

    /// <summary>
    /// The file was damaged and kept aside; a new epoch begins with a gap record.
    /// </summary>
    public sealed record StartedAgain(DiskJournal Journal, string Detail, string MovedTo)
        : JournalOpening;

    /// <summary>Nothing was changed: another process holds it, a newer version wrote it…</summary>
    public sealed record Refused(string Detail) : JournalOpening;
}

/// <summary>The answer to an append. Where it failed, nothing was written.</summary>
public abstract record AppendOutcome
{
    private AppendOutcome()
    {
    }

    /// <param name="GaveUp">What had to go to make room; null: nothing.</param>
    public sealed record Appended(long First, long Last, JournalRecord.Gap? GaveUp) : AppendOutcome;

    public sealed record Failed(string Detail) : AppendOutcome;
}

/// <summary>The answer to a trim.</summary>
public enum TrimOutcome
{
    Trimmed,

    /// <summary>It was committed before; nothing to do.</summary>
    AlreadyTrimmed,

    /// <summary>The commit is of another journal; it says nothing about this one.</summary>
    ForeignEpoch,

    /// <summary>The hub has a history that this journal never wrote.</summary>
    BeyondLast,

    /// <summary>The disk took no change; the hub says it again.</summary>
    NotWritten,
}
