using System.Collections.Immutable;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>
/// What members and bubble may emit in a period as things stand. A settlement of that instant
/// would measure by the same, but for what could be borrowed: who needs that has to be told
/// before.
/// </summary>
public static class StandingLimits
{
    /// <param name="standing">What members hold after all sales, and what they carry.</param>
    public static QuotaLimits Of(Contract contract, Period period, PeriodStanding standing)
    {
        var given = QuotaLimits.Given(contract, period);
        if (!contract.Bubble.Benchmarks.IsEmpty)
        {
            // What is known by now of what they did allows them so much, and not less.
            ImmutableArray<Holding> allowed =
            [
                .. SettlementRules.Settle(contract, period, PeriodFacts.Of([]), standing).Members
                    .Select(member => new Holding(member.Member, member.HoldingGrams)),
            ];
            return new QuotaLimits(allowed.Sum(holding => holding.Grams), allowed);
        }

        if (standing.Accounts.IsEmpty)
        {
            return given;
        }

        var members = SettlementRules.Settle(
            contract with { Bank = contract.Bank with { BorrowPercent = 0 } }, period,
            PeriodFacts.Of([]), standing).Members;
        var rooms = members.ToDictionary(
            member => member.Member, member => member.Coverage.CapacityGrams);
        var moved = members.Sum(member => member.Coverage.CapacityGrams - member.HoldingGrams);
        return new QuotaLimits(
            Math.Max(0, given.BubbleGrams + moved),
            [
                .. given.Members.Select(own =>
                    own with { Grams = Math.Max(0, rooms[own.Member]) }),
            ]);
    }
}
