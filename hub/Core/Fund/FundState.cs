using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Serialization;
using Monitoring.Core.Ledger;
using Monitoring.Wire;

namespace Monitoring.Core.Fund;

/// <summary>What a member owes for a period, until when, and how far interest was added.</summary>
/// <param name="MinorUnits">Without interest.</param>
/// <param name="DueMs">UTC milliseconds of the first instant at which it is late.</param>
/// <param name="Entry">The key of the transaction that booked it.</param>
public sealed record ChargeDue(
    string Id, string Member, string PeriodId, long MinorUnits, long DueMs, string Entry)
    : BookEvent
{
    public long InterestMinor { get; init; }

    /// <summary>From here on no interest was added yet; never before it is due.</summary>
    public long InterestFromMs { get; init; } = DueMs;

    /// <summary>
    /// Interest until then less what was booked of it, exactly: minor units times hundredths of a
    /// percent times days. Below 0 where it was rounded up.
    /// </summary>
    public long InterestRest { get; init; }
}

/// <summary>What a member has to give up of a vintage to make good an excess; grams.</summary>
public sealed record Duty(
    string Id, string Member, string PeriodId, string Vintage, long DueGrams, long MetGrams)
    : BookEvent
{
    /// <summary>UTC milliseconds from which it is late; 0: it never is.</summary>
    public long DueMs { get; init; }
}

/// <summary>Which charges of a period hold: the newest ones, by the key of their entry.</summary>
/// <param name="Entry">Null: a correction took them back, and nobody owes anything.</param>
public sealed record ChargesStand(string PeriodId, string? Entry) : BookEvent;

/// <summary>A line of a bank statement that was booked.</summary>
/// <param name="Id">The bank's own id of the movement.</param>
/// <param name="Member">Whose charges it pays; null where nobody could tell.</param>
public sealed record Payment(
    string Id, string? Member, long MinorUnits, string Reference, long ValueMs) : BookEvent;

/// <summary>How many shares a holder has. The holder is a pseudonym that it chose itself.</summary>
public sealed record ShareHolding(string Holder, long Shares) : BookEvent;

/// <summary>
/// What a source made in a period, or a span of it, as was reported; the newest holds.
/// </summary>
/// <param name="Quantity">Whole units; 0 where nothing was made.</param>
/// <param name="Unit">Such as <c>t</c> or <c>MWh</c>.</param>
public sealed record ActivityReport(
    string PeriodId, string Source, string Product, long Quantity, string Unit) : BookEvent
{
    /// <summary>Whose source it was; null in what earlier releases took.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Member { get; init; }

    /// <summary>UTC milliseconds; null where <see cref="Member"/> is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? FromMs { get; init; }

    /// <summary>The first instant after it; null where <see cref="Member"/> is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? UntilMs { get; init; }

    /// <summary>What it takes the place of: the report of that source from then on.</summary>
    public string Key => FromMs is { } fromMs
        ? string.Create(CultureInfo.InvariantCulture, $"{PeriodId}/{Source}/{fromMs}")
        : $"{PeriodId}/{Source}";
}

/// <summary>A statement was made public; its digest keeps it from becoming another.</summary>
/// <param name="Sha256">Of its text in UTF-8, hexadecimal.</param>
public sealed record StatementPublished(string Span, string Language, string Sha256) : BookEvent;

/// <summary>Somebody dealt with what waited for a person, or says why nothing is to do.</summary>
/// <param name="Work">The objection, or the request that the books refused.</param>
public sealed record WorkClosed(string Work, string Reason) : BookEvent;

/// <summary>
/// All that the fund's one writer knows: the ledger, and what is behind its entries. It follows
/// from the events alone.
/// </summary>
public sealed record FundState
{
    public static FundState Empty { get; } = new();

    public LedgerState Ledger { get; private init; } = LedgerState.Empty;

    public ImmutableSortedDictionary<string, ChargeDue> Charges { get; private init; } =
        Sorted<ChargeDue>();

    public ImmutableSortedDictionary<string, Duty> Duties { get; private init; } =
        Sorted<Duty>();

    /// <summary>By <see cref="ActivityReport.Key"/>.</summary>
    public ImmutableSortedDictionary<string, ActivityReport> Activities { get; private init; } =
        Sorted<ActivityReport>();

