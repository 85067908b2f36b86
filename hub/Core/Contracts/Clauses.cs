using System.Collections.Immutable;
using Monitoring.Wire.Transparency;

namespace Monitoring.Core.Contracts;

/// <summary>A pollutant of a bubble and what one milligram of it counts.</summary>
/// <param name="Millionths">1 000 000 where a milligram counts as one.</param>
public sealed record PollutantWeight(string Pollutant, long Millionths);

/// <summary>The cap from a year on, until the next one of the path.</summary>
public sealed record CapPoint(int Year, long Grams);

/// <summary>What a member may emit for each unit of its activity.</summary>
/// <param name="Micrograms">The limit that the law sets, for one unit of activity.</param>
/// <param name="OwnMicrograms">Its own limit in the plan; the law's where it has no other.</param>
public sealed record Benchmark(string Member, long Micrograms, long OwnMicrograms);

/// <summary>How a bubble's test is taken within its period.</summary>
public enum GateTest
{
    /// <summary>What each member emitted since the period began, against its holding.</summary>
    Cumulative,

    /// <summary>The debits of the sub-period against its credits.</summary>
    Credits,
}

/// <summary>A test at the end of each part of a period.</summary>
/// <param name="Months">The length of a part, 1 or 3.</param>
/// <param name="SlackPercent">100 for no slack; 130 allows 1.3 times the limit.</param>
public sealed record GateRule(int Months, GateTest Test, int SlackPercent);

/// <summary>What counts against the cap.</summary>
public enum Measure
{
    Mass,

    /// <summary>What exceeds the benchmarks, less a part of what stays below them.</summary>
    Credits,
}

/// <summary>What makes a breach.</summary>
public enum Trigger
{
    /// <summary>The sum of all is above the cap; nobody answers before.</summary>
    Aggregate,

    /// <summary>A member is above its holding, whatever the others do.</summary>
    Member,

    /// <summary>Each of the two, with effects of its own.</summary>
    Both,

    /// <summary>The sum is above the cap and some member above its own limit.</summary>
    TwoRoute,
}

/// <summary>How members answer for what is together too much.</summary>
public enum Apportionment
{
    /// <summary>Together for the bubble's excess, in proportion to their own.</summary>
    OwnExcess,

    /// <summary>Each for all that it is above its own level.</summary>
    OwnLevel,

    /// <summary>Together for the bubble's excess, in proportion to what they emitted.</summary>
    ProRata,
}

/// <summary>When there is a breach and who answers for how much of it.</summary>
public sealed record BreachRule(Trigger Trigger, Apportionment Apportion)
{
    /// <summary>How far above cap and levels the sum may be, in percent of them.</summary>
    public int VariabilityPercent { get; init; }

    /// <summary>Levels follow the first allocation, whatever was bought since.</summary>
    public bool IsLevelOfAllocation { get; init; }

    /// <summary>What of a credit is not counted, in percent.</summary>
    public int CreditDiscountPercent { get; init; }
}

/// <summary>What a member hands over in kind, out of its next holding.</summary>
/// <param name="RatioThousandths">2 000 for two tonnes for each tonne.</param>
/// <param name="IsOfBubble">
/// The bubble's excess is multiplied and then divided, rounded once; otherwise each member's
/// rounded part is multiplied.
/// </param>
public sealed record MakeGoodRule(long RatioThousandths, bool IsOfBubble)
{
    /// <summary>For a breach of the aggregate beside one's own; only with both triggers.</summary>
    public long AssuranceThousandths { get; init; }

    /// <summary>
    /// Days from the end of the period to the one on which it is taken out of the next holding,
    /// and late as far as that has not enough; 0: with the covering of that holding.
    /// </summary>
    public int WithinDays { get; init; }
}

/// <summary>What becomes of a holding that was not used.</summary>
public enum BankKind
{
    None,
    Free,

    /// <summary>Free up to a share of the cap; beyond it more is used for each tonne.</summary>
    FlowControl,
}

