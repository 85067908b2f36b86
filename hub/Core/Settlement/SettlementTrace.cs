using System.Collections.Immutable;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>Writes down, clause by clause, how a settlement came about.</summary>
internal static class SettlementTrace
{
    private const int FactsOfMemberMax = 2_000;

    public static Trace Of(
        Contract contract, Period period, PeriodSettlement settlement,
        PeriodFacts facts)
    {
        var bubble = settlement.Bubble;
        return new Trace
        {
            Title = $"settlement of {period.Id}",
            Span = Span(period.Start, period.End),
            Rule = contract.Clause("breach"),
            Result = Money(contract, settlement.TotalMinorUnits),
            Note = NoteOf(contract, bubble),
            Parts =
            [
                OfBubble(contract, settlement),
                OfTotal(contract, period, settlement),
                .. settlement.Members.Select(member =>
                    OfMember(contract, settlement, member, facts)),
            ],
        };
    }

    private static string NoteOf(Contract contract, BubbleVerdict bubble) =>
        contract.Breach switch
        {
            { Trigger: Trigger.Member or Trigger.Both } =>
                "each member answers for what it is above its own holding",
            _ when !bubble.IsBroken =>
                contract.Charge.Tiers.Any(tier => tier.Part == ChargedPart.Within)
                ? "the bubble holds; nobody pays the rate for excess"
                : "the bubble holds; nobody pays",
            { Apportion: Apportionment.OwnLevel } =>
                "the bubble is broken; each member answers for what it is above its own level",
            { Apportion: Apportionment.ProRata } =>
                "the bubble is broken; all members share its excess by what they emitted",
            _ => "the bubble is broken; members above their holding pay for its excess",
        };

    private static Trace OfBubble(Contract contract, PeriodSettlement settlement) => new()
    {
        Title = "excess of the bubble",
        Rule = "sum of the members' grams - cap, not below 0",
        Result = TraceValue.Of(settlement.Bubble.ExcessGrams, "g"),
        Note = $"emitted {settlement.Bubble.EmittedGrams} g",
        Constants =
        [
            TraceConstant.Of(
                "cap", settlement.Bubble.CapGrams, "g", contract.Clause("bubble.cap")),
        ],
    };

    private static Trace OfTotal(Contract contract, Period period, PeriodSettlement settlement)
    {
        var charge = contract.Charge;
        return new Trace
        {
            Title = "charge of the bubble",
            Rule = charge.Tiers is [{ Part: ChargedPart.Over, TimesThousandths: 1_000 }]
                ? $"excess of the bubble / {charge.PerGrams} x rate, rounded once to the smallest "
                    + "unit of money, half away from zero"
                : "sum of the members' charges, tier by tier",
            Result = Money(contract, settlement.TotalMinorUnits),
            Constants =
            [
                new TraceConstant(
                    charge.PerGrams == 1_000 ? "rate for each kg" : "rate for each t",
                    Money(contract, ChargeRules.RateIn(contract, period)),
                    contract.Clause(charge.Index is { } index
                        ? $"charge, {index.Series} of "
                            + $"{index.ValueIn(contract.Bubble.Period.YearOf(period.Start)).Year}"
                        : "charge")),
            ],
        };
    }

    private static Trace OfMember(
        Contract contract, PeriodSettlement settlement, MemberVerdict member,
        PeriodFacts facts)
    {
        var charge = settlement.Charges.FirstOrDefault(one => one.Member == member.Member);
        return new Trace
        {
            Title = $"charge of {member.Member}",
            Explains = charge?.Id,
            Rule = contract.MoneyRounding.At == RoundingScope.Bubble
                ? "charge of the bubble x apportioned excess / sum of these, "
                    + "by largest remainder, ties in the order of the parties"
                : "rate x mass, rounded for each member",
            Result = Money(contract, charge?.MinorUnits ?? 0),
            Parts =
            [
                .. TiersOf(contract, charge), .. InKind(member),
                new Trace
                {
                    Title = $"apportioned excess of {member.Member}",
                    Rule = "excess of the bubble x own excess / sum of own excesses, "
                        + "by largest remainder",
                    Result = TraceValue.Of(member.ApportionedGrams, "g"),
                },
                new Trace
                {
                    Title = $"own excess of {member.Member}",
                    Rule = "emitted - holding, not below 0",
                    Result = TraceValue.Of(member.OwnExcessGrams, "g"),
                    Constants =
                    [
                        TraceConstant.Of(
                            "holding", member.LevelGrams, "g",
                            contract.Clause("bubble.holdings")),
                    ],
                },
                new Trace
                {
                    Title = $"emitted by {member.Member}",
                    Rule = "sum of its facts / 1000, rounded half away from zero",
                    Result = TraceValue.Of(member.EmittedGrams, "g"),
                    Note = $"{member.Milligrams} mg; {member.WindowsKnown} of "
                        + $"{member.WindowsExpected} windows are known, the others not counted",
                    Parts = FactsOf(member.Member, facts),
                },
            ],
        };
    }

