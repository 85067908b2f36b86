using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Monitoring.Core.Ledger;

namespace Monitoring.Core.Fund;

/// <summary>What the books can be asked to do.</summary>
public abstract record FundCommand
{
    public sealed record Allocate(string Member, string Vintage, long Grams) : FundCommand;

    /// <param name="ExpiresMs">When it lapses unless it was approved, UTC milliseconds.</param>
    public sealed record ProposeTransfer(
        string From, string To, string Vintage, long Grams, long ExpiresMs) : FundCommand;

    /// <param name="Proposal">The id under which it was proposed.</param>
    /// <param name="By">The buyer, or <c>officer</c>.</param>
    public sealed record DecideTransfer(string Proposal, string By, bool IsApproved) : FundCommand;

    /// <summary>Covers what a member emitted in a period by allowances.</summary>
    public sealed record Surrender(string Member, string Vintage, string? Next, long EmittedGrams)
        : FundCommand;

    /// <summary>Banks or retires what a member has left of a vintage.</summary>
    public sealed record CloseVintage(string Member, string Vintage) : FundCommand;

    /// <summary>Gives up allowances for a duty, as far as the member has them.</summary>
    public sealed record MeetDuty(string Duty) : FundCommand;

    /// <summary>
    /// Lets members' allowances cover what they emitted in final periods; those that were covered
    /// before are covered anew, all together.
    /// </summary>
    /// <param name="BookedIn">The period itself, or the open one where it is done anew.</param>
    /// <param name="Periods">In their order.</param>
    public sealed record Cover(string BookedIn, ImmutableArray<PeriodCover> Periods) : FundCommand;

    public sealed record MovePeriod(string PeriodId, PeriodState To) : FundCommand;

    /// <summary>Books the charges of a settled period, and what each has to make good.</summary>
    /// <param name="Transaction">Null where nobody owes money.</param>
    /// <param name="Lines">What each owes; together what the transaction books.</param>
    public sealed record BookCharges(
        string PeriodId, Transaction? Transaction, ImmutableArray<MemberDue> Lines, long DueMs)
        : FundCommand;

    /// <summary>
    /// Takes the charges of a period back and books others in their place, in the books of a
    /// period that is open.
    /// </summary>
    /// <param name="Transaction">The new charges; null where nobody pays any more.</param>
    public sealed record Restate(
        string PeriodId, string OpenPeriodId, Transaction? Transaction,
        ImmutableArray<MemberDue> Lines, long DueMs, string Reason) : FundCommand;

    /// <summary>Lets a final period be put right, for a reason that its contract names.</summary>
    /// <param name="Sha256">Of the document that says so, hexadecimal.</param>
    /// <param name="Amendments">Which corrected the facts; none where data came late.</param>
    public sealed record OrderRestatement(
        string PeriodId, string Reason, string Sha256, ImmutableArray<string> Amendments)
        : FundCommand;

    /// <summary>Says which settlement came of an order; with that settlement only.</summary>
    public sealed record CloseOrder(string Order, string Settlement) : FundCommand;

    /// <summary>One line of a bank statement.</summary>
    public sealed record TakePayment(
        string BankId, string? Member, long MinorUnits, string Reference, long ValueMs)
        : FundCommand;

    /// <summary>Tells whose charges a payment pays that could not be told before.</summary>
    public sealed record MatchPayment(string BankId, string Member) : FundCommand;

    /// <summary>Adds interest to every charge that is late, for whole days.</summary>
    public sealed record AccrueInterest : FundCommand;

    public sealed record FileObjection(string Member, string PeriodId, string Grounds)
        : FundCommand;

    public sealed record AnswerObjection(string Objection, bool IsUpheld, string Answer)
        : FundCommand
    {
        /// <summary>It as it was signed, where the contract names who answers.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public string? Note { get; init; }
    }

    public sealed record OpenCall(Programme Programme) : FundCommand;

    public sealed record Apply(Project Project) : FundCommand;

    /// <param name="Score">0 to 100, by the criteria of the call.</param>
    public sealed record Appraise(string Project, int Score) : FundCommand;

    public sealed record Vote(string Project, long For, long Against) : FundCommand;

    /// <summary>Reserves money for each tranche; unused, it returns to the same lots.</summary>
    public sealed record Commit(string Project, ImmutableArray<long> TranchesMinor, long ExpiresMs)
        : FundCommand;

