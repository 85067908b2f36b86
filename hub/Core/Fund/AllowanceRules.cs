using System.Collections.Immutable;
using Monitoring.Core.Ledger;
using Monitoring.Wire;

namespace Monitoring.Core.Fund;

/// <summary>Commands about allowances.</summary>
internal static class AllowanceRules
{
    private const string Officer = "officer";
    private const int VintageLengthMax = 40;

    public static Decision Decide(
        FundState state, FundRequest request, FundTerms terms, long nowMs)
    {
        var (id, allowances) = (request.Id, terms.Allowances);
        var issued = IssuedFor(state, request.Command, allowances);
        var after = state.With(issued);
        var decision = request.Command switch
        {
            FundCommand.Allocate it => Allocate(after, id, it, allowances),
            FundCommand.ProposeTransfer it => Propose(after, id, it, terms, nowMs),
            FundCommand.DecideTransfer it => DecideTransfer(after, it, terms, nowMs),
            FundCommand.Surrender it => Surrender(after, id, it, allowances),
            FundCommand.CloseVintage it => Close(after, id, it, allowances),
            FundCommand.MeetDuty it => Meet(after, id, it, allowances),
            _ => throw new InvariantBrokenException($"{request.Command.GetType().Name}"),
        };
        return decision.Events.IsEmpty
            ? decision
            : decision with { Events = [.. issued, .. decision.Events] };
    }

    // A vintage is issued by the contract with the first command that needs it.
    private static ImmutableArray<BookEvent> IssuedFor(
        FundState state, FundCommand command, AllowanceTerms terms)
    {
        string?[] vintages = command switch
        {
            FundCommand.Allocate it => [it.Vintage],
            FundCommand.ProposeTransfer it => [it.Vintage],
            FundCommand.Surrender it => [it.Vintage, it.Next],
            FundCommand.CloseVintage it => [it.Vintage],
            FundCommand.MeetDuty it => [state.Duties.GetValueOrDefault(it.Duty)?.Vintage],
            _ => [],
        };
        return
        [
            .. vintages.OfType<string>()
                .Select(vintage => AllowanceMoves.Issue(state.Ledger, terms, vintage))
                .Where(issued => !issued.IsEmpty
                    && LedgerRules.Judge(state.Ledger, issued) == BookingVerdict.Accepted)
                .Select(issued => new Booked(issued)),
        ];
    }

    private static Decision Allocate(
        FundState state, string id, FundCommand.Allocate it, AllowanceTerms terms) =>
        NotUsable(it.Member, it.Vintage, terms) ?? (it.Grams is <= 0 or > LedgerRules.AmountMax
            ? Decision.Refuse(FundVerdict.AmountNotPositive)
            : it.Grams > terms.VintageOf(it.Vintage)!.CapGrams - (long)state.Ledger.At(
                Accounts.Cap(terms.Bubble), Asset.Allowance(terms.Pollutant, it.Vintage)).Credits
                ? Decision.Refuse(FundVerdict.AboveCap)
            : FundRules.Book(
                state, [AllowanceMoves.Allocate(id, terms, it.Member, it.Vintage, it.Grams)]));

    private static Decision Propose(
        FundState state, string id, FundCommand.ProposeTransfer it, FundTerms terms, long nowMs)
    {
        var allowances = terms.Allowances;
        if ((NotUsable(it.From, it.Vintage, allowances)
            ?? NotUsable(it.To, it.Vintage, allowances)) is { } refused)
        {
            return refused;
        }

        if (LateRules.TradeFault(state, it.From, terms, nowMs) is { } suspended)
        {
            return suspended;
        }

        var verdict = AllowanceMoves.Judge(
            allowances, it.From, it.To, it.Vintage, it.Grams, nowMs);
        if (verdict != TransferVerdict.Accepted)
        {
            return Decision.Refuse(verdict);
        }

        var transaction = AllowanceMoves.Transfer(
            id, allowances, it.From, it.To, it.Vintage, it.Grams);
        if (allowances.Approval == Approval.None)
        {
            return FundRules.Book(state, [transaction]);
        }

        var booking = LedgerRules.JudgeReservation(state.Ledger, transaction);
        return booking == BookingVerdict.Accepted
            ? Decision.Accept(new Reserved(transaction, it.ExpiresMs))
            : Decision.Refuse(booking);
    }

