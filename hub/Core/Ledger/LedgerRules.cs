using System.Collections.Immutable;
using Monitoring.Wire;

namespace Monitoring.Core.Ledger;

/// <summary>Whether a transaction may be booked, and if not, why. In order of precedence.</summary>
public enum BookingVerdict
{
    /// <summary>The same transaction is booked already; there is nothing to do.</summary>
    AlreadyBooked,

    /// <summary>Another transaction was booked under its key.</summary>
    KeyConflict,

    NoPostings,
    ZeroAmount,
    UnknownAccount,

    /// <summary>Money and mass in one transaction.</summary>
    MixedAssetKinds,

    /// <summary>The postings of an asset do not sum to 0.</summary>
    Unbalanced,

    AmountTooLarge,

    /// <summary>The period has gone on too far for that.</summary>
    PeriodClosed,

    /// <summary>What it takes back was never booked, or is a reversal itself.</summary>
    NothingToReverse,

    AlreadyReversed,

    /// <summary>It is not the exact opposite of what it takes back.</summary>
    InexactReversal,

    /// <summary>An account would pass 0, with all that is reserved against it.</summary>
    LimitPassed,

    Accepted,
}

/// <summary>Whether a reservation or a period may go on. In order of precedence.</summary>
public enum StepVerdict
{
    /// <summary>It did so before; there is nothing to do.</summary>
    AlreadyDone,

    /// <summary>There is no such reservation.</summary>
    Unknown,

    /// <summary>The reservation has come to another end.</summary>
    EndedOtherwise,

    /// <summary>The step before it is missing, or it was a step back.</summary>
    OutOfOrder,

    /// <summary>The period has gone on too far for that.</summary>
    PeriodClosed,

    Accepted,
}

/// <summary>The rules of the double-entry ledger.</summary>
public static class LedgerRules
{
    /// <summary>10^15: a billion tonnes in grams.</summary>
    public const long AmountMax = 1_000_000_000_000_000;

    // Until which state of its period something is booked; what is not here, only while open.
    private static readonly ImmutableDictionary<string, PeriodState> LastStates =
        new Dictionary<string, PeriodState>
        {
            ["allocation"] = PeriodState.Noticed,
            ["transfer"] = PeriodState.Noticed,
            ["surrender"] = PeriodState.Noticed,
            ["correction"] = PeriodState.Noticed,
            ["loan"] = PeriodState.Noticed,
            ["charge"] = PeriodState.Final,
            ["bank"] = PeriodState.Final,
            ["cover"] = PeriodState.Final,
            ["make-good"] = PeriodState.Final,
        }.ToImmutableDictionary();

    /// <param name="booked">What is booked under the same idempotency key, if anything.</param>
    public static BookingVerdict Judge(Transaction transaction, Transaction? booked)
    {
        // Before anything else: a repeat succeeds although rules may have changed since.
        if (booked is not null)
        {
            Invariant.That(booked.IdempotencyKey == transaction.IdempotencyKey);
            return booked.Id == transaction.Id
                ? BookingVerdict.AlreadyBooked
                : BookingVerdict.KeyConflict;
        }

        var postings = transaction.Postings;
        return postings.IsEmpty ? BookingVerdict.NoPostings
            : postings.Any(posting => posting.Amount == 0) ? BookingVerdict.ZeroAmount
            : postings.Any(posting => SideOf(Place.Of(posting)) is null)
                ? BookingVerdict.UnknownAccount
            : postings.Select(posting => posting.Asset.Kind).Distinct().Count() > 1
                ? BookingVerdict.MixedAssetKinds
            : !SumsToZero(postings) ? BookingVerdict.Unbalanced
            : postings.Any(posting => posting.Amount is > AmountMax or < -AmountMax)
                ? BookingVerdict.AmountTooLarge
            : BookingVerdict.Accepted;
    }

    /// <summary>
    /// Whether transactions may be booked together. The limits hold after the last of them, so
    /// that a reversal and what takes its place need not be covered one by one.
    /// </summary>
    public static BookingVerdict Judge(LedgerState state, ImmutableArray<Transaction> linked)
    {
        var after = state;
        var repeated = 0;
        foreach (var transaction in linked)
        {
            var verdict = JudgeAlone(after, transaction);
            if (verdict == BookingVerdict.AlreadyBooked)
            {
                repeated++;
                continue;
            }

            if (verdict != BookingVerdict.Accepted)
            {
                return verdict;
            }

            after = after.With(new Booked([transaction]));
        }

        // Some of them without the others were never booked together.
        return linked.IsEmpty ? BookingVerdict.NoPostings
            : repeated == linked.Length ? BookingVerdict.AlreadyBooked
            : repeated > 0 ? BookingVerdict.KeyConflict
            : HoldsLimits(after, linked) ? BookingVerdict.Accepted
            : BookingVerdict.LimitPassed;
    }

