using System.Numerics;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;

namespace Monitoring.Tests.Core.Oracle;

/// <summary>What the oracle says of one member, in grams and minor units.</summary>
internal sealed record NaiveMember(
    BigInteger Emitted, BigInteger OwnExcess, BigInteger Apportioned, BigInteger AnswersFor,
    BigInteger MakeGood, BigInteger Carried, BigInteger Charge)
{
    /// <summary>How its account covers what it emitted.</summary>
    public required NaiveUse Use { get; init; }
}

/// <summary>What an account gives for what was emitted, and with what of it the next begins.
/// </summary>
internal sealed record NaiveUse(
    Fraction Capacity, BigInteger Carried, BigInteger Own, BigInteger Free, BigInteger Spent,
    BigInteger Beyond, BigInteger Next)
{
    /// <summary>The same as the rules say it.</summary>
    public static NaiveUse Of(Coverage use) => new(
        use.CapacityGrams, use.Carried, use.Current, use.BankedOneToOne, use.BankedBeyond,
        use.BeyondCovered, use.Borrowed);
}

/// <summary>
/// Settlement once more, from the words of the clauses, in exact fractions: slow, and written
/// without a look at the rules. It shares the contract's data with them and no arithmetic.
/// </summary>
internal sealed partial class NaiveSettlement
{
    private readonly Contract _contract;
    private readonly string[] _members;
    private Dictionary<string, MemberAccount> _accounts;
    private Dictionary<string, Fraction> _allocation;
    private Fraction _cap;
    private readonly long _unit;

    public NaiveSettlement(
        Contract contract, Dictionary<string, long> allocation, long cap,
        Dictionary<string, MemberAccount> accounts)
    {
        _contract = contract;
        _members = [.. contract.Parties.Select(party => party.Member)];
        _allocation = allocation.ToDictionary(pair => pair.Key, pair => (Fraction)pair.Value);
        _cap = cap;
        _accounts = accounts;
        _unit = contract.MassRounding.UnitGrams;
    }

    public (BigInteger Excess, BigInteger Total, NaiveMember[] Members) Settle(
        IReadOnlyCollection<EmittedMass> facts)
    {
        var emitted = Emitted(facts);
        if (_contract.Bubble.Measure == Measure.Credits)
        {
            return SetOff(facts, emitted);
        }

        AllowWhatWasMade();
        var bank = _contract.Bank;
        var allBanked = Sum(_members.Select(it => (Fraction)_accounts[it].BankedGrams));
        var capacity = new Fraction[_members.Length];
        var uses = new NaiveUse[_members.Length];
        for (var i = 0; i < _members.Length; i++)
        {
            uses[i] = Cover(bank, _accounts[_members[i]], emitted[i], allBanked);
            capacity[i] = uses[i].Capacity;
        }

        var v = new Fraction(100 + _contract.Breach.VariabilityPercent, 100);
        Fraction[] levels =
        [
            .. _members.Select((member, i) => InUnits(
                (_contract.Breach.IsLevelOfAllocation ? _allocation[member] : capacity[i]) * v)),
        ];
        var moved = Sum(_members.Select((member, i) =>
            capacity[i] - (Fraction)_accounts[member].HeldGrams));
        var limit = Fraction.Max(InUnits((_cap + moved) * v), Sum(levels));
        var aggregate = Fraction.Max(0, Sum(emitted) - limit);
        Fraction[] above = [.. emitted.Zip(levels, (e, level) => Fraction.Max(0, e - level))];
        Fraction[] shorts = [.. emitted.Zip(capacity, (e, has) =>
            Fraction.Max(0, e - new Fraction((has / _unit).Floor() * _unit, 1)))];
        var trigger = _contract.Breach.Trigger;
        var isOwn = trigger is Trigger.Member or Trigger.Both;
        var apportioned = trigger == Trigger.Member ? shorts
            : aggregate > 0 && IsLiable(trigger, emitted, OwnLimits() ?? levels)
                ? Apportion(aggregate, above, emitted)
            : new Fraction[_members.Length].Select(_ => Fraction.Zero).ToArray();
        var answers = isOwn ? shorts : apportioned;
        var excess = trigger == Trigger.Member ? Sum(shorts) : aggregate;
        var owed = MakeGood(excess, above, emitted, apportioned, answers);
        var charges = Charges(emitted, answers);
        return (excess.Floor(), charges.Aggregate(BigInteger.Zero, (sum, it) => sum + it),
        [
            .. _members.Select((_, i) => new NaiveMember(
                emitted[i].Floor(), (isOwn ? shorts : above)[i].Floor(), apportioned[i].Floor(),
                answers[i].Floor(), owed[i].Floor(), uses[i].Carried, charges[i])
            {
                Use = uses[i],
            }),
        ]);
    }

