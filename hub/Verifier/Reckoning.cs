using System.Numerics;

namespace Monitoring.Verifier;

/// <summary>What a period comes to for one member, in grams and minor units.</summary>
internal sealed record Outcome(
    string Member, BigInteger Emitted, BigInteger AnswersFor, BigInteger Charge);

/// <summary>
/// A settlement worked out from the words of a contract, in fractions. It rounds only where the
/// contract does.
/// </summary>
internal sealed record Reckoning(
    BigInteger Emitted, BigInteger Limit, BigInteger Excess, IReadOnlyList<Outcome> Members)
{
    public BigInteger Total => Sum(Members.Select(member => member.Charge));

    /// <param name="masses">Of the contract's members and pollutant, in milligrams.</param>
    public static Reckoning Of(
        Terms terms, IEnumerable<(string Member, string Source, BigInteger Milligrams)> masses)
    {
        var emitted = EmittedBy(terms, masses.ToList());
        BigInteger InUnits(Fraction grams) =>
            (grams / Fraction.Of(terms.MassUnit)).Round() * terms.MassUnit;
        var levels = terms.Shares
            .Select(share => InUnits(share.Grams * terms.Variability)).ToList();
        var limit = BigInteger.Max(InUnits(terms.CapGrams * terms.Variability), Sum(levels));
        var aggregate = BigInteger.Max(0, Sum(emitted) - limit);
        var answers = AnswersOf(terms, emitted, levels, aggregate);
        var excess = terms.Trigger == "member" ? Sum(answers) : aggregate;
        var charges = ChargesOf(terms, emitted, answers);
        return new Reckoning(
            Sum(emitted), limit, excess,
            [
                .. terms.Shares.Select((share, i) =>
                    new Outcome(share.Member, emitted[i], answers[i], charges[i])),
            ]);
    }

    private static List<BigInteger> AnswersOf(
        Terms terms, List<BigInteger> emitted, List<BigInteger> levels, BigInteger aggregate)
    {
        List<BigInteger> Above(IEnumerable<BigInteger> of) =>
            [.. emitted.Zip(of, (grams, level) => BigInteger.Max(0, grams - level))];
        var unit = Fraction.Of(terms.MassUnit);
        if (terms.Trigger == "member")
        {
            return Above(terms.Shares.Select(share =>
                (share.Grams / unit).Floor() * terms.MassUnit));
        }

        if (aggregate.IsZero || terms.Apportion == "own-level")
        {
            return aggregate.IsZero ? [.. emitted.Select(_ => BigInteger.Zero)] : Above(levels);
        }

        var weights = terms.Apportion == "pro-rata" ? emitted : Above(levels);
        return
        [
            .. Fraction.Shares(aggregate / terms.MassUnit, [.. weights.Select(Fraction.Of)])
                .Select(part => part * terms.MassUnit),
        ];
    }

    private static List<BigInteger> EmittedBy(
        Terms terms, List<(string Member, string Source, BigInteger Milligrams)> masses)
    {
        var unit = Fraction.Of(1_000L * terms.MassUnit);
        Fraction Units(IEnumerable<(string Member, string Source, BigInteger Milligrams)> some) =>
            Fraction.Of(Sum(some.Select(mass => mass.Milligrams))) / unit;
        var own = terms.Shares
            .Select(share => masses.Where(mass => mass.Member == share.Member).ToList()).ToList();
        var units = terms.MassAt switch
        {
            "source" => own.Select(some => Sum(some.GroupBy(mass => mass.Source)
                .Select(source => Units(source).Round()))),
            "bubble" => Fraction.Shares(
                Units(masses).Round(), [.. own.Select(some => Units(some))]),
            _ => own.Select(some => Units(some).Round()),
        };
        return [.. units.Select(count => count * terms.MassUnit)];
    }

    private static BigInteger[] ChargesOf(
        Terms terms, List<BigInteger> emitted, List<BigInteger> answers)
    {
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
                        mass, (share.Grams * new Fraction(percent, 100)).Floor());
                    var end = step.ToPercent is { } to ? Until(to) : mass;
                    var grams = BigInteger.Max(0, end - Until(from));
                    return Fraction.Of(grams) * share.Factor * terms.MinorUnitsPerGram * step.Times;
                }),
            ];
            from = step.ToPercent ?? from;
            var whole = terms.IsMoneyAtBubble
                ? Fraction.Shares(
                    amounts.Aggregate(Fraction.Zero, (all, one) => all + one).Round(), amounts)
                : [.. amounts.Select(amount => amount.Round())];
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
