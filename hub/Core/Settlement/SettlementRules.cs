using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Contracts;
using Monitoring.Wire;

namespace Monitoring.Core.Settlement;

/// <summary>
/// Settles a period by the clauses of its contract: who breaks it, who answers for how much, what
/// that costs in kind and in money. A pure function of the contract, the facts and the accounts.
/// </summary>
public static class SettlementRules
{
    /// <param name="masses">The latest revision of every fact of the period, once each.</param>
    /// <param name="windowsExpected">
    /// How many windows the sources of each member have in the period, with a fact or without.
    /// </param>
    public static PeriodSettlement Settle(
        Contract contract, Period period, IReadOnlyCollection<EmittedMass> masses,
        IReadOnlyDictionary<string, int> windowsExpected) =>
        Settle(
            contract, period, PeriodFacts.Of(masses),
            PeriodStanding.Plain with { WindowsExpected = windowsExpected });

    public static PeriodSettlement Settle(
        Contract contract, Period period, PeriodFacts facts, PeriodStanding standing)
    {
        Check(contract, period, facts);
        var mass = new MemberMass(contract, facts, standing);
        var (bubble, members) = Judgement.Of(contract, period, mass, standing);
        var root = facts.Root;
        var id = ContentId.Of(
        [
            "settlement", contract.Hash, period.Id, root,
            .. standing.Accounts.Select(TextOf),
            .. standing.Activities.Select(TextOf),
            .. standing.Replaces is { } replaced ? (string[])["replaces", replaced] : [],
        ]);
        var charges = ChargeRules.ChargesOf(contract, period, id, members);
        var total = charges.Sum(charge => charge.MinorUnits);
        var settlement = new PeriodSettlement
        {
            Id = id,
            ContractId = contract.Id,
            ContractHash = contract.Hash,
            PeriodId = period.Id,
            Replaces = standing.Replaces,
            Accounts = standing.Accounts,
            Activities = standing.Activities,
            Bubble = bubble,
            Members = members,
            Sources =
            [
                .. facts.Series.GroupBy(series => (series.Source, series.Member))
                    .Select(group => new SourceMass(
                        group.Key.Source, group.Key.Member,
                        group.Sum(series => series.Milligrams))),
            ],
            Charges = charges,
            Gates = GateRules.Of(contract, period, mass, members),
            Refunds = ChargeRules.RefundsOf(contract, total, standing),
            Carried = CarriedBy(contract, members),
            TotalMinorUnits = total,
            FactsRoot = root,
            Trace = new Trace { Title = period.Id },
        };
        return settlement with { Trace = SettlementTrace.Of(contract, period, settlement, facts) };
    }

    private static void Check(Contract contract, Period period, PeriodFacts facts)
    {
        Invariant.That(period.Bubble == contract.Bubble.Id);
        foreach (var series in facts.Series)
        {
            Invariant.That(contract.Bubble.WeightOf(series.Pollutant) > 0);
            Invariant.That(period.Start <= series.Facts[0].Start);
            Invariant.That(series.Facts[^1].End <= period.End);
            Invariant.That(contract.Parties.Any(party => party.Member == series.Member));
        }
    }

    private static ImmutableArray<CarryOver> CarriedBy(
        Contract contract, ImmutableArray<MemberVerdict> members) =>
        contract.Bank == BankRule.None && contract.MakeGood is null
            ? []
            :
            [
                .. members.Select(member => new CarryOver(
                    member.Member, member.Coverage.Carried,
                    member.MakeGoodGrams + member.Coverage.Borrowed)),
            ];

    private static string TextOf(MemberAccount account) => string.Create(
        CultureInfo.InvariantCulture,
        $"{account.Member} {account.HeldGrams} {account.BankedGrams} {account.OwedGrams}");

    private static string TextOf(Activity activity) => string.Create(
        CultureInfo.InvariantCulture,
        $"{activity.Member} {activity.Start.UtcTicks} {activity.End.UtcTicks} {activity.Quantity}");
}
