using System.Collections.Immutable;
using Monitoring.Core.Ledger;
using Monitoring.Wire;

namespace Monitoring.Core.Fund;

/// <summary>Why something is not done. Each is a name that stays the same.</summary>
public enum FundVerdict
{
    NoSuchMember,
    NoSuchVintage,
    NoSuchProposal,
    NoSuchDuty,
    NoSuchCharges,
    NoSuchProgramme,
    NoSuchProject,
    NoSuchPayment,
    NoSuchTranche,
    NoSuchObjection,
    NoSuchSource,
    NoSuchWork,

    NoSuchPeriod,

    /// <summary>There is one of that name already.</summary>
    NameTaken,

    /// <summary>Letters, digits and hyphens; a unit of at most 20 characters.</summary>
    NameNotUsable,

    AmountNotPositive,

    /// <summary>More allowances than the contract's cap.</summary>
    AboveCap,

    /// <summary>A span that is none, or not within its period, or cuts another one.</summary>
    SpanNotUsable,

    /// <summary>A plan with faults, all of which are named.</summary>
    PlanNotUsable,

    /// <summary>Another unit than the contract asks for.</summary>
    UnitDiffers,

    NothingLeft,
    TradeSuspended,
    NotYoursToDecide,

    /// <summary>The amounts of members and of the entry differ.</summary>
    LinesDiffer,

    BelowLocalFloor,
    ObjectionsStand,
    ReservationsStand,
    NotNoticed,

    NotSettled,

    /// <summary>The contract leaves others more time.</summary>
    TooEarly,

    EarlierOnesStand,
    NothingChanged,

    /// <summary>The contract lets no final period be put right for it.</summary>
    ReasonNotAllowed,

    NoSuchAmendment,
    TooLate,
    AnswerMissing,

    /// <summary>By nobody whom the contract names.</summary>
    NotSigned,
    CallOver,
    OutOfTurn,
    ScoreOutOfRange,
    ScoreTooLow,

    /// <summary>More voices than shares.</summary>
    AboveShares,
    NotOfTheCall,

    /// <summary>From a holder to itself.</summary>
    SameHolder,
    AboveRequest,
    AboveBudget,
    AboveAdministrationCap,
    TooManyTranches,

    /// <summary>The lots that may be used for it do not hold as much.</summary>
    LotsTooSmall,

    EvidenceMissing,
    ActivityNotPositive,

    /// <summary>Of a part of the time nobody told what was made.</summary>
    ActivityIncomplete,

    /// <summary>The hub has no mass of that span.</summary>
    NoFacts,

    /// <summary>Too little of the span was measured.</summary>
    HolesInFacts,

    /// <summary>What is entered by hand was measured.</summary>
    HasFacts,
    AbovePaid,
    Accepted,
}

/// <summary>Which rule answers which command.</summary>
public static class FundRules
{
    internal static Decision Decide(
        FundState state, FundRequest request, FundTerms terms, long nowMs) =>
        request.Command switch
        {
            FundCommand.Allocate or FundCommand.ProposeTransfer or FundCommand.DecideTransfer
                or FundCommand.Surrender or FundCommand.CloseVintage or FundCommand.MeetDuty =>
                AllowanceRules.Decide(state, request, terms, nowMs),
            FundCommand.Cover it => CoverRules.Cover(
                state, request.Id, it, terms.Allowances, nowMs),
            FundCommand.MovePeriod it => ByHand(state, it, terms, nowMs)
                ?? Move(state, new PeriodMoved(it.PeriodId, it.To)),
            FundCommand.BookCharges it => ChargeRules.Book(state, it, terms),
            FundCommand.Restate it => ChargeRules.Restate(state, request.Id, it),
            FundCommand.OrderRestatement it =>
                RestatementRules.Order(state, request.Id, it, terms, nowMs),
            FundCommand.CloseOrder it => RestatementRules.Close(state, it),
            FundCommand.TakePayment it => PaymentRules.Take(state, request.Id, it, terms, nowMs),
            FundCommand.MatchPayment it => PaymentRules.Match(state, request.Id, it, terms, nowMs),
            FundCommand.AccrueInterest => PaymentRules.Accrue(state, request.Id, terms, nowMs),
            FundCommand.FileObjection it => File(state, request.Id, it, terms),
            FundCommand.AnswerObjection it => AnswerIt(state, it, terms),
            FundCommand.FollowLate => LateRules.Follow(state, terms, nowMs),
            FundCommand.FollowUpPlan it => LateRules.Submit(state, it, nowMs),
            FundCommand.CloseWork it => Close(state, it),
            FundCommand.IssueShares it => Issue(state, it),
            FundCommand.TransferShares it => Transfer(state, it),
            FundCommand.ReportActivity it => ActivityRules.Report(state, it, terms),
            FundCommand.SubmitPlan it => PlanRules.Submit(state, it, terms, nowMs),
            FundCommand.PublishStatement it => Decision.Accept(
                new StatementPublished(it.Span, it.Language, it.Sha256)),
            _ => ProjectRules.Decide(state, request, terms, nowMs),
        };

