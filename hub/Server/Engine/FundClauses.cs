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
    private const int BasisPointsPerPercent = 100;

    /// <summary>Every clause that ledger or fund act by; its words decide.</summary>
    public static FundTerms TermsOf(Contract contract, ClusterMap cluster) => new()
    {
        Currency = contract.Currency.Code,
        LocalFloorPercent = contract.Fund.LocalMinPercent,
        AdministrationPercent = contract.Fund.AdminMaxPercent,
        SelfPercent = contract.Fund.SelfMaxPercent,
        ScoreMin = contract.Fund.ScoreMin,
        InterestBasisPoints =
            (int)(contract.Late.InterestPercentPerYear * BasisPointsPerPercent),
        PublishAfterDays = contract.Late.IsPublished ? 1 : null,
        PlanAfterDays = contract.Late.PlanWithinDays > 0 ? contract.Late.PlanWithinDays : null,
        SuspendTradeAfterDays = contract.Late.IsTradingSuspended ? 1 : null,
        Allowances = AllowancesOf(contract, cluster),
    };

    /// <summary>The name of a period among vintages.</summary>
    public static string VintageOf(Period period) => period.Id[(period.Bubble.Length + 1)..];

    /// <summary>
    /// What the books are asked when a period is settled: its steps, and the charges. Their ids
    /// follow from the period, so a hub that died between can ask again.
    /// </summary>
    public static ImmutableArray<FundRequest> RequestsOf(
        Contract contract, Period period, PeriodSettlement settlement, Transaction? entry,
        long nowMs)
    {
        FundRequest Step(PeriodState to) => new(
            $"{to}/{contract.Id}/{period.Id}", new FundCommand.MovePeriod(period.Id, to));
        var dues = DuesOf(contract, period, settlement);
        return
        [
            Step(PeriodState.Closing), Step(PeriodState.Noticed),
            .. entry is null && dues.IsEmpty ? [] : (FundRequest[])
            [
                new FundRequest(
                    $"charges/{contract.Id}/{period.Id}",
                    new FundCommand.BookCharges(
                        period.Id, entry, dues, DueMs(contract, period, nowMs))),
            ],
            Step(PeriodState.Final),
        ];
    }

    /// <summary>What each member owes, in money and out of its next holding.</summary>
    public static ImmutableArray<MemberDue> DuesOf(
        Contract contract, Period period, PeriodSettlement settlement)
    {
        var charges = settlement.Charges.ToDictionary(charge => charge.Member);
        var next = VintageOf(period.Next(contract));
        return
        [
            .. settlement.Members
                .Where(member => charges.ContainsKey(member.Member) || member.MakeGoodGrams > 0)
                .Select(member => DueOf(member, charges.GetValueOrDefault(member.Member), next)),
        ];
    }

    /// <summary>
    /// The first instant at which a charge is late: by the calendar, and never sooner after it
    /// was told than the calendar leaves between the two.
    /// </summary>
    public static long DueMs(Contract contract, Period period, long toldMs)
    {
        var dates = ContractDates.Of(contract, period);
        return Math.Max(
            dates.Pay.ToUnixTimeMilliseconds(),
            toldMs + (long)(dates.Pay - dates.Notice).TotalMilliseconds);
    }

    private static MemberDue DueOf(MemberVerdict member, Charge? charge, string next) => new(
        charge?.Id ?? "", member.Member, charge?.MinorUnits ?? 0, member.MakeGoodGrams, next);

    private static AllowanceTerms AllowancesOf(Contract contract, ClusterMap cluster)
    {
        var (trade, bank) = (contract.Trade, contract.Bank);
        return new AllowanceTerms
        {
            Bubble = contract.Bubble.Id,
            Pollutant = contract.Bubble.Pollutant,
            IsTradeAllowed = trade.IsAllowed,
            TransferRatio = new Ratio(trade.RatioThousandths, 1_000),
            DeniedDirections =
                [.. trade.Denied.Select(denied => (denied.FromZone, denied.ToZone))],
            ZonesOfMember = cluster.Sources.GroupBy(source => source.Member)
                .ToImmutableDictionary(
                    group => group.Key,
                    group => group.Select(source => source.Zone).ToImmutableHashSet()),
            // What all have to agree to, an officer writes down when they have.
            Approval = trade.Approval switch
            {
                "none" => Approval.None,
                "all" => Approval.Officer,
                _ => Approval.Counterparty,
            },
            VintageOf = vintage => VintageOf(contract, vintage),
            Banking = bank.Kind switch
            {
                BankKind.Free => Banking.Free,
                BankKind.FlowControl => Banking.FlowControl,
                _ => Banking.None,
            },
            FreeBankPercent = bank.FreePercent,
            BeyondThousandths = bank.BeyondThousandths,
            IsOldestFirst = bank.IsOldestFirst,
            BorrowPercent = bank.BorrowPercent,
        };
    }

    private static VintageTerms? VintageOf(Contract contract, string vintage) =>
        Period.Parse(contract, $"{contract.Bubble.Id}/{vintage}") is not { } period
            ? null
            : new VintageTerms(
                ContractDates.TradeUntil(contract, period).ToUnixTimeMilliseconds(),
                contract.Bubble.CapIn(period),
                contract.Bubble.HoldingsIn(period).ToImmutableDictionary(
                    holding => holding.Member, holding => holding.Grams));
}
