using System.Collections.Immutable;

namespace Monitoring.Core.Ledger;

/// <summary>What an account holds of an asset.</summary>
/// <param name="Debits">The sum of its debits, not below 0.</param>
/// <param name="Credits">The sum of its credits, not below 0.</param>
public sealed record Balance(string Account, Asset Asset, long Debits, long Credits)
{
    /// <summary>Debits less credits.</summary>
    public long Net => Debits - Credits;
}

/// <summary>Balances follow from the transactions and from nothing else.</summary>
public static class Balances
{
    /// <summary>In the order of account and asset.</summary>
    public static ImmutableArray<Balance> Of(IEnumerable<Transaction> transactions) =>
    [
        .. transactions.SelectMany(transaction => transaction.Postings)
            .GroupBy(posting => (posting.Account, posting.Asset))
            .Select(group => new Balance(
                group.Key.Account, group.Key.Asset,
                group.Sum(posting => Math.Max(0, posting.Amount)),
                group.Sum(posting => Math.Max(0, -posting.Amount))))
            .OrderBy(balance => balance.Account, StringComparer.Ordinal)
            .ThenBy(balance => balance.Asset.ToString(), StringComparer.Ordinal),
    ];
}