    /// <param name="Evidence">What shows that the tranche is earned, such as a digest.</param>
    public sealed record PayTranche(string Project, int Tranche, string Evidence) : FundCommand;

    public sealed record Complete(string Project) : FundCommand;

    public sealed record Verify(string Project, Abatement Abatement) : FundCommand;

    /// <summary>What a project spared, out of the facts of its source in two spans.</summary>
    public sealed record Measure(string Project, AskedSpan Before, AskedSpan After) : FundCommand;

    public sealed record CloseProject(string Project) : FundCommand;

    /// <summary>Money that a project had to give back, as it arrives.</summary>
    public sealed record ClawBack(string Project, long MinorUnits) : FundCommand;

    /// <summary>What a source made in a period, by which its emissions are judged.</summary>
    public sealed record ReportActivity(
        string PeriodId, string Source, string Product, long Quantity, string Unit) : FundCommand
    {
        /// <summary>The span of it that the report is about; null: from its start.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? From { get; init; }

        /// <summary>The first instant after the span; null: to the period's end.</summary>
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? Until { get; init; }
    }

    /// <summary>An indicative plan, in place of what the member planned before.</summary>
    /// <param name="Lines">The times follow from the names of the spans.</param>
    public sealed record SubmitPlan(string Member, ImmutableArray<PlannedLine> Lines)
        : FundCommand;

    /// <param name="Sha256">Of the statement's text in UTF-8, hexadecimal.</param>
    public sealed record PublishStatement(string Span, string Language, string Sha256)
        : FundCommand;

    /// <summary>Lets follow from being late what the contract says.</summary>
    public sealed record FollowLate : FundCommand;

    /// <param name="Sha256">Of the document, hexadecimal.</param>
    public sealed record FollowUpPlan(string Member, string Sha256) : FundCommand;

    /// <summary>What waited for a person is dealt with, or there is nothing to do.</summary>
    /// <param name="Work">
    /// An upheld objection, an order of which nothing came, or a covering that the books refused.
    /// </param>
    public sealed record CloseWork(string Work, string Reason) : FundCommand;

    public sealed record IssueShares(string Holder, long Shares) : FundCommand;

    /// <summary>Shares go from one holder to another, as the first asked for.</summary>
    public sealed record TransferShares(string Holder, string To, long Shares) : FundCommand;
}

/// <summary>A span that is asked about, with the offset of its times.</summary>
public sealed record AskedSpan(DateTimeOffset From, DateTimeOffset Until);

/// <summary>What one member owes for a period, in money and in allowances.</summary>
/// <param name="ChargeId">The charge's; empty where it owes no money.</param>
/// <param name="MakeGoodGrams">Of the vintage; 0 for none.</param>
public sealed record MemberDue(
    string ChargeId, string Member, long MinorUnits, long MakeGoodGrams, string Vintage)
{
    /// <summary>UTC milliseconds from which what is due in kind is late; 0: it never is.</summary>
    public long MakeGoodDueMs { get; init; }
}

/// <summary>A command under an id that its caller made and kept before it was sent.</summary>
public sealed record FundRequest(string Id, FundCommand Command)
{
    public const int IdLengthMax = 200;

    /// <summary>By it a repeat is told from another command under the same id.</summary>
    public string Content { get; } = ContentId.Of(
        "request", Command.GetType().Name,
        JsonSerializer.Serialize(Command, Command.GetType()));
}

/// <summary>What became of a command.</summary>
/// <param name="Reason">A name that stays the same; <c>Accepted</c> where it happened.</param>
/// <param name="Detail">What a person should know besides; may be empty.</param>
public sealed record Answer(bool IsAccepted, string Reason, string Detail)
{
    public static Answer Accepted { get; } = new(true, "Accepted", "");

    public static Answer Refused(Enum reason, string detail = "") =>
        new(false, reason.ToString(), detail);
}

/// <summary>An answer and what it changes; nothing where it was refused.</summary>
public sealed record Decision(Answer Answer, ImmutableArray<BookEvent> Events)
{
    /// <summary>It was asked too early: nothing is kept of it, and it can be asked again.</summary>
    public bool IsForgotten { get; private init; }

    public static Decision NotYet(Enum reason, string detail) =>
        Refuse(reason, detail) with { IsForgotten = true };

    public static Decision Accept(params ImmutableArray<BookEvent> events) =>
        new(Answer.Accepted, events);

    public static Decision Refuse(Enum reason, string detail = "") =>
        new(Answer.Refused(reason, detail), []);
}
