using System.Numerics;

namespace Monitoring.Verifier;

/// <summary>What a period comes to for one member, in grams and minor units.</summary>
/// <param name="InKind">To be handed over out of the next holding.</param>
/// <param name="Carried">Left over for the next period.</param>
/// <param name="Borrowed">Used of the next holding already.</param>
internal sealed record Outcome(
    string Member, BigInteger Emitted, BigInteger AnswersFor, BigInteger Charge,
    BigInteger InKind, BigInteger Carried, BigInteger Borrowed);

/// <summary>
/// A settlement worked out from the words of a contract, in fractions. It rounds only where the
/// contract does.
/// </summary>
internal sealed record Reckoning(
    BigInteger Emitted, BigInteger Limit, BigInteger Excess, IReadOnlyList<Outcome> Members)
{
    public BigInteger Total => Sum(Members.Select(member => member.Charge));

    /// <summary>What goes back to each member; empty where nothing does.</summary>
    public IReadOnlyList<BigInteger> Refunds { get; init; } = [];

    /// <param name="terms">As they are in the year of the period.</param>
    /// <param name="masses">Of the contract's members and pollutants.</param>
    public static Reckoning Of(Terms terms, IEnumerable<Mass> masses, Known known)
    {
        var emitted = new Emissions(terms, masses);
        var reckoned = terms.Credits is { } rule
            ? ByCredits(terms, emitted, known, rule)
            : ByMass(
                terms.Benchmarks.Count > 0 ? Allocated(terms, emitted, known) : terms, emitted,
                known);
        return reckoned with { Refunds = RefundsOf(terms, reckoned.Total, known) };
    }

    // Members hold what benchmarks allow for what they did, and the cap is all of that.
    private static Terms Allocated(Terms terms, Emissions emitted, Known known)
    {
        List<Share> shares =
        [
            .. terms.Shares.Select(share => share with
            {
                Grams = Fraction.Of(emitted.Allowed(share.Member, known, it => it.Grams)),
            }),
        ];
        return terms with
        {
            Shares = shares,
            CapGrams = shares.Aggregate(Fraction.Zero, (sum, share) => sum + share.Grams),
        };
    }

    private static Reckoning ByMass(Terms terms, Emissions masses, Known known)
    {
        List<Account> own =
        [
            .. terms.Shares.Select(share =>
                known.Accounts.FirstOrDefault(account => account.Member == share.Member)
                ?? new Account(share.Member, share.Grams.Floor(), 0, 0)),
        ];
        var emitted = masses.All();
        var all = Sum(own.Select(account => account.Banked));
        var covers = own.Select((account, i) => Cover.Of(terms, account, emitted[i], all)).ToList();
        BigInteger InUnits(Fraction grams) =>
            (grams / Fraction.Of(terms.MassUnit)).Round() * terms.MassUnit;
        List<BigInteger> levels =
        [
            .. terms.Shares.Select((share, i) => InUnits(
                (terms.IsLevelOfAllocation ? share.Grams : Fraction.Of(covers[i].Capacity))
                    * terms.Variability)),
        ];
        var moved = Sum(own.Select((account, i) => covers[i].Capacity - account.Held));
        var limit = BigInteger.Max(
            InUnits((terms.CapGrams + Fraction.Of(moved)) * terms.Variability), Sum(levels));
        List<BigInteger> shorts =
        [
            .. covers.Select((cover, i) => BigInteger.Max(0, emitted[i]
                - ((Fraction.Of(cover.Capacity) / Fraction.Of(terms.MassUnit)).Floor()
                    * terms.MassUnit))),
        ];

        // By the second route nobody answers while each keeps its own limit.
        var isKept = terms.Shares.Select((share, i) => terms.Benchmarks.Count > 0
                ? masses.Allowed(share.Member, known, it => it.OwnGrams)
                : levels[i])
            .Zip(emitted, (own, grams) => grams <= own).All(kept => kept);
        var answered = Answered(
            terms, (Sum(emitted), limit), own, emitted,
            new Excesses(Above(emitted, levels), shorts, isKept));
        return answered with
        {
            Members =
            [
                .. answered.Members.Select((member, i) => member with
                {
                    Carried = covers[i].Carried, Borrowed = covers[i].Borrowed,
                }),
            ],
        };
    }

    private static Reckoning ByCredits(Terms terms, Emissions masses, Known known, Credits rule)
    {
        var balances = terms.Shares
            .Select(share => masses.Balance(share.Member, known, rule)).ToList();
        List<BigInteger> debits = [.. balances.Select(balance => balance.Debits)];
        List<BigInteger> emitted = [.. terms.Shares.Select(share => masses.Of(share.Member))];
        var isKept = terms.Shares.Zip(emitted, (share, grams) =>
            grams <= masses.Allowed(share.Member, known, it => it.OwnGrams)).All(kept => kept);
        return Answered(
            terms, (Sum(debits), Sum(balances.Select(balance => balance.Credits))),
            [
                .. terms.Shares.Select(share => new Account(
                    share.Member, masses.Allowed(share.Member, known, it => it.Grams), 0, 0)),
            ],
            emitted, new Excesses(debits, debits, isKept));
    }

    private static Reckoning Answered(
        Terms terms, (BigInteger Counted, BigInteger Limit) bubble, List<Account> own,
        List<BigInteger> emitted, Excesses excesses)
    {
        var aggregate = BigInteger.Max(0, bubble.Counted - bubble.Limit);
        var shared = SharedOf(terms, emitted, excesses, aggregate);
        var isOwn = terms.Trigger is "member" or "both";
        var answers = isOwn ? excesses.Own : shared;
        var excess = terms.Trigger == "member" ? Sum(excesses.Own) : aggregate;
        var charges = ChargesOf(terms, own, emitted, answers);
        var inKind = InKindOf(
            terms, (emitted, excesses.OfLevels), excess,
            terms.Trigger == "member" ? excesses.Own : shared, answers);
        return new Reckoning(
            bubble.Counted, bubble.Limit, excess,
            [
                .. own.Select((account, i) => new Outcome(
                    account.Member, emitted[i], answers[i], charges[i], inKind[i], 0, 0)),
            ]);
    }

    private static BigInteger[] RefundsOf(Terms terms, BigInteger revenue, Known known) =>
        terms.RefundCost is not { } cost || known.Activities.Count == 0 ? [] : Fraction.Shares(
            revenue - (Fraction.Of(revenue) * cost).Round(),
            [
                .. terms.Shares.Select(share => Fraction.Of(Sum(known.Activities
                    .Where(one => one.Member == share.Member).Select(one => one.Quantity)))),
            ]);

    private static List<BigInteger> Above(List<BigInteger> emitted, List<BigInteger> levels) =>
        [.. emitted.Zip(levels, (grams, level) => BigInteger.Max(0, grams - level))];

    private static List<BigInteger> SharedOf(
        Terms terms, List<BigInteger> emitted, Excesses excesses, BigInteger aggregate) =>
        aggregate.IsZero || (terms.Trigger == "two-route" && excesses.AreOwnLimitsKept)
            ? [.. emitted.Select(_ => BigInteger.Zero)]
            : terms.Apportion == "own-level" ? excesses.OfLevels
            : Divide(
                terms, aggregate,
                ByEmitted(terms, emitted) ? emitted : excesses.OfLevels);

    // Of nothing emitted there is no part; then it goes by what each owes from before.
    private static bool ByEmitted(Terms terms, List<BigInteger> emitted) =>
        terms.Apportion == "pro-rata" && !Sum(emitted).IsZero;

    private static List<BigInteger> Divide(
        Terms terms, BigInteger grams, IEnumerable<BigInteger> weights) =>
    [
        .. Fraction.Shares(grams / terms.MassUnit, [.. weights.Select(Fraction.Of)])
            .Select(part => part * terms.MassUnit),
    ];

    private static List<BigInteger> InKindOf(
        Terms terms, (List<BigInteger> Emitted, List<BigInteger> Above) of, BigInteger excess,
        List<BigInteger> apportioned, List<BigInteger> answers)
    {
        if (terms.MakeGood is not { } rule)
        {
            return [.. answers.Select(_ => BigInteger.Zero)];
        }

        BigInteger Times(BigInteger grams, Fraction ratio) =>
            (Fraction.Of(grams) * ratio / Fraction.Of(terms.MassUnit)).Round() * terms.MassUnit;
        var above = of.Above;
        if (rule.IsOfBubble && terms.Trigger is "aggregate" or "two-route"
            && rule.IsOfBubble && terms.Apportion != "own-level")
        {
            return Sum(apportioned).IsZero
                ? apportioned
                : Divide(
                    terms, Times(excess, rule.Ratio),
                    ByEmitted(terms, of.Emitted) ? of.Emitted : above);
        }

        var assurance = terms.Trigger == "both" && excess.Sign > 0
            ? Divide(terms, Times(excess, rule.Assurance), above)
            : [.. answers.Select(_ => BigInteger.Zero)];
        return [.. answers.Zip(assurance, (own, more) => Times(own, rule.Ratio) + more)];
    }

    private static BigInteger[] ChargesOf(
        Terms terms, List<Account> accounts, List<BigInteger> emitted, List<BigInteger> answers)
    {
        var isToEven = terms.IsMoneyHalfToEven;
        var charges = new BigInteger[emitted.Count];
        var (isOver, from) = (false, 0);
        foreach (var step in terms.Steps)
        {
            from = step.IsOver == isOver ? from : 0;
            isOver = step.IsOver;
            List<Fraction> amounts =
            [
                .. terms.Shares.Select((share, i) =>
                {
                    var mass = step.IsOver
                        ? answers[i]
                        : BigInteger.Max(0, emitted[i] - answers[i]);
                    BigInteger Until(int percent) => BigInteger.Min(
                        mass, (Fraction.Of(accounts[i].Held) * new Fraction(percent, 100)).Floor());
                    var end = step.ToPercent is { } to ? Until(to) : mass;
                    var grams = BigInteger.Max(0, end - Until(from));
                    return Fraction.Of(grams) * share.Factor * terms.MinorUnitsPerGram * step.Times;
                }),
            ];
            from = step.ToPercent ?? from;
            var whole = terms.IsMoneyAtBubble
                ? Fraction.Shares(
                    amounts.Aggregate(Fraction.Zero, (all, one) => all + one).Round(isToEven),
                    amounts)
                : [.. amounts.Select(amount => amount.Round(isToEven))];
            for (var i = 0; i < charges.Length; i++)
            {
                charges[i] += whole[i];
            }
        }

        return charges;
    }

    private static BigInteger Sum(IEnumerable<BigInteger> all) =>
        all.Aggregate(BigInteger.Zero, (sum, one) => sum + one);

    /// <param name="OfLevels">By which the bubble's excess is divided.</param>
    /// <param name="Own">Of what members hold, which each answers for by itself.</param>
    private sealed record Excesses(
        List<BigInteger> OfLevels, List<BigInteger> Own, bool AreOwnLimitsKept);
}