    private static Decision DecideTransfer(
        FundState state, FundCommand.DecideTransfer it, FundTerms terms, long nowMs)
    {
        if (!state.Ledger.Pending.TryGetValue(it.Proposal, out var reserved))
        {
            // A proposal that was decided is answered by how it ended; any other is unknown.
            return state.Ledger.Ended.TryGetValue(it.Proposal, out var ended)
                && ended == OutcomeOf(it)
                ? Decision.Accept()
                : Decision.Refuse(FundVerdict.NoSuchProposal);
        }

        var transaction = reserved.Transaction;
        if (transaction.Kind != AllowanceMoves.KindTransfer)
        {
            return Decision.Refuse(FundVerdict.NoSuchProposal);
        }

        var (seller, buyer) = (transaction.Postings[0].Account, transaction.Postings[1].Account);
        var mayDecide = terms.Allowances.Approval == Approval.Officer
            ? it.By == Officer
            : Accounts.Holding(it.By) == buyer;
        // Who offered it may take the offer back, but not accept it.
        if (!mayDecide && (it.IsApproved || Accounts.Holding(it.By) != seller))
        {
            return Decision.Refuse(FundVerdict.NotYoursToDecide);
        }

        // Who became late after it had offered sells nothing either.
        if (it.IsApproved && seller.Split(':') is [_, var by, ..]
            && LateRules.TradeFault(state, by, terms, nowMs) is { } suspended)
        {
            return suspended;
        }

        var step = new Resolved(it.Proposal, OutcomeOf(it));
        var verdict = LedgerRules.Judge(state.Ledger, step);
        return verdict == StepVerdict.Accepted
            ? Decision.Accept(step)
            : Decision.Refuse(verdict);
    }

    private static Decision Surrender(
        FundState state, string id, FundCommand.Surrender it, AllowanceTerms terms)
    {
        if ((NotUsable(it.Member, it.Vintage, terms)
            ?? (it.Next is { } next ? NotUsable(it.Member, next, terms) : null)) is { } refused)
        {
            return refused;
        }

        if (it.EmittedGrams is < 0 or > LedgerRules.AmountMax)
        {
            return Decision.Refuse(FundVerdict.AmountNotPositive);
        }

        var (row, transaction) = AllowanceMoves.Surrender(
            id, state.Ledger, terms, it.Member, (it.Vintage, it.Next), it.EmittedGrams);
        var decision = transaction is null
            ? Decision.Accept()
            : FundRules.Book(state, [transaction]);
        return decision.Answer.IsAccepted
            ? decision with
            {
                Answer = decision.Answer with { Detail = $"{row.Excess} g are not covered" },
            }
            : decision;
    }

    private static Decision Close(
        FundState state, string id, FundCommand.CloseVintage it, AllowanceTerms terms) =>
        NotUsable(it.Member, it.Vintage, terms)
            ?? (AllowanceMoves.Close(id, state.Ledger, terms, it.Member, it.Vintage) is { } left
                ? FundRules.Book(state, [left])
                : Decision.Accept());

    private static Decision Meet(
        FundState state, string id, FundCommand.MeetDuty it, AllowanceTerms terms)
    {
        if (!state.Duties.TryGetValue(it.Duty, out var duty))
        {
            return Decision.Refuse(FundVerdict.NoSuchDuty);
        }

        var due = Math.Max(0, duty.DueGrams - duty.MetGrams);
        return AllowanceMoves.MakeGood(id, state.Ledger, terms, duty.Member, duty.Vintage, due)
            is { } transaction
            ? FundRules.Book(
                state, [transaction],
                duty with { MetGrams = duty.MetGrams + transaction.Postings[1].Amount })
            : Decision.Refuse(FundVerdict.NothingLeft, $"{due} g are still due");
    }

    private static Outcome OutcomeOf(FundCommand.DecideTransfer it) =>
        it.IsApproved ? Outcome.Posted : Outcome.Void;

    private static Decision? NotUsable(string member, string vintage, AllowanceTerms terms) =>
        !Identifier.IsValid(member) ? Decision.Refuse(FundVerdict.NoSuchMember)
        : vintage.Length is 0 or > VintageLengthMax || vintage.Contains('/')
            || terms.VintageOf(vintage) is null
            ? Decision.Refuse(FundVerdict.NoSuchVintage)
        : null;
}
