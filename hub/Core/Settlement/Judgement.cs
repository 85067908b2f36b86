using System.Collections.Immutable;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Settlement;

/// <summary>Who is above what, and who answers for how much of it.</summary>
internal static class Judgement
{
    private const long Thousandths = 1_000;

    public static (BubbleVerdict Bubble, ImmutableArray<MemberVerdict> Members) Of(
        Contract contract, Period period, MemberMass mass, PeriodStanding standing)
    {
        var before = contract.Bubble.Measure == Measure.Credits
            ? OfCredits(contract, mass)
            : OfMass(contract, period, mass, standing);
        var (bubble, levels, members) = before;
        long[] apportioned = bubble.IsBroken && IsAnswerable(contract, mass, members)
            ? Apportion(contract, bubble.ExcessGrams, levels, members)
            : new long[members.Length];
        var trigger = contract.Breach.Trigger;
        members =
        [
            .. members.Select((member, i) => member with
            {
                ApportionedGrams =
                    trigger == Trigger.Member ? member.OwnExcessGrams : apportioned[i],
                AnswersForGrams = trigger is Trigger.Member or Trigger.Both
                    ? member.OwnExcessGrams
                    : apportioned[i],
            }),
        ];
        if (trigger == Trigger.Member)
        {
            bubble = bubble with { ExcessGrams = members.Sum(member => member.OwnExcessGrams) };
        }

        var owed = MakeGood(contract, bubble.ExcessGrams, levels, members);
        return (bubble,
            [.. members.Select((member, i) => member with { MakeGoodGrams = owed[i] })]);
    }

    private static (BubbleVerdict, long[] LevelExcess, ImmutableArray<MemberVerdict>) OfMass(
        Contract contract, Period period, MemberMass mass, PeriodStanding standing)
    {
        var unit = contract.MassRounding.UnitGrams;
        var benchmarks = contract.Bubble.Benchmarks;
        var allocated = benchmarks.IsEmpty
            ? contract.Bubble.HoldingsIn(period)
            : [.. benchmarks.Select(one => new Holding(
                one.Member, mass.Allowed(one.Member, it => it.Micrograms)))];
        var cap = benchmarks.IsEmpty
            ? contract.Bubble.CapIn(period)
            : allocated.Sum(holding => holding.Grams);
        MemberAccount[] accounts =
            [.. contract.Parties.Select(party => standing.AccountOf(party.Member, allocated))];
        var free = FreeBanked(contract.Bank, accounts, cap, unit);
        var emitted = mass.Emitted();
        Coverage[] coverages =
        [
            .. accounts.Select((account, i) =>
                Coverage.Of(contract.Bank, account, emitted[i], free[i], unit)),
        ];
        long[] levels =
        [
            .. accounts.Select((account, i) => WithVariability(
                contract, contract.Breach.IsLevelOfAllocation
                    ? allocated.First(holding => holding.Member == account.Member).Grams
                    : coverages[i].CapacityGrams)),
        ];
        var moved = accounts.Select((account, i) => coverages[i].CapacityGrams - account.HeldGrams);
        // Rounding may take the levels above what they are parts of; the larger one holds.
        var limit = Math.Max(WithVariability(contract, cap + moved.Sum()), levels.Sum());
        var sum = emitted.Sum();
        var isOwn = contract.Breach.Trigger is Trigger.Member or Trigger.Both;
        ImmutableArray<MemberVerdict> members =
        [
            .. accounts.Select((account, i) =>
            {
                var level = isOwn ? Down(coverages[i].CapacityGrams, unit) : levels[i];
                return new MemberVerdict(
                    account.Member, mass.Milligrams(account.Member), emitted[i], account.HeldGrams,
                    Math.Max(0, emitted[i] - level), 0, mass.WindowsKnown(account.Member),
                    mass.WindowsExpected(account.Member))
                {
                    LevelGrams = level,
                    Coverage = coverages[i],
                };
            }),
        ];
        return (new BubbleVerdict(sum, limit, Math.Max(0, sum - limit)),
            [.. levels.Select((level, i) => Math.Max(0, emitted[i] - level))], members);
    }

