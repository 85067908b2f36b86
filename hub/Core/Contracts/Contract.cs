using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Wire.Transparency;

namespace Monitoring.Core.Contracts;

/// <summary>A member who signed, and in which role.</summary>
public sealed record Party(string Member, string Role)
{
    /// <summary>Its public key, with which it signs; null: it cannot sign.</summary>
    public NoteVerifier? Key { get; init; }
}

/// <summary>The part of the bubble that is one member's.</summary>
public sealed record Holding(string Member, long Grams);

/// <summary>The cap on the sum of what all members emit in one period.</summary>
/// <param name="Pollutant">The one that is told and shown; of several, the first.</param>
/// <param name="CapGrams">Of the first year where the cap follows a path.</param>
/// <param name="Holdings">Of that year too; later ones follow the cap in proportion.</param>
public sealed record Bubble(
    string Id, string Pollutant, PeriodRule Period, long CapGrams,
    ImmutableArray<Holding> Holdings)
{
    /// <summary>All pollutants that count; empty: the one, as it is.</summary>
    public ImmutableArray<PollutantWeight> Weights { get; init; } = [];

    /// <summary>The names of all that count.</summary>
    public IReadOnlyList<string> Pollutants =>
        Weights.IsEmpty ? [Pollutant] : [.. Weights.Select(weight => weight.Pollutant)];

    /// <summary>In the order of years; empty: the cap never changes.</summary>
    public ImmutableArray<CapPoint> CapPath { get; init; } = [];

    /// <summary>Between two years of the path the cap moves in a straight line.</summary>
    public bool IsCapLinear { get; init; }

    /// <summary>What becomes of the holding of a plant that is closed.</summary>
    public string OnClosure { get; init; } = "keep";

    public Measure Measure { get; init; } = Measure.Mass;

    /// <summary>Where members hold what their activity allows; otherwise empty.</summary>
    public ImmutableArray<Benchmark> Benchmarks { get; init; } = [];

    public ImmutableArray<GateRule> Gates { get; init; } = [];

    public Holding HoldingOf(string member) =>
        Holdings.First(holding => holding.Member == member);

    /// <summary>What one milligram of a pollutant counts, in millionths; 0: not at all.</summary>
    public long WeightOf(string pollutant) => Weights.IsEmpty
        ? pollutant == Pollutant ? 1_000_000 : 0
        : Weights.FirstOrDefault(weight => weight.Pollutant == pollutant)?.Millionths ?? 0;

    /// <summary>Masses of the pollutants added up by their weights, rounded once.</summary>
    public long Weighed(Func<string, long> milligramsOf) => Weights.IsEmpty
        ? milligramsOf(Pollutant)
        : Rounding.Quotient(
            Weights.SumWide(weight => (Int128)milligramsOf(weight.Pollutant) * weight.Millionths),
            1_000_000);

    /// <summary>The cap of a period, in grams.</summary>
    public long CapIn(Period period)
    {
        if (CapPath.IsEmpty)
        {
            return CapGrams;
        }

        var year = Period.YearOf(period.Start);
        var after = CapPath.FirstOrDefault(point => point.Year > year);
        var before = CapPath.LastOrDefault(point => point.Year <= year) ?? CapPath[0];
        return !IsCapLinear || after is null || after == before
            ? before.Grams
            : before.Grams + Rounding.Quotient(
                (Int128)(after.Grams - before.Grams) * (year - before.Year),
                after.Year - before.Year);
    }

    /// <summary>
    /// The holdings of a period. As long as the cap is the first year's they are as written;
    /// later they share the cap as they did the first, by largest remainder.
    /// </summary>
    public ImmutableArray<Holding> HoldingsIn(Period period)
    {
        var cap = CapIn(period);
        if (cap == CapGrams || CapGrams == 0)
        {
            return Holdings;
        }

        var unallocated = CapGrams - Holdings.Sum(holding => holding.Grams);
        var parts = LargestRemainder.Split(
            cap, [.. Holdings.Select(holding => holding.Grams), unallocated]);
        return [.. Holdings.Select((holding, i) => holding with { Grams = parts[i] })];
    }
}

/// <summary>When people are told, in percent of a holding or of the cap.</summary>
public sealed record AlertLevels(
    int ForecastPercent, int MemberPercent, int BubblePercent, int HysteresisPercent);

