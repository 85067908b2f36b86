using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Contracts;
using Monitoring.Wire;

namespace Monitoring.Core.Settlement;

/// <summary>
/// Settles a period: nobody pays unless the bubble is broken; then only members above their own
/// holding do, in proportion to their excess, together exactly for the bubble's.
/// </summary>
public static class SettlementRules
{
    private const int MilligramsPerGram = 1_000;
    private const int GramsPerKilogram = 1_000;

    /// <param name="masses">The latest revision of every fact of the period, once each.</param>
    /// <param name="windowsExpected">
    /// How many windows the sources of each member have in the period, with a fact or without.
    /// </param>
    public static PeriodSettlement Settle(
        Contract contract, Period period, IReadOnlyCollection<EmittedMass> masses,
        IReadOnlyDictionary<string, int> windowsExpected)
    {
        // The order of arrival must not show in any number or id.
        ImmutableArray<EmittedMass> facts =
            [.. masses.OrderBy(mass => mass.FactId, StringComparer.Ordinal)];
        Check(contract, period, facts);
        var (bubble, members) = Judge(contract, facts, windowsExpected);
        ImmutableArray<string> factIds = [.. facts.Select(fact => fact.FactId)];
        var id = ContentId.Of(["settlement", contract.Hash, period.Id, .. factIds]);
        var total = Rounding.Quotient(
            (Int128)bubble.ExcessGrams * contract.ChargeMinorUnitsPerKg, GramsPerKilogram);
        var settlement = new PeriodSettlement
        {
            Id = id,
            ContractId = contract.Id,
            ContractHash = contract.Hash,
            PeriodId = period.Id,
            Bubble = bubble,
            Members = members,
            Sources =
            [
                .. facts.GroupBy(fact => (fact.Source, fact.Member))
                    .OrderBy(group => group.Key.Source, StringComparer.Ordinal)
                    .Select(group => new SourceMass(
                        group.Key.Source, group.Key.Member, Sum(group))),
            ],
            Charges = ChargesOf(id, members, total),
            TotalMinorUnits = total,
            FactIds = factIds,
            Trace = new Trace { Title = period.Id },
        };
        return settlement with { Trace = SettlementTrace.Of(contract, period, settlement, facts) };
    }

    private static void Check(
        Contract contract, Period period, ImmutableArray<EmittedMass> facts)
    {
        Invariant.That(period.Bubble == contract.Bubble.Id);
        Invariant.That(facts.Select(fact => fact.FactId).Distinct().Count() == facts.Length);
        foreach (var fact in facts)
        {
            Invariant.That(fact.Pollutant == contract.Bubble.Pollutant);
            Invariant.That(fact.Milligrams >= 0);
            Invariant.That(period.Start <= fact.Start && fact.End <= period.End);
            Invariant.That(contract.Parties.Any(party => party.Member == fact.Member));
        }
    }

    private static (BubbleVerdict Bubble, ImmutableArray<MemberVerdict> Members) Judge(
        Contract contract, ImmutableArray<EmittedMass> facts,
        IReadOnlyDictionary<string, int> windowsExpected)
    {
        var members = new List<MemberVerdict>();
        foreach (var party in contract.Parties)
        {
            var own = facts.Where(fact => fact.Member == party.Member).ToList();
            var milligrams = Sum(own);
            var grams = Rounding.Quotient(milligrams, MilligramsPerGram);
            var holding = contract.Bubble.HoldingOf(party.Member).Grams;
            members.Add(new MemberVerdict(
                party.Member, milligrams, grams, holding, Math.Max(0, grams - holding), 0,
                own.Count, windowsExpected.GetValueOrDefault(party.Member)));
        }

        var emitted = members.Sum(member => member.EmittedGrams);
        var cap = contract.Bubble.CapGrams;
        var bubble = new BubbleVerdict(emitted, cap, Math.Max(0, emitted - cap));
        // The holdings sum to the cap, so a broken bubble has a member above its own.
        var apportioned = LargestRemainder.Split(
            bubble.ExcessGrams, [.. members.Select(member => member.OwnExcessGrams)]);
        return (bubble,
            [.. members.Select((member, i) => member with { ApportionedGrams = apportioned[i] })]);
    }

    private static ImmutableArray<Charge> ChargesOf(
        string settlementId, ImmutableArray<MemberVerdict> members, long totalMinorUnits)
    {
        var amounts = LargestRemainder.Split(
            totalMinorUnits, [.. members.Select(member => member.ApportionedGrams)]);
        return
        [
            .. members.Zip(amounts).Where(pair => pair.Second > 0).Select(pair => new Charge(
                ContentId.Of(
                    "charge", settlementId, pair.First.Member,
                    pair.Second.ToString(CultureInfo.InvariantCulture)),
                pair.First.Member, pair.First.ApportionedGrams, pair.Second)),
        ];
    }

    private static long Sum(IEnumerable<EmittedMass> facts) =>
        facts.Sum(fact => fact.Milligrams);
}
