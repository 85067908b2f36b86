using System.Collections.Immutable;
using Monitoring.Core.Ledger;

namespace Monitoring.Core.Fund;

/// <summary>Money of one origin in one account of the fund.</summary>
/// <param name="FreeMinor">What of it nobody has spoken for.</param>
/// <param name="PromisedMinor">What of it is reserved.</param>
public sealed record LotBalance(Place Place, Lot Lot, long FreeMinor, long PromisedMinor);

/// <summary>Which money may be spent on what. What is not here cannot be written down.</summary>
public static class Lots
{
    /// <summary>All lots of the fund, oldest period first.</summary>
    public static IEnumerable<LotBalance> Of(LedgerState ledger) =>
        ledger.Balances
            .Where(pair => pair.Key.Lot.Length > 0)
            .Select(pair => new LotBalance(
                pair.Key, Lot.Parse(pair.Key.Lot)!, (long)pair.Value.FreeCredit,
                (long)pair.Value.PendingDebits))
            .OrderBy(lot => lot.Lot.PeriodId, StringComparer.Ordinal)
            .ThenBy(lot => lot.Lot.Payer, StringComparer.Ordinal)
            .ThenBy(lot => lot.Place.Account, StringComparer.Ordinal);

    /// <summary>
    /// Takes an amount for a project out of the lots that may be used for it, the oldest first,
    /// and at most the contract's part of what its beneficiary, or whose source it is about, paid.
    /// </summary>
    /// <returns>Postings that debit lots; null where they do not hold as much.</returns>
    public static ImmutableArray<Posting>? Draw(
        LedgerState ledger, FundTerms terms, Programme programme, Project project, long amount)
    {
        var left = amount;
        var ownLeft = (long)((Int128)amount * terms.SelfPercent / 100);
        var owners = terms.OwnersOf?.GetValueOrDefault(project.Source) ?? [];
        var draws = ImmutableArray.CreateBuilder<Posting>();
        foreach (var lot in Of(ledger).Where(lot => MayPay(lot, programme, project)))
        {
            var isOwn = lot.Lot.Payer == project.Beneficiary || owners.Contains(lot.Lot.Payer);
            var part = Math.Min(left, isOwn ? Math.Min(ownLeft, lot.FreeMinor) : lot.FreeMinor);
            if (part <= 0)
            {
                continue;
            }

            draws.Add(new Posting(lot.Place.Account, lot.Place.Asset, part, "")
            {
                Lot = lot.Place.Lot,
            });
            left -= part;
            ownLeft -= isOwn ? part : 0;
        }

        return left == 0 ? draws.ToImmutable() : null;
    }

    private static bool MayPay(LotBalance lot, Programme programme, Project project) =>
        (programme.Purpose, programme.Zone) switch
        {
            (Purpose.Administration, _) => lot.Place.Account == Accounts.Programme,
            (Purpose.Emergency, _) => lot.Place.Account == Accounts.Reserve,
            (_, { } zone) => lot.Place.Account == Accounts.Local(zone) && zone == project.Zone
                && lot.Lot.Pollutant == programme.Pollutant,
            (_, null) => lot.Place.Account == Accounts.Programme
                && lot.Lot.Pollutant == programme.Pollutant,
        };
}
