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

    Accepted,
}

/// <summary>The rules of the double-entry ledger.</summary>
public static class LedgerRules
{
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
            : !postings.All(IsKnownAccount) ? BookingVerdict.UnknownAccount
            : postings.Select(posting => posting.Asset.Kind).Distinct().Count() > 1
                ? BookingVerdict.MixedAssetKinds
            : !SumsToZero(postings) ? BookingVerdict.Unbalanced
            : BookingVerdict.Accepted;
    }

    private static bool SumsToZero(ImmutableArray<Posting> postings) =>
        postings.GroupBy(posting => posting.Asset).All(group =>
            group.Aggregate((Int128)0, (sum, posting) => sum + posting.Amount) == 0);

    private static bool IsKnownAccount(Posting posting) =>
        (posting.Asset.Kind, posting.Account.Split(':')) switch
        {
            (AssetKind.Money, ["member", var member, "receivable"]) => Identifier.IsValid(member),
            (AssetKind.Money, ["fund", "local", var zone]) => Identifier.IsValid(zone),
            (AssetKind.Money, ["fund", "programme"] or ["fund", "reserve"]) => true,
            (AssetKind.Mass, ["member", var member, "holding"]) => Identifier.IsValid(member),
            (AssetKind.Mass, ["bubble", var bubble, "cap"]) => Identifier.IsValid(bubble),
            _ => false,
        };
}