    /// <summary>A split by weights that loses nothing: the largest fractions round up.</summary>
    public static BigInteger[] Split(BigInteger total, Fraction[] weights)
    {
        var sum = Sum(weights);
        if (total.IsZero)
        {
            return [.. weights.Select(_ => BigInteger.Zero)];
        }

        Fraction[] exact = [.. weights.Select(weight => new Fraction(total, 1) * weight / sum)];
        BigInteger[] parts = [.. exact.Select(part => part.Floor())];
        var missing = (int)(total - parts.Aggregate(BigInteger.Zero, (one, other) => one + other));
        var byRest = Enumerable.Range(0, parts.Length)
            .OrderByDescending(i => exact[i] - new Fraction(parts[i], 1)).ThenBy(i => i);
        foreach (var i in byRest.Take(missing))
        {
            parts[i] += 1;
        }

        return parts;
    }

    private static Fraction Sum(IEnumerable<Fraction> all) =>
        all.Aggregate(Fraction.Zero, (sum, one) => sum + one);

    private Fraction InUnits(Fraction grams) =>
        new((grams / _unit).Nearest(isToEven: false) * _unit, 1);

    private Fraction[] Emitted(IReadOnlyCollection<EmittedMass> facts)
    {
        var rounding = _contract.MassRounding;
        var isToEven = rounding.Mode == RoundingMode.HalfEven;
        Fraction Grams(IEnumerable<EmittedMass> own)
        {
            var units = Sum(own.Select(fact => (Fraction)fact.Milligrams)) / (1_000 * _unit);
            return new Fraction(units.Nearest(isToEven) * _unit, 1);
        }

        ILookup<string, EmittedMass> byMember = facts.ToLookup(fact => fact.Member);
        switch (rounding.At)
        {
            case RoundingScope.Source:
                return
                [
                    .. _members.Select(member => Sum(
                        byMember[member].GroupBy(fact => fact.Source).Select(Grams))),
                ];
            case RoundingScope.Member:
                return [.. _members.Select(member => Grams(byMember[member]))];
            default:
                var total = (Grams(facts) / _unit).Floor();
                Fraction[] weights =
                [
                    .. _members.Select(member =>
                        Sum(byMember[member].Select(fact => (Fraction)fact.Milligrams))),
                ];
                return [.. Split(total, weights).Select(part => new Fraction(part * _unit, 1))];
        }
    }

    private NaiveUse Cover(
        BankRule bank, MemberAccount account, Fraction emitted, Fraction allBanked)
    {
        Fraction banked = account.BankedGrams;
        Fraction Whole(Fraction grams) => new((grams / _unit).Floor() * _unit, 1);
        var share = _cap * new Fraction(bank.FreePercent, 100);
        var free = bank.Kind switch
        {
            BankKind.None => Fraction.Zero,
            BankKind.Free => banked,
            _ => allBanked > share ? Whole(banked * share / allBanked) : banked,
        };
        var ratio = new Fraction(bank.BeyondThousandths, 1_000);
        var beyond = Whole(new Fraction(((banked - free) / ratio).Floor(), 1));
        var next = Whole(new Fraction(
            ((Fraction)account.HeldGrams * bank.BorrowPercent / 100).Floor(), 1));
        var own = (Fraction)account.HeldGrams - account.OwedGrams;
        var need = Fraction.Max(0, emitted);
        var left = new Dictionary<string, Fraction>
        {
            ["own"] = Fraction.Max(0, own), ["free"] = free, ["beyond"] = beyond, ["next"] = next,
        };
        var used = new Dictionary<string, Fraction>();
        string[] order = bank.IsOldestFirst
            ? ["free", "own", "beyond", "next"]
            : ["own", "free", "beyond", "next"];
        foreach (var name in order)
        {
            used[name] = Fraction.Min(need, left[name]);
            need -= used[name];
        }

        var spent = Fraction.Min(
            new Fraction((used["beyond"] * ratio).Ceiling(), 1), banked - free);
        var carried = bank.Kind == BankKind.None
            ? Fraction.Zero
            : left["own"] - used["own"] + banked - used["free"] - spent;
        return new NaiveUse(
            own + free + beyond + next, carried.Floor(), used["own"].Floor(),
            used["free"].Floor(), spent.Floor(), used["beyond"].Floor(), used["next"].Floor());
    }

