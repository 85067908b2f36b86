using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire;

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
        var masses = PeriodFacts.Of(known);
        var (books, rows) = ledger.Journal();
        var reported = ActivityIn(books, contract, period, masses);
        Invariant.That(reported.Missing.IsEmpty || standing is not null);

        // Without it nothing can be said; what is settled stays until somebody tells.
        return new SettledPeriod(
            period, string.Join(' ', contract.Bubble.Pollutants),
            reported.Missing.IsEmpty
                ? Of(contract, period, masses, standing, isFinal, reported.Known)
                : standing!, seen)
        {
            JournalRows = contract.AsksActivity ? rows : null,
        };
    }

    /// <summary>How far the journal is.</summary>
    public long JournalRows => ledger.Journal().Rows;

    /// <summary>What has to be reported before a period can be settled; empty: nothing.</summary>
    public ImmutableArray<MissingActivity> MissingIn(Contract contract, Period period) =>
        contract.AsksActivity
            ? ActivityIn(
                ledger.Books(), contract, period,
                PeriodFacts.Of(facts.MassesOf(contract, period).Masses)).Missing
            : [];

    /// <summary>Settled periods that rest on other reports of activity than there are.</summary>
    public IEnumerable<Period> ReportedAnew()
    {
        var books = ledger.Books();
        foreach (var period in books.Activities.Values.Select(report => report.PeriodId).Distinct()
            .Select(versions.Parse).OfType<Period>())
        {
            if (versions.At(period.Start) is { AsksActivity: true } contract
                && ledger.StandingOf(contract.Id, period.Id) is var (settled, _)
                && !settled.Activities.SequenceEqual(
                    ActivityIn(books, contract, period, PeriodFacts.Of([])).Known))
            {
                yield return period;
            }
        }
    }

    private static ReportedActivity ActivityIn(
        FundState books, Contract contract, Period period, PeriodFacts masses) =>
        contract.AsksActivity
            ? ActivityRules.In(books, contract, period, masses)
            : new ReportedActivity([], []);

    /// <summary>The entry of its charges; null where nobody pays.</summary>
    public Transaction? EntryOf(Contract contract, PeriodSettlement settlement) =>
        FundPostings.ForCharges(contract, settlement, ZoneKeys.Of(cluster, contract));

    /// <summary>The entry of its charges in place of others.</summary>
    public Transaction? EntryOf(
        Contract contract, PeriodSettlement settlement, string openPeriodId) =>
        FundPostings.ForRestatement(
            contract, settlement, ZoneKeys.Of(cluster, contract), openPeriodId);

    private PeriodSettlement Of(
        Contract contract, Period period, PeriodFacts masses, PeriodSettlement? standing,
        bool isFinal, ImmutableArray<Activity> activities)
    {
        var known = (isFinal && standing is not null
            ? FinalStandingOf(contract, period, standing)
            : StandingOf(contract, period)) with
        {
            Activities = activities,
        };
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

    /// <summary>
    /// What members hold of a period now, after all sales, what they carry, and what they told
    /// by now that they made.
    /// </summary>
    public PeriodStanding StandingOf(Contract contract, Period period) =>
        AccountsOf(contract, period) with
        {
            WindowsExpected = WindowsExpected(contract, period),
        };

    private PeriodStanding AccountsOf(Contract contract, Period period)
    {
        var holdings = contract.Bubble.HoldingsIn(period);
        var books = ledger.Books();
        return PeriodStanding.Plain.After(CarriedInto(contract, period), holdings).Holding(
            member => AllowanceMoves.HeldOf(
                books.Ledger, Terms.Allowances, member, FundClauses.VintageOf(period)),
            holdings) with
        {
            Activities = ActivityIn(books, contract, period, PeriodFacts.Of([])).Known,
        };
    }

    private Dictionary<string, int> WindowsExpected(Contract contract, Period period) =>
        contract.Parties.ToDictionary(
            party => party.Member,
            party => cluster.Sources
                .Where(source => source.Member == party.Member && source.Holds(period.Start)
                    && source.Quantities.Any(it => contract.Bubble.WeightOf(it.Quantity) > 0))
                .Sum(source => (int)(period.Length / profiles[source.Profile].Window)
                    * source.Quantities.Count(it => contract.Bubble.WeightOf(it.Quantity) > 0)));
}