    /// <summary>Books transactions together where the ledger's own rules allow it.</summary>
    internal static Decision Book(
        FundState state, ImmutableArray<Transaction> linked,
        params ImmutableArray<BookEvent> behind) =>
        LedgerRules.Judge(state.Ledger, linked) switch
        {
            BookingVerdict.Accepted => Decision.Accept([new Booked(linked), .. behind]),
            BookingVerdict.AlreadyBooked => Decision.Accept(),
            var verdict => Decision.Refuse(verdict),
        };

    // A person may hold a period up, by an objection, and never hurry it. What is refused for now
    // is not remembered: it may be asked again.
    private static Decision? ByHand(
        FundState state, FundCommand.MovePeriod it, FundTerms terms, long nowMs)
    {
        if (terms.ByHand is null)
        {
            return null;
        }

        if (!terms.ByHand.TryGetValue(it.PeriodId, out var dates))
        {
            return Decision.Refuse(
                FundVerdict.NoSuchPeriod,
                $"'{it.PeriodId}' is no period of the contract; GET /api/v1/settlements names "
                    + "those that are settled");
        }

        if (!dates.IsSettled)
        {
            return Decision.NotYet(
                FundVerdict.NotSettled,
                $"the hub gives notice of {it.PeriodId} itself, once all its sources have passed "
                    + "its end and the contract's date has come");
        }

        var fromMs = it.To switch
        {
            PeriodState.Final => dates.FinalMs,
            PeriodState.Sealed => dates.SealedMs,
            _ => 0,
        };
        return nowMs < fromMs
            ? Decision.NotYet(
                FundVerdict.TooEarly,
                $"{it.To} from {terms.Show(fromMs)} on")
            : it.To == PeriodState.Sealed && state.Ledger.UnsealedBefore(it.PeriodId) is { } other
                ? Decision.NotYet(
                    FundVerdict.EarlierOnesStand, $"{other} is {state.Ledger.StateOf(other)}")
            : null;
    }

    private static Decision Move(FundState state, PeriodMoved step)
    {
        var ledger = state.Ledger;
        if (step.To == PeriodState.Final && state.Objections.Values.Any(objection =>
            objection.PeriodId == step.PeriodId && objection.Answer is null))
        {
            return Decision.Refuse(FundVerdict.ObjectionsStand);
        }

        // Nothing can be booked in a sealed period, so what is promised there would be lost.
        if (step.To == PeriodState.Sealed && ledger.Pending.Values.Any(reserved =>
            reserved.Transaction.PeriodId == step.PeriodId))
        {
            return Decision.Refuse(FundVerdict.ReservationsStand);
        }

        return LedgerRules.Judge(ledger, step) switch
        {
            StepVerdict.Accepted => Decision.Accept(step),
            StepVerdict.AlreadyDone => Decision.Accept(),
            var verdict => Decision.Refuse(verdict, $"{step.PeriodId} is "
                + $"{ledger.StateOf(step.PeriodId)}"),
        };
    }