/// <summary>Banking and borrowing.</summary>
/// <param name="FreePercent">With flow control: of the cap.</param>
/// <param name="BeyondThousandths">With flow control: what is used up for one beyond.</param>
public sealed record BankRule(BankKind Kind, int FreePercent, long BeyondThousandths)
{
    public static readonly BankRule None = new(BankKind.None, 0, 1_000);

    /// <summary>What is older is used before what is of this period.</summary>
    public bool IsOldestFirst { get; init; }

    /// <summary>How much of the next holding may be used already, in percent of it.</summary>
    public int BorrowPercent { get; init; }
}

/// <summary>A direction in which nothing may be sold.</summary>
public sealed record DeniedTrade(string FromZone, string ToZone);

/// <summary>How holdings may change hands.</summary>
/// <param name="WindowDays">How long after the end of a period its holdings may be sold.</param>
/// <param name="RatioThousandths">1 100: of 1.1 t given, 1 t arrives.</param>
public sealed record TradeRule(
    bool IsAllowed, int WindowDays, long RatioThousandths, ImmutableArray<DeniedTrade> Denied)
{
    public static readonly TradeRule Free = new(true, 0, 1_000, []);

    /// <summary>Who has to agree: nobody else, the other party, or all.</summary>
    public string Approval { get; init; } = "counterparty";
}

/// <summary>Which part of a member's mass a tier of the charge is about.</summary>
public enum ChargedPart
{
    /// <summary>What it emitted less what it answers for.</summary>
    Within,

    /// <summary>What it answers for.</summary>
    Over,
}

/// <summary>One step of a charge.</summary>
/// <param name="ToPercent">Where it ends, in percent of the holding; null: it does not.</param>
/// <param name="TimesThousandths">The base rate is multiplied by it.</param>
public sealed record Tier(ChargedPart Part, int? ToPercent, long TimesThousandths);

/// <summary>A rate that follows a published series.</summary>
/// <param name="MillionthsByYear">The value of each year as a multiple of the base year's.</param>
/// <param name="IsRoundedToMajor">The rate is a whole number of the currency's major unit.</param>
public sealed record IndexRule(
    string Series, int BaseYear, ImmutableSortedDictionary<int, long> MillionthsByYear,
    bool IsRoundedToMajor)
{
    /// <summary>The value of that year, or of the last year before it that is known.</summary>
    public (int Year, long Millionths) ValueIn(int year)
    {
        var known = MillionthsByYear.Where(pair => pair.Key <= year).ToList();
        return known.Count > 0
            ? (known[^1].Key, known[^1].Value)
            : (BaseYear, 1_000_000);
    }
}

/// <summary>What the place of a member multiplies its charge with.</summary>
public sealed record LocationFactor(string Member, long Thousandths);

/// <summary>The charge in money.</summary>
/// <param name="RateMinorUnits">The base rate, for so many grams.</param>
public sealed record ChargeRule(long RateMinorUnits, long PerGrams, ImmutableArray<Tier> Tiers)
{
    private static readonly ImmutableArray<Tier> OverOnly = [new(ChargedPart.Over, null, 1_000)];

    public IndexRule? Index { get; init; }

    public ImmutableArray<LocationFactor> Factors { get; init; } = [];

    /// <summary>Once the base rate for each kilogram that a member answers for.</summary>
    public static ChargeRule OverPerKg(long minorUnits) => new(minorUnits, 1_000, OverOnly);

    public long FactorOf(string member) =>
        Factors.FirstOrDefault(factor => factor.Member == member)?.Thousandths ?? 1_000;
}

/// <summary>Where in the arithmetic a number is rounded.</summary>
public enum RoundingScope
{
    Source,
    Member,
    Bubble,
}

public enum RoundingMode
{
    HalfAwayFromZero,
    HalfEven,
}

/// <param name="UnitGrams">1, 1 000 or 1 000 000.</param>
public sealed record MassRounding(long UnitGrams, RoundingScope At, RoundingMode Mode)
{
    public static readonly MassRounding GramsAtMember =
        new(1, RoundingScope.Member, RoundingMode.HalfAwayFromZero);
}

