using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>Turns masses into money by the tiers of a contract.</summary>
internal static class ChargeRules
{
    private const long Thousandths = 1_000;
    private const long Millionths = 1_000_000;

    public static ImmutableArray<Charge> ChargesOf(
        Contract contract, Period period, string settlementId,
        ImmutableArray<MemberVerdict> members)
    {
        var rate = RateIn(contract, period);
        var lines = members.Select(_ => ImmutableArray.CreateBuilder<ChargeLine>()).ToArray();
        var from = (Part: ChargedPart.Within, Percent: 0);
        foreach (var tier in contract.Charge.Tiers)
        {
            from = from.Part == tier.Part ? from : (tier.Part, 0);
            long[] grams = [.. members.Select(member => GramsIn(member, tier, from.Percent))];
            var amounts = Amounts(contract, members, tier, grams, rate);
            for (var i = 0; i < lines.Length; i++)
            {
                lines[i].Add(new ChargeLine(
                    tier.Part, grams[i], tier.TimesThousandths, amounts[i]));
            }

            from = (tier.Part, tier.ToPercent ?? from.Percent);
        }

        return
        [
            .. members.Zip(lines, (member, own) => (
                    Member: member, Lines: own.ToImmutable(), Sum: own.Sum(it => it.MinorUnits)))
                .Where(charge => charge.Sum > 0)
                .Select(charge => new Charge(
                    ContentId.Of(
                        "charge", settlementId, charge.Member.Member,
                        charge.Sum.ToString(CultureInfo.InvariantCulture)),
                    charge.Member.Member, charge.Member.AnswersForGrams, charge.Sum)
                {
                    Lines = charge.Lines,
                }),
        ];
    }

    /// <summary>The base rate as the index of the period's year makes it, in minor units.</summary>
    public static long RateIn(Contract contract, Period period)
    {
        var charge = contract.Charge;
        if (charge.Index is not { } index)
        {
            return charge.RateMinorUnits;
        }

        var (_, value) = index.ValueIn(contract.Bubble.Period.YearOf(period.Start));
        var step = index.IsRoundedToMajor ? contract.Currency.MinorUnits : 1;
        return Rounding.Quotient(
            (Int128)charge.RateMinorUnits * value, (Int128)Millionths * step) * step;
    }

    public static ImmutableArray<Refund> RefundsOf(
        Contract contract, long revenue, PeriodStanding standing)
    {
        if (contract.Refund is not { } refund || standing.Activities.IsEmpty)
        {
            return [];
        }

        var admin = Rounding.Quotient((Int128)revenue * refund.AdminPercent, 100);
        long[] made =
        [
            .. contract.Parties.Select(party =>
                standing.ActivitiesOf(party.Member).Sum(activity => activity.Quantity)),
        ];

        // Where all stood still nothing goes back, and the fund keeps what was paid.
        var amounts = LargestRemainder.Split(Array.Exists(made, one => one > 0)
            ? revenue - admin
            : 0, made);
        return [.. contract.Parties.Select((party, i) => new Refund(party.Member, amounts[i]))];
    }

    private static long GramsIn(MemberVerdict member, Tier tier, int fromPercent)
    {
        var mass = tier.Part == ChargedPart.Over
            ? member.AnswersForGrams
            : Math.Max(0, member.EmittedGrams - member.AnswersForGrams);
        long Until(int percent) =>
            Math.Min(mass, (long)((Int128)member.HoldingGrams * percent / 100));
        var end = tier.ToPercent is { } to ? Until(to) : mass;
        return Math.Max(0, end - Until(fromPercent));
    }

    private static long[] Amounts(
        Contract contract, ImmutableArray<MemberVerdict> members, Tier tier, long[] grams,
        long rate)
    {
        Int128[] weights =
        [
            .. members.Select((member, i) =>
                (Int128)grams[i] * contract.Charge.FactorOf(member.Member)),
        ];
        long Money(BigInteger weight) => Rounded(
            weight * rate * tier.TimesThousandths,
            (BigInteger)Thousandths * Thousandths * contract.Charge.PerGrams,
            contract.MoneyRounding.Mode);
        if (contract.MoneyRounding.At != RoundingScope.Bubble)
        {
            return [.. weights.Select(weight => Money(weight))];
        }

        var sum = weights.Aggregate(BigInteger.Zero, (total, weight) => total + weight);
        return LargestRemainder.Split(Money(sum), weights);
    }

    private static long Rounded(BigInteger dividend, BigInteger divisor, RoundingMode mode)
    {
        var quotient = BigInteger.DivRem(dividend, divisor, out var remainder);
        var twice = remainder * 2;
        var isUp = twice > divisor
            || (twice == divisor && (mode == RoundingMode.HalfAwayFromZero || !quotient.IsEven));
        return (long)(isUp ? quotient + 1 : quotient);
    }
}
