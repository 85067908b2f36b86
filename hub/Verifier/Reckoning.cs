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

    /// <param name="terms">As they are in the year of the period.</param>
    /// <param name="masses">Of the contract's members and pollutant, in milligrams.</param>
    /// <param name="accounts">Of members that do not hold just what the contract gives.</param>
    public static Reckoning Of(
        Terms terms, IEnumerable<(string Member, string Source, BigInteger Milligrams)> masses,
        params IReadOnlyList<Account> accounts)
    {
        List<Account> own =
        [
            .. terms.Shares.Select(share =>
                accounts.FirstOrDefault(account => account.Member == share.Member)
                ?? new Account(share.Member, share.Grams.Floor(), 0, 0)),
        ];
        var emitted = EmittedBy(terms, masses.ToList());
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
        var aggregate = BigInteger.Max(0, Sum(emitted) - limit);
        List<BigInteger> shorts =
        [
            .. covers.Select((cover, i) => BigInteger.Max(0, emitted[i]
                - ((Fraction.Of(cover.Capacity) / Fraction.Of(terms.MassUnit)).Floor()
                    * terms.MassUnit))),
        ];
        var shared = SharedOf(terms, emitted, levels, aggregate);
        var answers = terms.Trigger is "member" or "both" ? shorts : shared;
        var excess = terms.Trigger == "member" ? Sum(shorts) : aggregate;
        var charges = ChargesOf(terms, own, emitted, answers);
        var inKind = InKindOf(
            terms, (emitted, levels), excess, terms.Trigger == "member" ? shorts : shared, answers);
        return new Reckoning(
            Sum(emitted), limit, excess,
            [
                .. own.Select((account, i) => new Outcome(
                    account.Member, emitted[i], answers[i], charges[i], inKind[i],
                    covers[i].Carried, covers[i].Borrowed)),
            ]);
    }

    private static List<BigInteger> Above(List<BigInteger> emitted, List<BigInteger> levels) =>
        [.. emitted.Zip(levels, (grams, level) => BigInteger.Max(0, grams - level))];

    // By the second route nobody answers while each keeps its own limit.
    private static List<BigInteger> SharedOf(
        Terms terms, List<BigInteger> emitted, List<BigInteger> levels, BigInteger aggregate)
    {
        var above = Above(emitted, levels);
        return aggregate.IsZero || (terms.Trigger == "two-route" && Sum(above).IsZero)
            ? [.. emitted.Select(_ => BigInteger.Zero)]
            : terms.Apportion == "own-level" ? above
            : Divide(terms, aggregate, terms.Apportion == "pro-rata" ? emitted : above);
    }

    private static List<BigInteger> Divide(
        Terms terms, BigInteger grams, IEnumerable<BigInteger> weights) =>
    [
        .. Fraction.Shares(grams / terms.MassUnit, [.. weights.Select(Fraction.Of)])
            .Select(part => part * terms.MassUnit),
    ];

    private static List<BigInteger> InKindOf(
        Terms terms, (List<BigInteger> Emitted, List<BigInteger> Levels) of, BigInteger excess,
        List<BigInteger> apportioned, List<BigInteger> answers)
    {
        if (terms.MakeGood is not { } rule)
        {
            return [.. answers.Select(_ => BigInteger.Zero)];
        }

        BigInteger Times(BigInteger grams, Fraction ratio) =>
            (Fraction.Of(grams) * ratio / Fraction.Of(terms.MassUnit)).Round() * terms.MassUnit;
        var above = Above(of.Emitted, of.Levels);
        if (rule.IsOfBubble && terms.Trigger is "aggregate" or "two-route"
            && rule.IsOfBubble && terms.Apportion != "own-level")
        {
            return Sum(apportioned).IsZero
                ? apportioned
                : Divide(
                    terms, Times(excess, rule.Ratio),
                    terms.Apportion == "pro-rata" ? of.Emitted : above);
        }

        var assurance = terms.Trigger == "both" && excess.Sign > 0
            ? Divide(terms, Times(excess, rule.Assurance), above)
            : [.. answers.Select(_ => BigInteger.Zero)];
        return [.. answers.Zip(assurance, (own, more) => Times(own, rule.Ratio) + more)];
    }

    private static List<BigInteger> EmittedBy(
        Terms terms, List<(string Member, string Source, BigInteger Milligrams)> masses)
    {
        var unit = Fraction.Of(1_000L * terms.MassUnit);
        var isToEven = terms.IsMassHalfToEven;
        Fraction Units(IEnumerable<(string Member, string Source, BigInteger Milligrams)> some) =>
            Fraction.Of(Sum(some.Select(mass => mass.Milligrams))) / unit;
        var own = terms.Shares
            .Select(share => masses.Where(mass => mass.Member == share.Member).ToList()).ToList();
        var units = terms.MassAt switch
        {
            "source" => own.Select(some => Sum(some.GroupBy(mass => mass.Source)
                .Select(source => Units(source).Round(isToEven)))),
            "bubble" => Fraction.Shares(
                Units(masses).Round(isToEven), [.. own.Select(some => Units(some))]),
            _ => own.Select(some => Units(some).Round(isToEven)),
        };
        return [.. units.Select(count => count * terms.MassUnit)];
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
}