    // A charge of one tier says all in its own line.
    private static IEnumerable<Trace> TiersOf(Contract contract, Charge? charge) =>
        contract.Charge.Tiers.Length < 2 || charge is null
            ? []
            : charge.Lines.Where(line => line.Grams > 0).Select(line => new Trace
            {
                Title = line.Part == ChargedPart.Over ? "part above" : "part within",
                Rule = "rate x mass x times",
                Result = Money(contract, line.MinorUnits),
                Constants =
                [
                    TraceConstant.Of("mass", line.Grams, "g", contract.Clause("charge.tiers")),
                    TraceConstant.Of(
                        "times", line.TimesThousandths / 1_000m, "",
                        contract.Clause("charge.tiers")),
                    TraceConstant.Of(
                        "place", contract.Charge.FactorOf(charge.Member) / 1_000m, "",
                        contract.Clause("charge.factors")),
                ],
            });

    private static IEnumerable<Trace> InKind(MemberVerdict member)
    {
        if (member.MakeGoodGrams > 0)
        {
            yield return new Trace
            {
                Title = $"to be handed over by {member.Member} out of its next holding",
                Rule = "mass it answers for x ratio of 'make_good'",
                Result = TraceValue.Of(member.MakeGoodGrams, "g"),
            };
        }

        if (member.Coverage is { BankedOneToOne: > 0 } or { BankedBeyond: > 0 }
            or { Borrowed: > 0 })
        {
            var used = member.Coverage;
            yield return new Trace
            {
                Title = $"covered by {member.Member} beside its holding",
                Rule = "bank gram for gram, then at the ratio beyond, then the next holding",
                Note = $"{used.BankedOneToOne} g, {used.BankedBeyond} g and {used.Borrowed} g",
            };
        }
    }

    private static ImmutableArray<Trace> FactsOf(string member, PeriodFacts facts)
    {
        var own = facts.Series.Where(series => series.Member == member).ToList();
        return own.Sum(series => series.Facts.Length) <= FactsOfMemberMax
            ?
            [
                .. own.SelectMany(series => series.Facts)
                    .OrderBy(fact => fact.Start)
                    .ThenBy(fact => fact.Source, StringComparer.Ordinal)
                    .Select(OfFact),
            ]
            :
            [
                .. own.Select(series => new Trace
                {
                    Title = $"{series.Facts.Length} facts of {series.Source}, too many to list",
                    Rule = $"SHA-256 over their ids in the order of time: {series.Digest}",
                    Result = TraceValue.Of(series.Milligrams, "mg"),
                    Note = series.Pollutant,
                }),
            ];
    }

    // The caller, who can work out the window again, may expand it.
    private static Trace OfFact(EmittedMass fact) => new()
    {
        Title = $"fact {fact.FactId}",
        Explains = fact.FactId,
        Span = Span(fact.Start, fact.End),
        Result = TraceValue.Of(fact.Milligrams, "mg"),
        Note = $"source {fact.Source}",
    };

    private static TraceValue Money(Contract contract, long minorUnits) => new(
        contract.Currency.Amount(minorUnits), contract.Currency.Code);

    private static TraceSpan Span(DateTimeOffset start, DateTimeOffset end) =>
        new(start.ToUnixTimeMilliseconds(), end.ToUnixTimeMilliseconds());
}
