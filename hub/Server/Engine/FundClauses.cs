using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Engine;

/// <summary>What a contract and its cluster mean for the fund and its ledger.</summary>
public static class FundClauses
{
    private const int BasisPointsPerPercent = 100;
    private const string LateFacts = "late-facts";

    /// <summary>
    /// Every clause that ledger or fund act by; the words of the newest version decide, but of a
    /// vintage those of its own.
    /// </summary>
    public static FundTerms TermsOf(ContractVersions versions, ClusterMap cluster)
    {
        var contract = versions.Newest;
        return TermsOf(contract, cluster) with
        {
            PartiesOf = period => PartiesOf(versions, period),
            ActivityIn = period => ActivityIn(versions, cluster, period),
            RestatementIn = period => RestatementIn(versions, period),
            AnswerersIn = period => AnswerersIn(versions, period),
            Allowances = AllowancesOf(contract, cluster) with
            {
                VintageOf = vintage => VintageOf(versions, vintage),
            },
        };
    }

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
        Zone = contract.Bubble.Period.Zone,
        Allowances = AllowancesOf(contract, cluster),
        RestatementIn = period => RestatementIn(ContractVersions.Only(contract), period),
        AnswerersIn = period => AnswerersIn(ContractVersions.Only(contract), period),
        Planners = [.. contract.Parties.Select(party => party.Member)],
        PlanSpanOf = text => PlanSpan.Parse(contract, text) is var (from, until)
            ? (from.ToUnixTimeMilliseconds(), until.ToUnixTimeMilliseconds())
            : null,
        PartiesOf = period => PartiesOf(ContractVersions.Only(contract), period),
        ActivityIn = period => ActivityIn(ContractVersions.Only(contract), cluster, period),
        OwnersOf = cluster.Sources.GroupBy(source => source.Id).ToImmutableDictionary(
            source => source.Key,
            source => source.Select(binding => binding.Member).ToImmutableHashSet()),
    };

    private static ImmutableArray<string> PartiesOf(ContractVersions versions, string id) =>
        versions.Parse(id) is { } period
            ? [.. versions.At(period.Start).Parties.Select(party => party.Member)]
            : [];

    private static ImmutableArray<NoteVerifier> AnswerersIn(ContractVersions versions, string id) =>
        versions.Parse(id) is { } period ? versions.At(period.Start).Law.Answerers : [];

    private static RestatementTerms? RestatementIn(ContractVersions versions, string id) =>
        versions.Parse(id) is { } period && versions.At(period.Start).Correction is var rule
            ? new RestatementTerms(rule.Reasons, UntilMs(rule, period))
            : null;

    private static long? UntilMs(CorrectionRule rule, Period period) =>
        rule.LimitationDays == 0
            ? null
            : period.End.AddDays(rule.LimitationDays).ToUnixTimeMilliseconds();

    private static ActivityTerms? ActivityIn(
        ContractVersions versions, ClusterMap cluster, string id) =>
        versions.Parse(id) is not { } period ? null : new ActivityTerms(
            period.Start.ToUnixTimeMilliseconds(), period.End.ToUnixTimeMilliseconds(),
            versions.At(period.Start).Refund?.Output ?? "",
            (source, fromMs, untilMs) =>
            [
                .. cluster.Sources.Where(binding => binding.Id == source
                        && binding.From.ToUnixTimeMilliseconds() < untilMs
                        && (binding.Until is not { } until
                            || until.ToUnixTimeMilliseconds() > fromMs))
                    .Select(binding => binding.Member).Distinct(),
            ]);

    /// <summary>The name of a period among vintages.</summary>
    public static string VintageOf(Period period) => period.Id[(period.Bubble.Length + 1)..];

    /// <summary>
    /// What the books are asked when a period is settled: the steps that it still lacks until
    /// notice is given, and the charges. Their ids follow from the period, so a hub that died
    /// between can ask again.
    /// </summary>
    /// <param name="state">In older books a person may have moved it before.</param>
    public static ImmutableArray<FundRequest> RequestsOf(
        Contract contract, Period period, PeriodSettlement settlement, Transaction? entry,
        PeriodState state, long nowMs)
    {
        FundRequest Step(PeriodState to) => new(
            $"{to}/{contract.Id}/{period.Id}", new FundCommand.MovePeriod(period.Id, to));
        var dues = DuesOf(contract, period, settlement, nowMs);
        return
        [
            .. ((PeriodState[])[PeriodState.Closing, PeriodState.Noticed])
                .Where(to => to > state).Select(Step),
            .. entry is null && dues.IsEmpty ? [] : (FundRequest[])
            [
                new FundRequest(
                    $"charges/{contract.Id}/{period.Id}",
                    new FundCommand.BookCharges(
                        period.Id, entry, dues, DueMs(contract, period, nowMs))),
            ],
        ];
    }

    /// <summary>What the books are asked when a settled period came out otherwise.</summary>
    /// <param name="books">Where nobody owed anything and nobody does, nothing is asked.</param>
    public static ImmutableArray<FundRequest> CorrectionOf(
        Contract contract, (Period Settled, Period Open) at, PeriodSettlement revised,
        Transaction? entry, FundState books, long nowMs, RestatementOrder? order = null)
    {
        var period = at.Settled;
        var dues = DuesOf(contract, period, revised, nowMs);
        ImmutableArray<FundRequest> closing = order is { Settlement: null }
            ? [new FundRequest(
                $"order/{contract.Id}/{revised.Id}",
                new FundCommand.CloseOrder(order.Id, revised.Id))]
            : [];
        return entry is null && dues.IsEmpty && !books.Standing.ContainsKey(period.Id)
            && !books.Duties.Values.Any(duty => duty.PeriodId == period.Id)
            ? closing
            :
            [
                .. closing,
                new FundRequest(
                    $"correct/{contract.Id}/{revised.Id}",
                    new FundCommand.Restate(
                        period.Id, at.Open.Id, entry, dues,
                        contract.Correction.Increase == "with-next-period"
                            ? DueMs(contract, at.Open, nowMs)
                            : DueMs(contract, period, nowMs),
                        order?.Reason ?? LateFacts)),
            ];
    }

    /// <summary>
    /// The next step of a settled period and its time by the calendar; null where it is sealed.
    /// Where notice was late, all that follows is as much later.
    /// </summary>
    /// <param name="toldMs">When notice of the period was given.</param>
    public static (PeriodState Next, long DueMs)? NextStepOf(
        Contract contract, Period period, PeriodState state, long toldMs)
    {
        var dates = ContractDates.Of(contract, period);
        return state switch
        {
            PeriodState.Noticed => (PeriodState.Final, FinalMs(contract, period, toldMs)),
            PeriodState.Final => (PeriodState.Sealed, Math.Max(
                Math.Max(DueMs(contract, period, toldMs), HoldMs(contract, period, toldMs)),
                MakeGoodMs(contract, period, toldMs) ?? 0)),
            PeriodState.Sealed => null,
            var early => (early + 1, toldMs),
        };
    }

    /// <summary>How far a person may move a settled period, and from when on.</summary>
    /// <param name="toldMs">When notice of the period was given.</param>
    public static PeriodDates DatesOf(Contract contract, Period period, long toldMs) => new(
        IsSettled: true, FinalMs(contract, period, toldMs),
        NextStepOf(contract, period, PeriodState.Final, toldMs)!.Value.DueMs);

    public static long FinalMs(Contract contract, Period period, long toldMs)
    {
        var dates = ContractDates.Of(contract, period);
        return Math.Max(
            dates.Final.ToUnixTimeMilliseconds(),
            toldMs + (long)(dates.Final - dates.Notice).TotalMilliseconds);
    }

    /// <summary>When holdings cover what was emitted; as much later as notice was late.</summary>
    public static long HoldMs(Contract contract, Period period, long toldMs)
    {
        var dates = ContractDates.Of(contract, period);
        return Math.Max(
            dates.Hold.ToUnixTimeMilliseconds(),
            toldMs + (long)(dates.Hold - dates.Notice).TotalMilliseconds);
    }

    /// <summary>
    /// When what is due in kind is taken out of the next holding, and late as far as it is not
    /// there; never sooner after it was told than the calendar leaves between the two. Null where
    /// it waits for that holding to be covered.
    /// </summary>
    public static long? MakeGoodMs(Contract contract, Period period, long toldMs) =>
        contract.MakeGood is not { WithinDays: > 0 } rule ? null
        : ContractDates.After(contract, period, rule.WithinDays) is var date ? Math.Max(
            date.ToUnixTimeMilliseconds(),
            toldMs + (long)(date - ContractDates.Of(contract, period).Notice).TotalMilliseconds)
        : null;

    /// <summary>
    /// Whether the hub itself covers what was emitted: where the contract says what becomes of
    /// holdings. Elsewhere nothing follows from it, and a person may do it.
    /// </summary>
    public static bool IsCovered(Contract contract) =>
        contract.Bank != BankRule.None || contract.MakeGood is not null
            || contract.Calendar.HoldDays > 0;

    /// <summary>How members' allowances cover what a settlement says they emitted.</summary>
    public static PeriodCover CoverOf(
        Contract contract, Period period, PeriodSettlement settlement) => new(
        period.Id, VintageOf(period), VintageOf(period.Next(contract)), settlement.Id,
        contract.Bank.Kind != BankKind.None,
        [
            .. settlement.Members.Select(member => new MemberCover(
                member.Member,
                new CoveredGrams(
                    member.Coverage.Current, member.Coverage.BankedOneToOne,
                    member.Coverage.BankedBeyond, member.Coverage.BeyondCovered,
                    member.Coverage.Borrowed))),
        ]);

    /// <summary>Whether the contract lets late facts put a final period right.</summary>
    public static bool MayRestate(Contract contract, Period period, long nowMs)
    {
        var rule = contract.Correction;
        return rule.Reasons.Contains(LateFacts) && !(nowMs >= UntilMs(rule, period));
    }

    /// <summary>
    /// The order by which a final period may be put right: its own as long as nothing came of it.
    /// Where only what an earlier period left it changed, the one by which that was put right.
    /// </summary>
    public static RestatementOrder? OrderFor(
        FundState books, Period period, PeriodSettlement standing, PeriodSettlement revised) =>
        books.Orders.Values.FirstOrDefault(order =>
            order.PeriodId == period.Id && books.IsOpen(order))
        ?? (revised.FactsRoot == standing.FactsRoot
            && revised.Activities.SequenceEqual(standing.Activities)
            ? books.Orders.Values.FirstOrDefault(order => order.Settlement is not null
                && string.CompareOrdinal(order.PeriodId, period.Id) < 0)
            : null);

    /// <summary>What each member owes, in money and out of its next holding.</summary>
    public static ImmutableArray<MemberDue> DuesOf(
        Contract contract, Period period, PeriodSettlement settlement, long toldMs)
    {
        var charges = settlement.Charges.ToDictionary(charge => charge.Member);
        var next = VintageOf(period.Next(contract));
        return
        [
            .. settlement.Members
                .Where(member => charges.ContainsKey(member.Member) || member.MakeGoodGrams > 0)
                .Select(member => DueOf(member, charges.GetValueOrDefault(member.Member), next)
                    with { MakeGoodDueMs = MakeGoodMs(contract, period, toldMs) ?? 0 }),
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
            VintageOf = vintage => VintageOf(ContractVersions.Only(contract), vintage),
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

    private static VintageTerms? VintageOf(ContractVersions versions, string vintage)
    {
        if (versions.Parse($"{versions.Newest.Bubble.Id}/{vintage}") is not { } period)
        {
            return null;
        }

        var contract = versions.At(period.Start);
        return new VintageTerms(
            ContractDates.TradeUntil(contract, period).ToUnixTimeMilliseconds(),
            contract.Bubble.CapIn(period),
            contract.Bubble.HoldingsIn(period).ToImmutableDictionary(
                holding => holding.Member, holding => holding.Grams));
    }
}