    private static Decision File(
        FundState state, string id, FundCommand.FileObjection it, FundTerms terms) =>
        !Identifier.IsValid(it.Member) ? Decision.Refuse(FundVerdict.NoSuchMember)
        : terms.PartiesOf?.Invoke(it.PeriodId) is { } parties && !parties.Contains(it.Member)
            ? Decision.Refuse(
                parties.IsEmpty ? FundVerdict.NoSuchPeriod : FundVerdict.NoSuchMember,
                parties.IsEmpty
                    ? $"'{it.PeriodId}' is no period of the contract"
                    : $"'{it.Member}' is no party of the contract of {it.PeriodId}; the parties "
                        + $"are {string.Join(", ", parties)}")
        : state.Ledger.StateOf(it.PeriodId) < PeriodState.Noticed
            ? Decision.NotYet(
                FundVerdict.NotNoticed,
                $"{it.PeriodId} is {state.Ledger.StateOf(it.PeriodId)}; file it again once notice "
                    + "is given")
        : state.Ledger.StateOf(it.PeriodId) > PeriodState.Noticed
            ? Decision.Refuse(
                FundVerdict.NotNoticed, $"{it.PeriodId} is {state.Ledger.StateOf(it.PeriodId)}")
        : it.Grounds.Length == 0 ? Decision.Refuse(FundVerdict.AnswerMissing)
        : Decision.Accept(
            new Objection(id, it.Member, it.PeriodId, it.Grounds, IsUpheld: false, Answer: null));

    private static Decision AnswerIt(
        FundState state, FundCommand.AnswerObjection it, FundTerms terms) =>
        !state.Objections.TryGetValue(it.Objection, out var objection)
            ? Decision.Refuse(FundVerdict.NoSuchObjection)
        : objection.Answer is not null ? Decision.Refuse(FundVerdict.OutOfTurn)
        : it.Answer.Length == 0 ? Decision.Refuse(FundVerdict.AnswerMissing)
        : terms.AnswerersIn?.Invoke(objection.PeriodId) is { IsDefaultOrEmpty: false } keys
            && !AnswerNote.IsSigned(it, keys)
            ? Decision.NotYet(
                FundVerdict.NotSigned,
                "the contract wants it signed ('objection answer --key FILE') by "
                    + string.Join(" or ", keys.Select(key => key.Name)))
        : Decision.Accept(objection with
        {
            IsUpheld = it.IsUpheld, Answer = it.Answer, SignedAnswer = it.Note,
        });

    private static Decision Issue(FundState state, FundCommand.IssueShares it) =>
        !Identifier.IsValid(it.Holder) ? Decision.Refuse(FundVerdict.NoSuchMember)
        : it.Shares is <= 0 or > LedgerRules.AmountMax
            ? Decision.Refuse(FundVerdict.AmountNotPositive)
        : Decision.Accept(new ShareHolding(
            it.Holder, state.Shares.GetValueOrDefault(it.Holder) + it.Shares));

    private static Decision Close(FundState state, FundCommand.CloseWork it) =>
        !(state.Objections.TryGetValue(it.Work, out var objection) && objection.IsUpheld)
            && !(state.Orders.TryGetValue(it.Work, out var order) && state.IsOpen(order))
            && !it.Work.StartsWith(CoverRules.RequestPrefix, StringComparison.Ordinal)
            ? Decision.Refuse(
                FundVerdict.NoSuchWork, "GET /api/v1/fund/open-work names what waits for a person")
            : it.Reason.Length == 0 ? Decision.Refuse(FundVerdict.AnswerMissing)
            : Decision.Accept(new WorkClosed(it.Work, it.Reason));

    // The sum stays, so no vote gets more voices by it.
    private static Decision Transfer(FundState state, FundCommand.TransferShares it)
    {
        var held = state.Shares.GetValueOrDefault(it.Holder);
        return !Identifier.IsValid(it.Holder) || !Identifier.IsValid(it.To)
            ? Decision.Refuse(FundVerdict.NoSuchMember)
            : it.Holder == it.To ? Decision.Refuse(FundVerdict.SameHolder)
            : it.Shares is <= 0 or > LedgerRules.AmountMax
                ? Decision.Refuse(FundVerdict.AmountNotPositive)
            : it.Shares > held
                ? Decision.Refuse(FundVerdict.AboveShares, $"{it.Holder} holds {held}")
            : Decision.Accept(
                new ShareHolding(it.Holder, held - it.Shares),
                new ShareHolding(it.To, state.Shares.GetValueOrDefault(it.To) + it.Shares));
    }
}