    private static bool IsLiable(Trigger trigger, Fraction[] emitted, Fraction[] levels) =>
        trigger != Trigger.TwoRoute
        || emitted.Zip(levels).Any(pair => pair.First > pair.Second);

    private Fraction[] Apportion(Fraction excess, Fraction[] above, Fraction[] emitted) =>
        _contract.Breach.Apportion switch
        {
            Apportionment.OwnLevel => above,
            Apportionment.ProRata when emitted.Any(it => it > 0) => Shares(excess, emitted),
            _ => Shares(excess, above),
        };

    private Fraction[] Shares(Fraction grams, Fraction[] weights) =>
        [.. Split((grams / _unit).Floor(), weights).Select(it => new Fraction(it * _unit, 1))];

    private Fraction[] MakeGood(
        Fraction excess, Fraction[] above, Fraction[] emitted, Fraction[] apportioned,
        Fraction[] answers)
    {
        if (_contract.MakeGood is not { } rule)
        {
            return [.. answers.Select(_ => Fraction.Zero)];
        }

        var ratio = new Fraction(rule.RatioThousandths, 1_000);
        var isTogether = _contract.Breach.Trigger is Trigger.Aggregate or Trigger.TwoRoute
            && _contract.Breach.Apportion != Apportionment.OwnLevel;
        if (rule.IsOfBubble && isTogether)
        {
            return apportioned.Any(part => part > 0)
                ? Shares(
                    InUnits(excess * ratio),
                    _contract.Breach.Apportion == Apportionment.ProRata
                        && emitted.Any(it => it > 0) ? emitted : above)
                : [.. answers.Select(_ => Fraction.Zero)];
        }

        var more = _contract.Breach.Trigger == Trigger.Both && excess > 0
            ? Shares(InUnits(excess * new Fraction(rule.AssuranceThousandths, 1_000)), above)
            : [.. answers.Select(_ => Fraction.Zero)];
        return [.. answers.Zip(more, (own, shared) => InUnits(own * ratio) + shared)];
    }

    private BigInteger[] Charges(Fraction[] emitted, Fraction[] answers)
    {
        var charge = _contract.Charge;
        var isToEven = _contract.MoneyRounding.Mode == RoundingMode.HalfEven;
        var sums = new BigInteger[_members.Length];
        foreach (var (tierIndex, tier) in charge.Tiers.Index())
        {
            var start = charge.Tiers.Take(tierIndex)
                .LastOrDefault(before => before.Part == tier.Part)?.ToPercent ?? 0;
            var each = _members.Select((member, i) =>
            {
                var all = tier.Part == ChargedPart.Over
                    ? answers[i]
                    : Fraction.Max(0, emitted[i] - answers[i]);
                Fraction Below(int? percent) => percent is not { } p
                    ? all
                    : Fraction.Min(all, new Fraction(
                        ((Fraction)_accounts[member].HeldGrams * p / 100).Floor(), 1));
                var grams = Fraction.Max(0, Below(tier.ToPercent) - Below(start));
                return grams * new Fraction(charge.FactorOf(member), 1_000)
                    * charge.RateMinorUnits * new Fraction(tier.TimesThousandths, 1_000)
                    / charge.PerGrams;
            }).ToArray();
            var rounded = _contract.MoneyRounding.At == RoundingScope.Bubble
                ? Split(Sum(each).Nearest(isToEven), each)
                : [.. each.Select(amount => amount.Nearest(isToEven))];
            for (var i = 0; i < sums.Length; i++)
            {
                sums[i] += rounded[i];
            }
        }

        return sums;
    }
}
