using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;

namespace Monitoring.Server.Engine;

/// <summary>What a contract and its cluster mean for the fund and its ledger.</summary>
public static class FundClauses
{
    public static FundTerms TermsOf(Contract contract, ClusterMap cluster) => new()
    {
        Currency = contract.Currency.Code,
        Allowances = new AllowanceTerms
        {
            Bubble = contract.Bubble.Id,
            Pollutant = contract.Bubble.Pollutant,
            ZonesOfMember = cluster.Sources.GroupBy(source => source.Member)
                .ToImmutableDictionary(
                    group => group.Key,
                    group => group.Select(source => source.Zone).ToImmutableHashSet()),
        },
    };

    /// <summary>
    /// What the books are asked when a period is settled: its steps, and the charges. Their ids
    /// follow from the period, so a hub that died between can ask again.
    /// </summary>
    public static ImmutableArray<FundRequest> RequestsOf(
        Contract contract, PeriodSettlement settlement, Transaction? entry, FundTerms terms,
        long nowMs)
    {
        var period = settlement.PeriodId;
        FundRequest Step(PeriodState to) => new(
            $"{to}/{contract.Id}/{period}", new FundCommand.MovePeriod(period, to));
        var dueMs = nowMs + (terms.PayDays * Ageing.DayMs);
        return
        [
            Step(PeriodState.Closing), Step(PeriodState.Noticed),
            .. entry is null ? [] : (FundRequest[])
            [
                new FundRequest(
                    $"charges/{contract.Id}/{period}",
                    new FundCommand.BookCharges(period, entry, DuesOf(settlement), dueMs)),
            ],
            Step(PeriodState.Final),
        ];
    }

    /// <summary>What each member owes by a settlement.</summary>
    public static ImmutableArray<MemberDue> DuesOf(PeriodSettlement settlement) =>
    [
        .. settlement.Charges.Select(charge =>
            new MemberDue(charge.Id, charge.Member, charge.MinorUnits, 0, "")),
    ];
}
