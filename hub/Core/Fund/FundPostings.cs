using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Wire;

namespace Monitoring.Core.Fund;

/// <summary>
/// Books the charges of a settlement into the fund: each payer owes its charge; the local part
/// goes to the zones of the payer's own sources, by the mass that each emitted in the period.
/// </summary>
public static class FundPostings
{
    public const string KindCharge = "charge";
    public const string AccountProgramme = "fund:programme";
    public const string AccountReserve = "fund:reserve";

    public static string AccountReceivable(string member) => $"member:{member}:receivable";

    public static string AccountLocal(string zone) => $"fund:local:{zone}";

    /// <summary>One balanced transaction, or null where nobody pays.</summary>
    /// <param name="zoneBySource">The zone in which each source stands.</param>
    public static Transaction? ForCharges(
        Contract contract, PeriodSettlement settlement,
        IReadOnlyDictionary<string, string> zoneBySource)
    {
        Invariant.That(settlement.ContractHash == contract.Hash);
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
            void Add(string account, long amount)
            {
                if (amount != 0)
                {
                    postings.Add(new Posting(account, asset, amount, charge.Id));
                }
            }

            Add(AccountReceivable(charge.Member), charge.MinorUnits);
            foreach (var (zone, amount) in ByZone(part, settlement, zoneBySource))
            {
                Add(AccountLocal(zone), -amount);
            }

            Add(AccountProgramme, -part.Programme);
            Add(AccountReserve, -part.Reserve);
        }

        return Transaction.Of(
            $"{KindCharge}/{contract.Id}/{settlement.PeriodId}", KindCharge, settlement.PeriodId,
            postings.ToImmutable());
    }

    // The total is split once, as the contract says; then each purpose is shared among payers,
    // out of what is left of each charge. So every column and every row sums exactly.
    private static ImmutableArray<PartsOfCharge> Parts(
        Contract contract, PeriodSettlement settlement)
    {
        var charges = settlement.Charges;
        var fund = contract.Fund;
        var totals = LargestRemainder.Split(
            settlement.TotalMinorUnits,
            [fund.LocalPercent, fund.ProgrammePercent, fund.ReservePercent]);
        var local = LargestRemainder.Split(
            totals[0], [.. charges.Select(charge => charge.MinorUnits)]);
        long[] left = [.. charges.Select((charge, i) => charge.MinorUnits - local[i])];
        var programme = LargestRemainder.Split(totals[1], left);
        return
        [
            .. charges.Select((charge, i) => new PartsOfCharge(
                charge, local[i], programme[i], left[i] - programme[i])),
        ];
    }

    private static IEnumerable<(string Zone, long Amount)> ByZone(
        PartsOfCharge part, PeriodSettlement settlement,
        IReadOnlyDictionary<string, string> zoneBySource)
    {
        var zones = settlement.Sources
            .Where(source => source.Member == part.Charge.Member)
            .GroupBy(source => zoneBySource[source.Source])
            .OrderBy(zone => zone.Key, StringComparer.Ordinal)
            .Select(zone => (Zone: zone.Key, Mass: zone.Sum(source => source.Milligrams)))
            .ToList();
        var amounts = LargestRemainder.Split(part.Local, [.. zones.Select(zone => zone.Mass)]);
        return zones.Select((zone, i) => (zone.Zone, amounts[i]));
    }

    private sealed record PartsOfCharge(Charge Charge, long Local, long Programme, long Reserve);
}
