using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// Settles a period, by the contract that is its own, from what the books hold now. It writes
/// nothing.
/// </summary>
public sealed class PeriodReckoning(
    FactBook facts, LedgerBook ledger, ClusterMap cluster, ProfileSet profiles,
    ContractVersions versions)
{
    public ContractVersions Versions => versions;

    public FundTerms Terms { get; } = FundClauses.TermsOf(versions, cluster);

    /// <param name="standing">The settlement that holds, if there is one.</param>
    /// <param name="isFinal">Then what members held stays as it was.</param>
    /// <returns>The one that holds where it would come out the same.</returns>
    public SettledPeriod Of(
        Contract contract, Period period, PeriodSettlement? standing, bool isFinal)
    {
        var (known, seen) = facts.MassesOf(contract, period);
        return new SettledPeriod(
            period, contract.Bubble.Pollutant,
            Of(contract, period, PeriodFacts.Of(known), standing, isFinal), seen);
    }

    /// <summary>The entry of its charges; null where nobody pays.</summary>
    public Transaction? EntryOf(Contract contract, PeriodSettlement settlement) =>
        FundPostings.ForCharges(contract, settlement, ZoneKeys.Of(cluster));

    /// <summary>The entry of its charges in place of others.</summary>
    public Transaction? EntryOf(
        Contract contract, PeriodSettlement settlement, string openPeriodId) =>
        FundPostings.ForRestatement(contract, settlement, ZoneKeys.Of(cluster), openPeriodId);

    private PeriodSettlement Of(
        Contract contract, Period period, PeriodFacts masses, PeriodSettlement? standing,
        bool isFinal)
    {
        var known = isFinal && standing is not null
            ? FinalStandingOf(contract, period, standing)
            : StandingOf(contract, period);
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

    // What members held stays as it was; what an earlier period left them may have been put right.
    private PeriodStanding FinalStandingOf(
        Contract contract, Period period, PeriodSettlement standing)
    {
        var then = PeriodStanding.Plain with
        {
            WindowsExpected = WindowsExpected(contract, period), Accounts = standing.Accounts,
        };
        return CarriedInto(contract, period) is { IsEmpty: false } carried
            ? then.Carrying(carried, contract.Bubble.HoldingsIn(period))
            : then;
    }

    // Without these clauses nothing is carried, and nothing needs to be looked up.
    private ImmutableArray<CarryOver> CarriedInto(Contract contract, Period period) =>
        contract.Bank == BankRule.None && contract.MakeGood is null
            ? []
            : ledger.CarriedInto(contract.Id, period.Start.ToUnixTimeMilliseconds());

    /// <summary>What members and bubble may emit in a period as the books stand.</summary>
    public QuotaLimits LimitsOf(Contract contract, Period period) =>
        StandingLimits.Of(contract, period, AccountsOf(contract, period));

    /// <summary>What members hold of a period now, after all sales, and what they carry.</summary>
    public PeriodStanding StandingOf(Contract contract, Period period) =>
        AccountsOf(contract, period) with
        {
            WindowsExpected = WindowsExpected(contract, period),
        };

    private PeriodStanding AccountsOf(Contract contract, Period period)
    {
        var holdings = contract.Bubble.HoldingsIn(period);
        var books = ledger.Books().Ledger;
        return PeriodStanding.Plain.After(CarriedInto(contract, period), holdings).Holding(
            member => AllowanceMoves.HeldOf(
                books, Terms.Allowances, member, FundClauses.VintageOf(period)),
            holdings);
    }

    private Dictionary<string, int> WindowsExpected(Contract contract, Period period) =>
        contract.Parties.ToDictionary(
            party => party.Member,
            party => cluster.Sources
                .Where(source => source.Member == party.Member && source.Holds(period.Start)
                    && source.Quantities.Any(it => it.Quantity == contract.Bubble.Pollutant))
                .Sum(source => (int)(period.Length / profiles[source.Profile].Window)));
}
