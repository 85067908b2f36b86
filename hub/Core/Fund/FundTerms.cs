using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Ledger;
using Monitoring.Wire.Transparency;

namespace Monitoring.Core.Fund;

/// <summary>How far a person may move a period by hand, and from when on.</summary>
/// <param name="IsSettled">Notice of it was given; the times are 0 where it was not.</param>
/// <param name="FinalMs">The end of the time for objections, UTC milliseconds.</param>
public sealed record PeriodDates(bool IsSettled, long FinalMs, long SealedMs);

/// <summary>What a contract says of the fund and of those who pay late.</summary>
public sealed record FundTerms
{
    public required AllowanceTerms Allowances { get; init; }

    /// <summary>A code of ISO 4217.</summary>
    public required string Currency { get; init; }

    /// <summary>At least so much of every charge goes to the zones.</summary>
    public int LocalFloorPercent { get; init; }

    /// <summary>At most so much of all income is spent on the fund's own cost.</summary>
    public int AdministrationPercent { get; init; } = 100;

    /// <summary>At most so much of a payment to a payer may be its own money.</summary>
    public int SelfPercent { get; init; }

    /// <summary>An application below it is not voted on; 0 to 100.</summary>
    public int ScoreMin { get; init; }

    /// <summary>Simple interest on what is late, in hundredths of a percent for 365 days.</summary>
    public int InterestBasisPoints { get; init; }

    /// <summary>What follows when a charge is late for so many days; null: nothing.</summary>
    public int? PublishAfterDays { get; init; }

    public int? PlanAfterDays { get; init; }

    public int? SuspendTradeAfterDays { get; init; }

    /// <summary>
    /// The periods that a person asks to move, as far as the contract has them; null where the hub
    /// itself asks, which keeps to the contract's dates.
    /// </summary>
    public ImmutableDictionary<string, PeriodDates>? ByHand { get; init; }

    /// <summary>
    /// Whose each source is, or was; null where the cluster is not known, and nothing is refused.
    /// </summary>
    public ImmutableDictionary<string, ImmutableHashSet<string>>? OwnersOf { get; init; }

    /// <summary>
    /// The parties of the contract of a period, none where there is no such period; null where
    /// the contract is not known, and nothing is refused.
    /// </summary>
    public Func<string, ImmutableArray<string>>? PartiesOf { get; init; }

    /// <summary>
    /// What a report of activity in a period has to fit; null where there is no such period, and
    /// where the contract is not known nothing is asked.
    /// </summary>
    public Func<string, ActivityTerms?>? ActivityIn { get; init; }

    /// <summary>
    /// How a final period may be put right; null where there is no such period. Where the contract
    /// is not known nobody can order it.
    /// </summary>
    public Func<string, RestatementTerms?>? RestatementIn { get; init; }

    /// <summary>Whether the books have an amendment; null where nobody asks by hand.</summary>
    public Func<string, bool>? IsAmendment { get; init; }

    /// <summary>
    /// The keys of those who answer objections to a period; empty: whoever runs the hub.
    /// </summary>
    public Func<string, ImmutableArray<NoteVerifier>>? AnswerersIn { get; init; }

    /// <summary>Who may plan; null where the contract is not known.</summary>
    public ImmutableHashSet<string>? Planners { get; init; }

    /// <summary>The time of a span by its name, UTC milliseconds; null for what is none.</summary>
    public Func<string, (long FromMs, long UntilMs)?>? PlanSpanOf { get; init; }

    /// <summary>What the hub's facts say of a span; null where there are none beside.</summary>
    public Func<FactSpan, SpanFacts>? FactsIn { get; init; }

    /// <summary>In which the contract counts days; a time is told to people in it.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    public Asset Money => Asset.Money(Currency);

    /// <summary>An instant where the contract is, such as <c>2026-03-01 14:05:00 +02:00</c>.
    /// </summary>
    public string Show(long ms) => TimeZoneInfo
        .ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(ms), Zone)
        .ToString("yyyy-MM-dd HH:mm:ss zzz", CultureInfo.InvariantCulture);

    /// <summary>The fund's own books have a period for each year of UTC.</summary>
    public static string YearOf(long ms) => string.Create(
        CultureInfo.InvariantCulture,
        $"fund/{DateTimeOffset.FromUnixTimeMilliseconds(ms).Year}");
}