/// <summary>To the smallest unit of money; at the bubble the rest by largest remainder.</summary>
public sealed record MoneyRounding(RoundingScope At, RoundingMode Mode)
{
    public static readonly MoneyRounding AtBubble =
        new(RoundingScope.Bubble, RoundingMode.HalfAwayFromZero);
}

/// <summary>Days from the end of a period to the steps after it.</summary>
public sealed record CalendarRule(
    int NoticeDays, int ObjectionDays, int FinalDays, int HoldDays, int PayDays)
{
    /// <summary>A period is final as soon as everything of it is known.</summary>
    public static readonly CalendarRule AtOnce = new(0, 0, 0, 0, 0);

    /// <summary>A date on a Saturday or Sunday moves to the Monday after.</summary>
    public bool IsRolled { get; init; }

    /// <summary>
    /// For periods shorter than days: notice at the end, objections for so long, then final.
    /// </summary>
    public TimeSpan? Objections { get; init; }
}

/// <summary>What is done for a gap in the data, by how long it is and how rare.</summary>
/// <param name="AvailabilityPercentMin">The band holds from this availability on.</param>
/// <param name="GapHoursMax">And up to this length; null: for any.</param>
/// <param name="Method">Names the substitute.</param>
public sealed record DataBand(int AvailabilityPercentMin, int? GapHoursMax, string Method);

/// <summary>What counts where nothing was measured.</summary>
public sealed record DataRule(ImmutableArray<DataBand> Bands)
{
    /// <summary>The profile of the hub decides; the contract adds nothing.</summary>
    public static readonly DataRule OfProfile = new([]);

    /// <summary>A member whose data has gaps earns no credit in that period.</summary>
    public bool IsCreditOnlyIfComplete { get; init; }

    /// <summary>The method for a gap; null where no band is for it.</summary>
    /// <param name="availabilityPercent">Of the monitor, over the look-back of the law.</param>
    public string? MethodFor(decimal availabilityPercent, decimal gapHours) => Bands
        .Where(band => availabilityPercent >= band.AvailabilityPercentMin)
        .GroupBy(band => band.AvailabilityPercentMin)
        .MaxBy(group => group.Key)?
        .FirstOrDefault(band => band.GapHoursMax is not { } max || gapHours <= max)?.Method;
}

/// <summary>What follows when somebody does not pay or hand over in time.</summary>
public sealed record LateRule(
    decimal InterestPercentPerYear, bool IsPublished, bool IsTradingSuspended, int PlanWithinDays)
{
    public static readonly LateRule Published = new(0, true, false, 0);
}

/// <summary>How a final period is put right.</summary>
/// <param name="Reasons">For which a final period may be put right.</param>
/// <param name="Increase">Such as <c>new-deadline</c>. A decrease is a credit always.</param>
public sealed record CorrectionRule(
    ImmutableArray<string> Reasons, string Increase, int LimitationDays)
{
    public static readonly CorrectionRule OpenPeriod =
        new(["late-facts", "audit", "court"], "new-deadline", 0);
}

/// <summary>The revenue goes back to the members by what they made.</summary>
/// <param name="AdminPercent">Kept for the cost of it.</param>
public sealed record RefundRule(string Output, int AdminPercent);

/// <summary>What the contract leaves to the law.</summary>
/// <param name="AmendmentPercent">Of the parties have to agree to a new version.</param>
public sealed record LawRule(int AmendmentPercent)
{
    public static readonly LawRule Plain = new(100);

    /// <summary>Keys of those who answer objections; empty: whoever runs the hub.</summary>
    public ImmutableArray<NoteVerifier> Answerers { get; init; } = [];

    /// <summary>A hub runs it unsigned too, and says so loudly.</summary>
    public bool MayBeUnsigned { get; init; }
}

/// <summary>A clause that rests on memory or on one doubtful source.</summary>
public sealed record Unverified(string Clause, string Why);