/// <summary>How the fund's income is divided. The three sum to 100.</summary>
public sealed record FundSplit(int LocalPercent, int ProgrammePercent, int ReservePercent)
{
    /// <summary>What running the fund may cost at most, in percent of its income.</summary>
    public int AdminMaxPercent { get; init; } = 100;

    /// <summary>No later version may put the local part below it.</summary>
    public int LocalMinPercent { get; init; }

    /// <summary>Of a payment for a payer's own plant, what may be its own charges.</summary>
    public int SelfMaxPercent { get; init; }

    /// <summary>The least score, of 100, with which a project can be voted for.</summary>
    public int ScoreMin { get; init; }

    /// <summary>
    /// Where the emissions of a source come down; of one that is not here all is for the zone
    /// that it stands in.
    /// </summary>
    public ImmutableSortedDictionary<string, ZoneKey> ZoneKeys { get; init; } =
        ImmutableSortedDictionary<string, ZoneKey>.Empty;
}

/// <summary>What money is counted in: a code of ISO 4217 and its minor unit's decimals.</summary>
public sealed record Currency(string Code, int Decimals)
{
    public long MinorUnits
    {
        get
        {
            var units = 1L;
            for (var i = 0; i < Decimals; i++)
            {
                units *= 10;
            }

            return units;
        }
    }

    /// <summary>The amount as people write it, such as <c>EUR 12.30</c>.</summary>
    public string Show(long minorUnits) => $"{Code} {Amount(minorUnits)}";

    /// <summary>The amount without the code, such as <c>12.30</c>.</summary>
    public string Amount(long minorUnits) =>
        ((decimal)minorUnits / MinorUnits).ToString(
            "F" + Decimals, CultureInfo.InvariantCulture);
}

/// <summary>
/// The social contract. A version never changes; its hash is the SHA-256 of its canonical JSON,
/// which is also what its parties sign. Comments and spaces are no part of it.
/// </summary>
/// <remarks>
/// Eighteen clauses, and a default for each that a contract need not write: section 2.5 of the
/// research behind it. No clause is a program; each is a choice and some numbers.
/// </remarks>
public sealed record Contract
{
    public required string Id { get; init; }

    public required int Version { get; init; }

    public required string Title { get; init; }

    /// <summary>Hexadecimal, lower case.</summary>
    public required string Hash { get; init; }

    public required DateTimeOffset InForce { get; init; }

    public required Currency Currency { get; init; }

    public required ImmutableArray<Party> Parties { get; init; }

    public required Bubble Bubble { get; init; }

    public required AlertLevels Alerts { get; init; }

    public required ChargeRule Charge { get; init; }

    public required FundSplit Fund { get; init; }

    public BreachRule Breach { get; init; } =
        new(Trigger.Aggregate, Apportionment.OwnExcess);

    public TradeRule Trade { get; init; } = TradeRule.Free;

    public BankRule Bank { get; init; } = BankRule.None;

    public DataRule Data { get; init; } = DataRule.OfProfile;

    public CalendarRule Calendar { get; init; } = CalendarRule.AtOnce;

    /// <summary>Null: nothing is handed over in kind.</summary>
    public MakeGoodRule? MakeGood { get; init; }

    public LateRule Late { get; init; } = LateRule.Published;

    public MassRounding MassRounding { get; init; } = MassRounding.GramsAtMember;

    public MoneyRounding MoneyRounding { get; init; } = MoneyRounding.AtBubble;

    public CorrectionRule Correction { get; init; } = CorrectionRule.OpenPeriod;

    /// <summary>Null: the revenue stays in the fund.</summary>
    public RefundRule? Refund { get; init; }

    public LawRule Law { get; init; } = LawRule.Plain;

    /// <summary>What of it nobody has looked up.</summary>
    public ImmutableArray<Unverified> Unverified { get; init; } = [];

    /// <summary>
    /// Whether a settlement needs to know what members did or made, which no instrument says.
    /// </summary>
    public bool AsksActivity => !Bubble.Benchmarks.IsEmpty || Refund is not null;

    /// <summary>How a trace names a clause of it.</summary>
    public string Clause(string name) => $"{Id} version {Version}, {name}";
}
