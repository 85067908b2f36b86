using Monitoring.Wire;
using Monitoring.Wire.Records;

namespace Monitoring.Core.Ingest;

/// <summary>What to do with a record that arrived. In order of precedence.</summary>
public enum RecordVerdict
{
    /// <summary>Of a journal whose birth was not seen: do not store, ask for a rebirth.</summary>
    UnknownEpoch,

    /// <summary>Of a journal that went back: neither store nor commit anything of it.</summary>
    WentBack,

    /// <summary>Stored before: do not store, answer with the commit again.</summary>
    Duplicate,

    /// <summary>Records before it are missing: do not store, ask to send from the commit.</summary>
    Ahead,

    /// <summary>The next one: store it together with the position it moves to.</summary>
    Next,
}

/// <summary>What a birth said about the journal behind it. In order of precedence.</summary>
public enum BirthVerdict
{
    /// <summary>No journal can hold that range; nothing changes.</summary>
    ImpossibleRange,

    /// <summary>The gateway is seen for the first time.</summary>
    FirstSight,

    /// <summary>The gateway has a new journal; what the old one still held is unknown.</summary>
    NewEpoch,

    /// <summary>
    /// The journal ends before what it was told is committed: a disk was put back to an older
    /// state. New records would pass for duplicates, so a person has to start a new journal.
    /// </summary>
    JournalWentBack,

    /// <summary>The journal gave up records that were not stored yet.</summary>
    RecordsGivenUp,

    /// <summary>It goes on where it was.</summary>
    Resumed,
}

/// <summary>Offsets that will never come; stored as a fact, with the reason.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Last">The last of them, included.</param>
public sealed record DeclaredGap(string Epoch, long First, long Last, Reason Reason);

/// <summary>
/// What follows from a birth. Store <see cref="Gap"/> and <see cref="Position"/> together before
/// using the position.
/// </summary>
public sealed record BirthOutcome(
    BirthVerdict Verdict, GatewayPosition Position, DeclaredGap? Gap);

/// <summary>
/// How far one gateway's journal is stored. Everything up to <see cref="Committed"/> is in the
/// record log or declared a gap, so a record is stored once and none is passed over. Only what
/// the store wrote moves it.
/// </summary>
/// <param name="Epoch">The journal; null before the gateway's first birth.</param>
/// <param name="Committed">The last offset that needs no resending; 0 before the first.</param>
public sealed record GatewayPosition(string? Epoch, long Committed)
{
    public static readonly GatewayPosition Unseen = new(null, 0);

    /// <summary>
    /// The journal was once found put back to an older state. From then on an offset of it may
    /// stand for two records, also after it has grown past the commit again, so nothing more of
    /// this epoch is taken until a person has started a new journal.
    /// </summary>
    public bool WentBack { get; init; }

    public RecordVerdict Accept(string epoch, long offset)
    {
        Invariant.That(epoch.Length > 0);
        if (epoch != Epoch)
        {
            return RecordVerdict.UnknownEpoch;
        }

        return WentBack ? RecordVerdict.WentBack
            : offset <= Committed ? RecordVerdict.Duplicate
            : offset == Committed + 1 ? RecordVerdict.Next
            : RecordVerdict.Ahead;
    }

    /// <summary>The position to store in one transaction with the record at that offset.</summary>
    public GatewayPosition Advance(string epoch, long offset)
    {
        Invariant.That(Accept(epoch, offset) == RecordVerdict.Next);
        return this with { Committed = offset };
    }

    /// <summary>
    /// A birth declares the offsets the journal holds, both included; an empty journal says
    /// <paramref name="last"/> = <paramref name="first"/> - 1.
    /// </summary>
    public BirthOutcome OnBirth(string epoch, long first, long last)
    {
        if (epoch.Length == 0 || first < 1 || last < first - 1 || last == long.MaxValue)
        {
            return new BirthOutcome(BirthVerdict.ImpossibleRange, this, null);
        }

        if (epoch != Epoch)
        {
            var verdict = Epoch is null ? BirthVerdict.FirstSight : BirthVerdict.NewEpoch;
            return MovedTo(verdict, new GatewayPosition(epoch, 0), first);
        }

        if (WentBack || last < Committed)
        {
            return new BirthOutcome(
                BirthVerdict.JournalWentBack, this with { WentBack = true }, null);
        }

        return Committed + 1 < first
            ? MovedTo(BirthVerdict.RecordsGivenUp, this, first)
            : new BirthOutcome(BirthVerdict.Resumed, this, null);
    }

    private static BirthOutcome MovedTo(BirthVerdict verdict, GatewayPosition start, long first)
    {
        var gap = start.Committed + 1 < first
            ? new DeclaredGap(
                start.Epoch!, start.Committed + 1, first - 1, Reason.NotInJournal)
            : null;
        return new BirthOutcome(verdict, start with { Committed = first - 1 }, gap);
    }
}
