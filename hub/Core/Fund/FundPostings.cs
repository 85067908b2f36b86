using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Wire;

namespace Monitoring.Core.Fund;

/// <summary>
/// Books the charges of a settlement into the fund: each payer owes its charge; the local part
/// goes to the zones where the payer's own sources' emissions come down, by mass.
/// </summary>
public static class FundPostings
{
    public const string KindCharge = "charge";

    /// <summary>Of a period that is not final yet.</summary>
    public const string KindCorrection = "correction";

    /// <summary>Of a period that was final.</summary>
    public const string KindRestatement = "restatement";

    /// <summary>One balanced transaction, or null where nobody pays.</summary>
    public static Transaction? ForCharges(
        Contract contract, PeriodSettlement settlement,
        IReadOnlyDictionary<string, ZoneKey> keyBySource) =>
        Of(contract, settlement, keyBySource,
            $"{KindCharge}/{contract.Id}/{settlement.PeriodId}", KindCharge,
            settlement.PeriodId);

    /// <summary>
    /// The charges of a period settled again: in its own books until it is final, and then in
    /// those of a period that is open. Null where nobody pays any more.
    /// </summary>
    public static Transaction? ForRestatement(
        Contract contract, PeriodSettlement settlement,
        IReadOnlyDictionary<string, ZoneKey> keyBySource, string openPeriodId)
    {
        var kind = KindOfChange(settlement.PeriodId, openPeriodId);
        return Of(
            contract, settlement, keyBySource,
            $"{kind}/{contract.Id}/{settlement.PeriodId}/{settlement.Id}", kind, openPeriodId);
    }

    internal static string KindOfChange(string periodId, string openPeriodId) =>
        periodId == openPeriodId ? KindCorrection : KindRestatement;

    private static Transaction? Of(
        Contract contract, PeriodSettlement settlement,
        IReadOnlyDictionary<string, ZoneKey> keyBySource, string key, string kind, string periodId)
    {
        Invariant.That(settlement.ContractHash == contract.Hash);
        Invariant.That(keyBySource.Values.All(it => it.IsWhole));
        if (settlement.Charges.IsEmpty)
        {
            return null;
        }

        var parts = Parts(contract, settlement);
        var asset = Asset.Money(contract.Currency.Code);
        var postings = ImmutableArray.CreateBuilder<Posting>();
        foreach (var part in parts)
        {
            var charge = part.Charge;
            var lot = new Lot(charge.Member, contract.Bubble.Pollutant, settlement.PeriodId)
                .ToString();
            void Fill(string account, long amount)
            {
                if (amount != 0)
                {
                    postings.Add(
                        new Posting(account, asset, -amount, charge.Id) { Lot = lot });
                }
            }

            postings.Add(new Posting(
                Accounts.Receivable(charge.Member), asset, charge.MinorUnits, charge.Id));
            foreach (var (zone, amount) in ByZone(part, settlement, keyBySource))
            {
                Fill(Accounts.Local(zone), amount);
            }

            Fill(Accounts.Programme, part.Programme);
            Fill(Accounts.Reserve, part.Reserve);
        }

        postings.AddRange(settlement.Refunds.Where(refund => refund.MinorUnits > 0)
            .Select(refund => new Posting(
                Accounts.Receivable(refund.Member), asset, -refund.MinorUnits, "")));

        return Transaction.Of(key, kind, periodId, postings.ToImmutable());
    }

    // What is not given back is split once, as the contract says; then each purpose is shared
    // among payers, out of what is left of each charge. So every column and every row sums
    // exactly.
    private static ImmutableArray<PartsOfCharge> Parts(
        Contract contract, PeriodSettlement settlement)
    {
        var charges = settlement.Charges;
        var fund = contract.Fund;
        var kept = settlement.TotalMinorUnits
            - settlement.Refunds.Sum(refund => refund.MinorUnits);
        long[] paid = [.. charges.Select(charge => charge.MinorUnits)];
        var stays = LargestRemainder.Split(kept, paid);
        var totals = LargestRemainder.Split(
            kept, [fund.LocalPercent, fund.ProgrammePercent, fund.ReservePercent]);
        var local = LargestRemainder.Split(totals[0], stays);
        long[] left = [.. stays.Select((amount, i) => amount - local[i])];
        var programme = LargestRemainder.Split(totals[1], left);
        return
        [
            .. charges.Select((charge, i) => new PartsOfCharge(
                charge, local[i], programme[i], left[i] - programme[i])),
        ];
    }

    private static IEnumerable<(string Zone, long Amount)> ByZone(
        PartsOfCharge part, PeriodSettlement settlement,
        IReadOnlyDictionary<string, ZoneKey> keyBySource)
    {
        var zones = WeightsOf(part.Charge.Member, settlement, keyBySource)
            .SelectMany(source => keyBySource[source.Key].Shares.Select(share =>
                (share.Zone, Weight: source.Value * share.Parts)))
            .GroupBy(share => share.Zone)
            .OrderBy(zone => zone.Key, StringComparer.Ordinal)
            .Select(zone => (Zone: zone.Key, Weight: zone.SumWide(share => share.Weight)))
            .ToList();
        var amounts = LargestRemainder.Split(part.Local, [.. zones.Select(zone => zone.Weight)]);
        return zones.Select((zone, i) => (zone.Zone, amounts[i]));
    }

    // Who owes from before pays although it emitted nothing: its own sources count alike then;
    // where none of them was heard, those of the others by mass, and at last all that are known.
    private static Dictionary<string, Int128> WeightsOf(
        string member, PeriodSettlement settlement,
        IReadOnlyDictionary<string, ZoneKey> keyBySource)
    {
        SourceMass[] own = [.. settlement.Sources.Where(source => source.Member == member)];
        SourceMass[] heard = own.Length > 0 ? own : [.. settlement.Sources];
        return heard.Length == 0 ? keyBySource.Keys.ToDictionary(source => source, _ => (Int128)1)
            : heard.GroupBy(source => source.Source).ToDictionary(
                group => group.Key,
                group => heard.All(source => source.Milligrams == 0)
                    ? 1
                    : group.SumWide(source => source.Milligrams));
    }

    private sealed record PartsOfCharge(Charge Charge, long Local, long Programme, long Reserve);
}