    private static (BubbleVerdict, long[] LevelExcess, ImmutableArray<MemberVerdict>) OfCredits(
        Contract contract, MemberMass mass)
    {
        var balances = contract.Parties.Select(party => mass.Balance(party.Member)).ToArray();
        var debits = balances.Sum(balance => balance.Debits);
        var credits = balances.Sum(balance => balance.Credits);
        return (new BubbleVerdict(debits, credits, Math.Max(0, debits - credits)),
            [.. balances.Select(balance => balance.Debits)],
            [
                .. contract.Parties.Select((party, i) =>
                {
                    var allowed = mass.Allowed(party.Member, it => it.Micrograms);
                    return new MemberVerdict(
                        party.Member, mass.Milligrams(party.Member), mass.Emitted(party.Member),
                        allowed, balances[i].Debits, 0, mass.WindowsKnown(party.Member),
                        mass.WindowsExpected(party.Member))
                    {
                        LevelGrams = allowed,
                    };
                }),
            ]);
    }

    // A share of all that is banked is free, and so much of what each has banked.
    private static long[] FreeBanked(
        BankRule rule, MemberAccount[] accounts, long cap, long unit)
    {
        var bank = accounts.Sum(account => account.BankedGrams);
        var free = (Int128)cap * rule.FreePercent;
        return
        [
            .. accounts.Select(account =>
                rule.Kind == BankKind.None ? 0
                : rule.Kind == BankKind.Free || (Int128)bank * 100 <= free ? account.BankedGrams
                : (long)(account.BankedGrams * free / ((Int128)bank * 100)) / unit * unit),
        ];
    }

    // Below 0 where more is owed than held: that is more to answer for, not less.
    private static long Down(long grams, long unit) =>
        (grams - (((grams % unit) + unit) % unit)) / unit * unit;

    private static long WithVariability(Contract contract, long grams)
    {
        var percent = 100 + contract.Breach.VariabilityPercent;
        var unit = contract.MassRounding.UnitGrams;
        return Rounding.Quotient((Int128)grams * percent, (Int128)100 * unit) * unit;
    }

    /// <summary>By the second route nobody answers while each keeps its own limit.</summary>
    private static bool IsAnswerable(
        Contract contract, MemberMass mass, ImmutableArray<MemberVerdict> members) =>
        contract.Breach.Trigger != Trigger.TwoRoute
        || members.Any(member => member.EmittedGrams > (contract.Bubble.Benchmarks.IsEmpty
            ? member.LevelGrams
            : mass.Allowed(member.Member, it => it.OwnMicrograms)));

    private static long[] Apportion(
        Contract contract, long excess, long[] levelExcess,
        ImmutableArray<MemberVerdict> members) => contract.Breach.Apportion switch
        {
            Apportionment.OwnLevel => levelExcess,
            Apportionment.ProRata => InUnits(contract, excess, ByEmitted(members, levelExcess)),
            _ => InUnits(contract, excess, levelExcess),
        };

    // Where nobody emitted anything, the excess is what is owed from before.
    private static long[] ByEmitted(
        ImmutableArray<MemberVerdict> members, long[] levelExcess) =>
        members.Any(member => member.EmittedGrams > 0)
            ? [.. members.Select(member => member.EmittedGrams)]
            : levelExcess;

    private static long[] MakeGood(
        Contract contract, long excess, long[] levelExcess, ImmutableArray<MemberVerdict> members)
    {
        if (contract.MakeGood is not { } rule)
        {
            return new long[members.Length];
        }

        var isShared = contract.Breach.Trigger is not (Trigger.Member or Trigger.Both)
            && contract.Breach.Apportion != Apportionment.OwnLevel;
        if (rule.IsOfBubble && isShared)
        {
            return members.Any(member => member.ApportionedGrams > 0)
                ? InUnits(
                    contract, Times(contract, excess, rule.RatioThousandths),
                    contract.Breach.Apportion == Apportionment.ProRata
                        ? ByEmitted(members, levelExcess)
                        : levelExcess)
                : new long[members.Length];
        }

        var assurance = contract.Breach.Trigger == Trigger.Both && excess > 0
            ? InUnits(contract, Times(contract, excess, rule.AssuranceThousandths), levelExcess)
            : new long[members.Length];
        return
        [
            .. members.Select((member, i) =>
                Times(contract, member.AnswersForGrams, rule.RatioThousandths) + assurance[i]),
        ];
    }

    private static long Times(Contract contract, long grams, long thousandths)
    {
        var unit = contract.MassRounding.UnitGrams;
        return Rounding.Quotient((Int128)grams * thousandths, (Int128)Thousandths * unit) * unit;
    }

    private static long[] InUnits(Contract contract, long grams, long[] weights)
    {
        var unit = contract.MassRounding.UnitGrams;
        return [.. LargestRemainder.Split(grams / unit, weights).Select(part => part * unit)];
    }
}
