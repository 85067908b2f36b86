using System.Collections.Immutable;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Journal;

/// <summary>How large and how old a journal may become.</summary>
/// <param name="BytesMax">Of its records together; above it the oldest are given up.</param>
public sealed record JournalLimits(long BytesMax)
{
    public const long BytesMaxDefault = 1L << 30;

    public const long BytesMaxLowest = 1L << 20;

    public const long BytesMaxHighest = 1L << 40;

    public const long FreeBytesMinDefault = 64L << 20;

    public static readonly TimeSpan GraceDefault = TimeSpan.FromHours(24);

    /// <summary>
    /// What a record takes beside its own bytes: key, length, its share of pages.
    /// </summary>
    public const int RecordOverheadBytes = 32;

    /// <summary>Damaged files that are kept aside; the newest ones.</summary>
    public const int DamagedKept = 2;

    /// <summary>Records that are older are given up; null: none is for its age.</summary>
    public TimeSpan? AgeMax { get; init; }

    /// <summary>
    /// While the disk has less free than this the journal does not grow: the oldest make room.
    /// </summary>
    public long FreeBytesMin { get; init; }

    /// <summary>
    /// How long records stay after their commit, for a hub that is put back to an older state.
    /// </summary>
    public TimeSpan Grace { get; init; }
}

/// <summary>A record as the journal holds it.</summary>
/// <param name="Bytes">The length of its stored form.</param>
public sealed record JournalEntry(long Offset, JournalRecord Record, int Bytes);

/// <summary>The hub had everything up to an offset at that time, in UTC milliseconds.</summary>
public readonly record struct CommitMark(long UpTo, long AtMs);

/// <summary>
/// What a journal holds: offsets First to Last; First is Last + 1 where it is empty. Up to
/// Committed the hub has them.
/// </summary>
public sealed record JournalPosition(
    string Epoch, long First, long Last, long Committed, long UsedBytes)
{
    /// <summary>No journal could be opened yet.</summary>
    public static readonly JournalPosition None = new("", 1, 0, 0, 0);

    /// <summary>Commits with their time, oldest first.</summary>
    public ImmutableArray<CommitMark> Marks { get; init; } = [];

    public bool IsOpen => Epoch.Length > 0;

    /// <summary>The first one that the hub does not have; Last + 1 where it has all.</summary>
    public long FirstWaiting => Math.Max(First, Committed + 1);
}

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

    /// <summary>
    /// The disk takes nothing now; opening is tried again at each append, and what comes until
    /// then waits in memory.
    /// </summary>
    public sealed record NotYet(DiskJournal Journal, string Detail) : JournalOpening;

    /// <summary>Nothing was changed: another process holds it, a newer version wrote it.</summary>
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

/// <summary>The answer to a commit.</summary>
public enum TrimOutcome
{
    Trimmed,

    /// <summary>It was committed before; nothing to do.</summary>
    AlreadyTrimmed,

    /// <summary>The commit is of another journal; it says nothing about this one.</summary>
    ForeignEpoch,

    /// <summary>The hub has a history that this journal never wrote.</summary>
    BeyondLast,
}
