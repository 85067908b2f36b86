using System.Collections.Immutable;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>Writes down, clause by clause, how a settlement came about.</summary>
internal static class SettlementTrace
{
    public static Trace Of(
        Contract contract, Period period, PeriodSettlement settlement,
        ImmutableArray<EmittedMass> facts)
    {
        var bubble = settlement.Bubble;
        return new Trace
        {
            Title = $"settlement of {period.Id}",
            Span = Span(period.Start, period.End),
            Rule = contract.Clause("breach"),
            Result = Money(contract, settlement.TotalMinorUnits),
            Note = bubble.IsBroken
                ? "the bubble is broken; members above their holding pay for its excess"
                : "the bubble holds; nobody pays",
            Parts =
            [
                OfBubble(contract, settlement),
                OfTotal(contract, settlement),
                .. settlement.Members.Select(member =>
                    OfMember(contract, settlement, member, facts)),
            ],
        };
    }

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

    private static Trace OfTotal(Contract contract, PeriodSettlement settlement) => new()
    {
        Title = "charge of the bubble",
        Rule = "excess of the bubble / 1000 x rate, rounded once to the smallest unit of "
            + "money, half away from zero",
        Result = Money(contract, settlement.TotalMinorUnits),
        Constants =
        [
            new TraceConstant(
                "rate for each kg", Money(contract, contract.ChargeMinorUnitsPerKg),
                contract.Clause("charge")),
        ],
    };

    private static Trace OfMember(
        Contract contract, PeriodSettlement settlement, MemberVerdict member,
        ImmutableArray<EmittedMass> facts)
    {
        var charge = settlement.Charges.FirstOrDefault(one => one.Member == member.Member);
        return new Trace
        {
            Title = $"charge of {member.Member}",
            Explains = charge?.Id,
            Rule = "charge of the bubble x apportioned excess / sum of these, "
                + "by largest remainder, ties in the order of the parties",
            Result = Money(contract, charge?.MinorUnits ?? 0),
            Parts =
            [
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
                            "holding", member.HoldingGrams, "g",
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
                    Parts =
                    [
                        .. facts.Where(fact => fact.Member == member.Member)
                            .OrderBy(fact => fact.Start)
                            .ThenBy(fact => fact.Source, StringComparer.Ordinal)
                            .Select(OfFact),
                    ],
                },
            ],
        };
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