    /// <summary>Whether a transaction may be reserved: as if it were booked now.</summary>
    public static BookingVerdict JudgeReservation(LedgerState state, Transaction transaction)
    {
        var key = transaction.IdempotencyKey;
        if (state.Pending.TryGetValue(key, out var standing))
        {
            return Judge(transaction, standing.Transaction);
        }

        if (state.Ended.ContainsKey(key))
        {
            return BookingVerdict.KeyConflict;
        }

        var verdict = JudgeAlone(state, transaction);
        return verdict != BookingVerdict.Accepted ? verdict
            : HoldsLimits(state.With(new Reserved(transaction, 0)), [transaction])
                ? BookingVerdict.Accepted
            : BookingVerdict.LimitPassed;
    }

    /// <summary>Whether a reservation may come to that end: once, and to one.</summary>
    public static StepVerdict Judge(LedgerState state, Resolved step) =>
        state.Ended.TryGetValue(step.Key, out var ended)
            ? ended == step.Outcome ? StepVerdict.AlreadyDone : StepVerdict.EndedOtherwise
        : !state.Pending.TryGetValue(step.Key, out var reserved) ? StepVerdict.Unknown
        : step.Outcome == Outcome.Posted && !MayBook(state, reserved.Transaction)
            ? StepVerdict.PeriodClosed
        : StepVerdict.Accepted;

    /// <summary>A period goes on step by step and never back.</summary>
    public static StepVerdict Judge(LedgerState state, PeriodMoved step)
    {
        var now = state.StateOf(step.PeriodId);
        return now == step.To ? StepVerdict.AlreadyDone
            : (int)now + 1 == (int)step.To ? StepVerdict.Accepted
            : StepVerdict.OutOfOrder;
    }

    /// <summary>The reservations whose time is over, in the order of their keys.</summary>
    public static ImmutableArray<BookEvent> Expire(LedgerState state, long nowMs) =>
    [
        .. state.Pending.Where(pair => pair.Value.ExpiresMs <= nowMs)
            .OrderBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => new Resolved(pair.Key, Outcome.Expired)),
    ];

    private static BookingVerdict JudgeAlone(LedgerState state, Transaction transaction)
    {
        var key = transaction.IdempotencyKey;
        var verdict = Judge(transaction, state.Entries.GetValueOrDefault(key));
        return verdict != BookingVerdict.Accepted ? verdict
            : state.Pending.ContainsKey(key) || state.Ended.ContainsKey(key)
                ? BookingVerdict.KeyConflict
            : !MayBook(state, transaction) ? BookingVerdict.PeriodClosed
            : JudgeReversal(state, transaction);
    }

    private static BookingVerdict JudgeReversal(LedgerState state, Transaction transaction) =>
        transaction.Reverses is not { } reversed ? BookingVerdict.Accepted
        : !state.Entries.TryGetValue(reversed, out var original) || original.Reverses is not null
            ? BookingVerdict.NothingToReverse
        : state.ReversedBy.ContainsKey(reversed) ? BookingVerdict.AlreadyReversed
        : !transaction.IsReversalOf(original) ? BookingVerdict.InexactReversal
        : BookingVerdict.Accepted;

    private static bool MayBook(LedgerState state, Transaction transaction) =>
        state.StateOf(transaction.PeriodId)
            <= LastStates.GetValueOrDefault(transaction.Kind, PeriodState.Open);

    private static bool HoldsLimits(LedgerState state, ImmutableArray<Transaction> touched) =>
        touched.SelectMany(transaction => transaction.Postings).Select(Place.Of).All(place =>
            SideOf(place) switch
            {
                AccountSide.Debit => state.Balances[place].FreeDebit >= 0,
                AccountSide.Credit => state.Balances[place].FreeCredit >= 0,
                _ => true,
            });

    private static AccountSide? SideOf(Place place) =>
        Accounts.SideOf(place.Account, place.Asset.Kind);

    private static bool SumsToZero(ImmutableArray<Posting> postings) =>
        postings.GroupBy(posting => posting.Asset).All(group =>
            group.SumWide(posting => posting.Amount) == 0);
}
