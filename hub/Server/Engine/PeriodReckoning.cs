using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>Settles a period from what the books hold now. It writes nothing.</summary>
public sealed class PeriodReckoning(
    FactBook facts, LedgerBook ledger, ClusterMap cluster, ProfileSet profiles, Contract contract)
{
    public FundTerms Terms { get; } = FundClauses.TermsOf(contract, cluster);

    /// <param name="standing">The settlement that holds, if there is one.</param>
    /// <param name="isFinal">Then what members held stays as it was.</param>
    /// <returns>The one that holds where it would come out the same.</returns>
    public SettledPeriod Of(Period period, PeriodSettlement? standing, bool isFinal)
    {
        var (known, seen) = facts.MassesOf(contract, period);
        return new SettledPeriod(
            period, contract.Bubble.Pollutant,
            Of(period, PeriodFacts.Of(known), standing, isFinal), seen);
    }

    /// <summary>The entry of its charges; null where nobody pays.</summary>
    public Transaction? EntryOf(PeriodSettlement settlement) =>
        FundPostings.ForCharges(contract, settlement, ZoneKeys.Of(cluster));

    /// <summary>The entry of its charges in place of others.</summary>
    public Transaction? EntryOf(PeriodSettlement settlement, string openPeriodId) =>
        FundPostings.ForRestatement(contract, settlement, ZoneKeys.Of(cluster), openPeriodId);

    private PeriodSettlement Of(
        Period period, PeriodFacts masses, PeriodSettlement? standing, bool isFinal)
    {
        var known = isFinal && standing is not null
            ? PeriodStanding.Plain with
            {
                WindowsExpected = WindowsExpected(period), Accounts = standing.Accounts,
            }
            : StandingOf(period);
        if (standing is null)
        {
            return SettlementRules.Settle(contract, period, masses, known);
        }

        var again = SettlementRules.Settle(
            contract, period, masses, known with { Replaces = standing.Replaces });
        return again.Id == standing.Id
            ? standing
            : SettlementRules.Settle(
                contract, period, masses, known with { Replaces = standing.Id });
    }

    private PeriodStanding StandingOf(Period period)
    {
        var holdings = contract.Bubble.HoldingsIn(period);
        var standing = PeriodStanding.Plain with { WindowsExpected = WindowsExpected(period) };
        // Without these clauses nothing is carried, and nothing needs to be looked up.
        var after = contract.Bank == BankRule.None && contract.MakeGood is null
            ? standing
            : standing.After(
                ledger.CarriedInto(contract.Id, period.Start.ToUnixTimeMilliseconds()), holdings);
        var books = ledger.Books().Ledger;
        return after.Holding(
            member => AllowanceMoves.HeldOf(
                books, Terms.Allowances, member, FundClauses.VintageOf(period)),
            holdings);
    }

    private Dictionary<string, int> WindowsExpected(Period period) => contract.Parties
        .ToDictionary(
            party => party.Member,
            party => cluster.Sources
                .Where(source => source.Member == party.Member && source.Holds(period.Start)
                    && source.Quantities.Any(it => it.Quantity == contract.Bubble.Pollutant))
                .Sum(source => (int)(period.Length / profiles[source.Profile].Window)));
}
