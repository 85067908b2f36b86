using System.Collections.Immutable;
using Monitoring.Wire;

namespace Monitoring.Core.Ledger;

/// <summary>The steps of a period's books, in their order.</summary>
public enum PeriodState
{
    Open,

    /// <summary>It is over; allowances can still change hands for it.</summary>
    Closing,

    /// <summary>Everybody was told what it came to; objections run.</summary>
    Noticed,

    /// <summary>What it came to stays; charges and what follows from them are booked.</summary>
    Final,

    /// <summary>Nothing is ever booked in it again, nor in any period before it.</summary>
    Sealed,
}

/// <summary>One thing that happened to the books. They are what these add up to.</summary>
public abstract record BookEvent;

/// <summary>Transactions that are booked together or not at all.</summary>
public sealed record Booked(ImmutableArray<Transaction> Linked) : BookEvent;

/// <summary>A transaction that keeps what it needs free for it until it is booked.</summary>
/// <param name="ExpiresMs">UTC milliseconds; from then on it is as if it had never been.</param>
public sealed record Reserved(Transaction Transaction, long ExpiresMs) : BookEvent;

/// <summary>How a reservation came to its end.</summary>
public enum Outcome
{
    Posted,
    Void,
    Expired,
}

/// <summary>The end of a reservation; there is one.</summary>
/// <param name="Key">The reserved transaction's.</param>
public sealed record Resolved(string Key, Outcome Outcome) : BookEvent;

/// <summary>A period went on by one step.</summary>
public sealed record PeriodMoved(string PeriodId, PeriodState To) : BookEvent;

/// <summary>An account, what is counted in it, and where that came from.</summary>
public readonly record struct Place(string Account, Asset Asset, string Lot)
{
    public static Place Of(Posting posting) => new(posting.Account, posting.Asset, posting.Lot);
}

/// <summary>What was booked and what is reserved at one place. None of it is below 0.</summary>
public readonly record struct Amounts(
    Int128 Debits, Int128 Credits, Int128 PendingDebits, Int128 PendingCredits)
{
    /// <summary>Debits less credits, as booked.</summary>
    public Int128 Net => Debits - Credits;

    /// <summary>What of a debit account nobody has spoken for; all reservations count.</summary>
    public Int128 FreeDebit => Net - PendingCredits;

    /// <summary>What of a credit account nobody has spoken for.</summary>
    public Int128 FreeCredit => -Net - PendingDebits;

    internal Amounts Plus(long amount, bool pending, int times) => (amount > 0, pending) switch
    {
        (true, false) => this with { Debits = Debits + (times * (Int128)amount) },
        (false, false) => this with { Credits = Credits - (times * (Int128)amount) },
        (true, true) => this with { PendingDebits = PendingDebits + (times * (Int128)amount) },
        (false, true) => this with { PendingCredits = PendingCredits - (times * (Int128)amount) },
    };
}

/// <summary>The ledger at one instant: what all its events added up to.</summary>
public sealed record LedgerState
{
    public static LedgerState Empty { get; } = new();

    /// <summary>Every booked transaction by its key.</summary>
    public ImmutableDictionary<string, Transaction> Entries { get; private init; } =
        ImmutableDictionary<string, Transaction>.Empty;

    public ImmutableDictionary<Place, Amounts> Balances { get; private init; } =
        ImmutableDictionary<Place, Amounts>.Empty;

    /// <summary>Reservations that still stand.</summary>
    public ImmutableDictionary<string, Reserved> Pending { get; private init; } =
        ImmutableDictionary<string, Reserved>.Empty;

    /// <summary>How reservations ended.</summary>
    public ImmutableDictionary<string, Outcome> Ended { get; private init; } =
        ImmutableDictionary<string, Outcome>.Empty;

    /// <summary>Which key takes back which.</summary>
    public ImmutableDictionary<string, string> ReversedBy { get; private init; } =
        ImmutableDictionary<string, string>.Empty;

    public ImmutableDictionary<string, PeriodState> Periods { get; private init; } =
        ImmutableDictionary<string, PeriodState>.Empty;

    /// <summary>The last sealed period of each bubble; periods sort as texts.</summary>
    public ImmutableDictionary<string, string> SealedUntil { get; private init; } =
        ImmutableDictionary<string, string>.Empty;