    /// <summary>By <see cref="PlanSubmitted.Key"/>; none is ever changed.</summary>
    public ImmutableSortedDictionary<string, PlanSubmitted> Plans { get; private init; } =
        Sorted<PlanSubmitted>();

    /// <summary>By their ids, those that something came of too.</summary>
    public ImmutableSortedDictionary<string, RestatementOrder> Orders { get; private init; } =
        Sorted<RestatementOrder>();

    /// <summary>Periods whose allowances were given up, banked or retired.</summary>
    public ImmutableSortedDictionary<string, PeriodCovered> Covers { get; private init; } =
        Sorted<PeriodCovered>();

    /// <summary>The entry of the charges that hold for a period.</summary>
    public ImmutableSortedDictionary<string, string> Standing { get; private init; } =
        Sorted<string>();

    public ImmutableSortedDictionary<string, Payment> Payments { get; private init; } =
        Sorted<Payment>();

    public ImmutableSortedDictionary<string, Programme> Programmes { get; private init; } =
        Sorted<Programme>();

    public ImmutableSortedDictionary<string, Project> Projects { get; private init; } =
        Sorted<Project>();

    public ImmutableSortedDictionary<string, Objection> Objections { get; private init; } =
        Sorted<Objection>();

    public ImmutableSortedDictionary<string, long> Shares { get; private init; } =
        Sorted<long>();

    /// <summary>What followed from being late, the newest of each member and step.</summary>
    public ImmutableSortedDictionary<string, LateStep> Late { get; private init; } =
        Sorted<LateStep>();

    /// <summary>Why somebody closed what waited for a person, by what it was.</summary>
    public ImmutableSortedDictionary<string, string> Closed { get; private init; } =
        Sorted<string>();

    /// <summary>Nothing came of it, and nobody said why nothing is to come of it.</summary>
    public bool IsOpen(RestatementOrder order) =>
        order.Settlement is null && !Closed.ContainsKey(order.Id);

    public FundState With(BookEvent happened) => happened switch
    {
        LateStep step => this with { Late = Late.SetItem(step.Key, step) },
        WorkClosed closed => this with { Closed = Closed.SetItem(closed.Work, closed.Reason) },
        ChargeDue charge => this with { Charges = Charges.SetItem(charge.Id, charge) },
        ChargesStand stand => this with
        {
            Standing = stand.Entry is { } entry
                ? Standing.SetItem(stand.PeriodId, entry)
                : Standing.Remove(stand.PeriodId),
        },
        ActivityReport report => this with
        {
            Activities = Activities.SetItem(report.Key, report),
        },
        PlanSubmitted plan => this with { Plans = Plans.SetItem(plan.Key, plan) },
        RestatementOrder order => this with { Orders = Orders.SetItem(order.Id, order) },
        PeriodCovered covered => this with
        {
            Covers = Covers.SetItem(covered.PeriodId, covered),
        },
        Duty duty => this with { Duties = Duties.SetItem(duty.Id, duty) },
        Payment payment => this with { Payments = Payments.SetItem(payment.Id, payment) },
        Programme programme => this with
        {
            Programmes = Programmes.SetItem(programme.Id, programme),
        },
        Project project => this with { Projects = Projects.SetItem(project.Id, project) },
        Objection objection => this with
        {
            Objections = Objections.SetItem(objection.Id, objection),
        },
        ShareHolding holding => this with
        {
            Shares = holding.Shares == 0
                ? Shares.Remove(holding.Holder)
                : Shares.SetItem(holding.Holder, holding.Shares),
        },
        Booked or Reserved or Resolved or PeriodMoved => this with
        {
            Ledger = Ledger.With(happened),
        },
        StatementPublished => this,
        _ => throw new InvariantBrokenException($"{happened.GetType().Name} is not known"),
    };

    public FundState With(IEnumerable<BookEvent> happened) =>
        happened.Aggregate(this, (state, one) => state.With(one));

    private static ImmutableSortedDictionary<string, T> Sorted<T>() =>
        ImmutableSortedDictionary.Create<string, T>(StringComparer.Ordinal);
}
