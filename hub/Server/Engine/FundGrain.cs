using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>The fund of one contract; the key is the contract's id.</summary>
public interface IFundGrain : IGrainWithStringKey
{
    /// <summary>
    /// Settles the period that starts then and books its charges; a repeat does nothing.
    /// </summary>
    Task Settle(long periodStartMs);
}

/// <summary>The one writer of a contract's ledger.</summary>
public sealed class FundGrain : Grain, IFundGrain
{
    private readonly FactBook _facts;
    private readonly LedgerBook _ledger;
    private readonly ClusterMap _cluster;
    private readonly ProfileSet _profiles;
    private readonly Contract _contract;
    private readonly TimeProvider _time;
    private readonly ILogger<FundGrain> _log;

    public FundGrain(
        FactBook facts, LedgerBook ledger, ClusterMap cluster, ProfileSet profiles,
        Contract contract, TimeProvider time, ILogger<FundGrain> log)
    {
        _facts = facts;
        _ledger = ledger;
        _cluster = cluster;
        _profiles = profiles;
        _contract = contract;
        _time = time;
        _log = log;
    }

    public Task Settle(long periodStartMs)
    {
        var period = Period.Containing(
            _contract, DateTimeOffset.FromUnixTimeMilliseconds(periodStartMs));
        var terms = FundClauses.TermsOf(_contract, _cluster);
        var (masses, seen) = _facts.MassesOf(_contract, period);
        var settlement = SettlementRules.Settle(
            _contract, period, PeriodFacts.Of(masses), StandingOf(period, terms.Allowances));
        var entry = FundPostings.ForCharges(_contract, settlement, ZoneKeys.Of(_cluster));
        var nowMs = _time.GetUtcNow().ToUnixTimeMilliseconds();
        var answer = _ledger.Book(
            new SettledPeriod(period, _contract.Bubble.Pollutant, settlement, seen),
            FundClauses.RequestsOf(_contract, period, settlement, entry, nowMs), terms, nowMs);
        switch (answer)
        {
            case { IsAccepted: true, Reason: nameof(BookingVerdict.AlreadyBooked) }:
                break;
            case { IsAccepted: true }:
                _log.PeriodSettled(
                    period.Id, settlement.Bubble.EmittedGrams, settlement.Bubble.CapGrams,
                    _contract.Currency.Show(settlement.TotalMinorUnits));
                break;
            default:
                throw new InvalidOperationException(
                    $"{period.Id} cannot be booked: {answer.Reason}. The period stays open.");
        }

        return Task.CompletedTask;
    }

    private PeriodStanding StandingOf(Period period, AllowanceTerms terms)
    {
        var holdings = _contract.Bubble.HoldingsIn(period);
        var standing = PeriodStanding.Plain with { WindowsExpected = WindowsExpected(period) };
        // Without these clauses nothing is carried, and nothing needs to be looked up.
        var after = _contract.Bank == BankRule.None && _contract.MakeGood is null
            ? standing
            : standing.After(
                _ledger.CarriedInto(_contract.Id, period.Start.ToUnixTimeMilliseconds()),
                holdings);
        var books = _ledger.Books().Ledger;
        return after.Holding(
            member => AllowanceMoves.HeldOf(
                books, terms, member, FundClauses.VintageOf(period)),
            holdings);
    }

    private Dictionary<string, int> WindowsExpected(Period period) => _contract.Parties
        .ToDictionary(
            party => party.Member,
            party => _cluster.Sources
                .Where(source => source.Member == party.Member && source.Holds(period.Start)
                    && source.Quantities.Any(it => it.Quantity == _contract.Bubble.Pollutant))
                .Sum(source => (int)(period.Length / _profiles[source.Profile].Window)));
}
