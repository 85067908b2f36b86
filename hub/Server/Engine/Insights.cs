using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Settlement;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>The levers and the tightest limits of periods, from what the books hold.</summary>
public sealed class Insights(
    Books books, ClusterMap cluster, ProfileSet profiles, ContractVersions versions)
{
    /// <summary>Of settled periods that begin in a span; of more than so many the newest.</summary>
    public ImmutableArray<PeriodInsight> Settled(long fromMs, long untilMs, int max)
    {
        var state = books.Journal.Read().State;
        var (before, settled) = new LedgerBook(books).StandingIn(
            versions.Newest.Id, fromMs, untilMs, max);
        var insights = ImmutableArray.CreateBuilder<PeriodInsight>();
        foreach (var one in settled)
        {
            if (versions.Parse(one.PeriodId) is { } period)
            {
                var contract = versions.Of(one.ContractHash) ?? versions.At(period.Start);
                insights.Add(PeriodInsights.Of(
                    contract, period, one, before, state, ZoneKeys.Of(cluster, contract)));
            }

            before = one;
        }

        return insights.ToImmutable();
    }

    /// <summary>
    /// Of a period that runs, as it would be settled if it ended as it is forecast.
    /// </summary>
    public PeriodInsight Expected(Period period)
    {
        var contract = versions.At(period.Start);
        var reckoning = new PeriodReckoning(
            new FactBook(books), new LedgerBook(books), cluster, profiles, versions);
        var expected = SettlementRules.Settle(
            contract, period, PeriodFacts.Of([.. MassesOf(contract, period)]),
            reckoning.StandingOf(contract, period));
        return PeriodInsights.Of(
            contract, period, expected, before: null, books.Journal.Read().State,
            ZoneKeys.Of(cluster, contract));
    }

    // What each source emitted so far, as much more as its member's forecast says.
    private IEnumerable<EmittedMass> MassesOf(Contract contract, Period period)
    {
        var reader = new BookReader(books.Database);
        foreach (var source in new FactBook(books).MassesOf(contract, period).Masses
            .Where(mass => contract.Bubble.Period.Counts(mass.Start))
            .GroupBy(mass => (mass.Source, mass.Member, mass.Pollutant)))
        {
            var quota = reader.QuotaOf(contract.Id, source.Key.Member, period.Id);
            var sum = source.Sum(mass => mass.Milligrams);
            yield return new EmittedMass(
                source.Key.Source, source.Key.Source, source.Key.Member,
                source.Key.Pollutant, source.First().Start, period.End,
                quota is { UsedMg: > 0, ForecastMg: { } forecast }
                    ? Rounding.Quotient((Int128)sum * forecast, quota.UsedMg)
                    : sum);
        }
    }
}