    /// <summary>Periods that went on and are not sealed; of each bubble in their order.</summary>
    private ImmutableSortedSet<string> Running { get; init; } =
        ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    public Amounts At(string account, Asset asset, string lot = "") =>
        Balances.GetValueOrDefault(new Place(account, asset, lot));

    /// <summary>The whole account, all its lots together.</summary>
    public Int128 NetOf(string account, Asset asset) => Balances
        .Where(pair => pair.Key.Account == account && pair.Key.Asset == asset)
        .SumWide(pair => pair.Value.Net);

    /// <summary>Open where nobody spoke of it and no later one is sealed.</summary>
    public PeriodState StateOf(string period) =>
        SealedUntil.TryGetValue(BubbleOf(period), out var until)
            && string.CompareOrdinal(period, until) <= 0
            ? PeriodState.Sealed
            : Periods.GetValueOrDefault(period, PeriodState.Open);

    /// <summary>The entries that an event books.</summary>
    /// <param name="before">The ledger that it happens to.</param>
    public static ImmutableArray<Transaction> BookedBy(BookEvent happened, LedgerState before) =>
        happened switch
        {
            Booked booked => booked.Linked,
            Resolved { Outcome: Outcome.Posted } resolved =>
                [before.Pending[resolved.Key].Transaction],
            _ => [],
        };

    /// <summary>The first period of its bubble before it that is not sealed; null: none.</summary>
    public string? UnsealedBefore(string period) => Running
        .SkipWhile(other => BubbleOf(other) != BubbleOf(period))
        .TakeWhile(other => string.CompareOrdinal(other, period) < 0)
        .FirstOrDefault(other => StateOf(other) != PeriodState.Sealed);

    /// <summary>Takes in what was decided. Whether it may happen was judged before.</summary>
    public LedgerState With(BookEvent happened) => happened switch
    {
        Booked booked => booked.Linked.Aggregate(this, (state, one) => state.Book(one)),
        Reserved reserved => Move(reserved.Transaction, pending: true, 1) with
        {
            Pending = Pending.Add(reserved.Transaction.IdempotencyKey, reserved),
        },
        Resolved resolved => Resolve(resolved),
        PeriodMoved moved => this with
        {
            Periods = Periods.SetItem(moved.PeriodId, moved.To),
            Running = moved.To == PeriodState.Sealed
                ? Running.Remove(moved.PeriodId)
                : Running.Add(moved.PeriodId),
            SealedUntil = moved.To == PeriodState.Sealed && HasDate(moved.PeriodId)
                ? SealedUntil.SetItem(BubbleOf(moved.PeriodId), moved.PeriodId)
                : SealedUntil,
        },
        _ => throw new InvariantBrokenException($"{happened.GetType().Name} is not the ledger's"),
    };

    // Older journals may have any text sealed by a person, and one that sorts behind all dates
    // would seal every period there will ever be.
    private static bool HasDate(string period) =>
        period.Length > BubbleOf(period).Length + 1
            && char.IsAsciiDigit(period[BubbleOf(period).Length + 1]);

    private static string BubbleOf(string period) => period.Split('/')[0];

    private LedgerState Book(Transaction transaction) =>
        Move(transaction, pending: false, 1) with
        {
            Entries = Entries.Add(transaction.IdempotencyKey, transaction),
            ReversedBy = transaction.Reverses is { } reversed
                ? ReversedBy.Add(reversed, transaction.IdempotencyKey)
                : ReversedBy,
        };

    private LedgerState Resolve(Resolved resolved)
    {
        var transaction = Pending[resolved.Key].Transaction;
        var freed = Move(transaction, pending: true, -1) with
        {
            Pending = Pending.Remove(resolved.Key),
            Ended = Ended.Add(resolved.Key, resolved.Outcome),
        };
        return resolved.Outcome == Outcome.Posted ? freed.Book(transaction) : freed;
    }

    private LedgerState Move(Transaction transaction, bool pending, int times)
    {
        var balances = Balances;
        foreach (var posting in transaction.Postings)
        {
            var place = Place.Of(posting);
            balances = balances.SetItem(
                place,
                balances.GetValueOrDefault(place).Plus(posting.Amount, pending, times));
        }

        return this with { Balances = balances };
    }
}
