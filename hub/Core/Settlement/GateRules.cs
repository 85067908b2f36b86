using System.Collections.Immutable;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>The tests at the ends of the parts of a period.</summary>
internal static class GateRules
{
    public static ImmutableArray<GateVerdict> Of(
        Contract contract, Period period, MemberMass mass, ImmutableArray<MemberVerdict> members)
    {
        var verdicts = ImmutableArray.CreateBuilder<GateVerdict>();
        foreach (var gate in contract.Bubble.Gates)
        {
            for (var at = period.Start; at < period.End;)
            {
                var (start, end) = contract.Bubble.Period.Months(at, gate.Months);
                if (gate.Test == GateTest.Credits)
                {
                    verdicts.Add(OfCredits(contract, gate, mass, (start, end)));
                }
                else
                {
                    verdicts.AddRange(members.Select(member => new GateVerdict(
                        period.Start, end, member.Member,
                        mass.Emitted(member.Member, (period.Start, end)),
                        Slack(member.HoldingGrams, gate))));
                }

                at = end;
            }
        }

        return verdicts.ToImmutable();
    }

    private static GateVerdict OfCredits(
        Contract contract, GateRule gate, MemberMass mass,
        (DateTimeOffset Start, DateTimeOffset End) span)
    {
        var balances = contract.Parties.Select(party => mass.Balance(party.Member, span)).ToList();
        return new GateVerdict(
            span.Start, span.End, contract.Bubble.Id, balances.Sum(balance => balance.Debits),
            Slack(balances.Sum(balance => balance.Credits), gate));
    }

    private static long Slack(long grams, GateRule gate) =>
        (long)((Int128)grams * gate.SlackPercent / 100);
}
