using System.Numerics;

namespace Monitoring.Verifier;

/// <summary>What a member did or made in a span: heat input, output, MWh.</summary>
internal sealed record Activity(string Member, long StartMs, long EndMs, BigInteger Quantity);

/// <summary>What is known of a period beside the masses.</summary>
/// <param name="Accounts">Of members that do not hold just what the contract gives.</param>
/// <param name="Incomplete">Members of whom windows are missing.</param>
internal sealed record Known(
    IReadOnlyList<Account> Accounts, IReadOnlyList<Activity> Activities,
    IReadOnlyCollection<string> Incomplete)
{
    public static readonly Known Nothing = new([], [], []);

    public static Known Of(IReadOnlyList<Account> accounts) =>
        Nothing with { Accounts = accounts };
}

/// <summary>
/// What members emitted, by the weights and within the season of a contract, rounded once and
/// where that says so. Grams.
/// </summary>
internal sealed class Emissions
{
    private readonly Terms _terms;
    private readonly List<Mass> _counted;

    public Emissions(Terms terms, IEnumerable<Mass> masses)
    {
        _terms = terms;
        _counted = [.. masses.Where(mass => IsInSeason(mass.StartMs))];
    }

    /// <summary>In the order of the parties.</summary>
    public List<BigInteger> All()
    {
        if (_terms.MassAt != "bubble")
        {
            return [.. _terms.Shares.Select(share => Of(share.Member))];
        }

        var total = InUnits(Grams(_counted));
        return
        [
            .. Fraction.Shares(total, [.. _terms.Shares.Select(share => Grams(Own(share.Member)))])
                .Select(units => units * _terms.MassUnit),
        ];
    }

    public BigInteger Of(string member) => Rounded(Own(member));

    /// <summary>
    /// Above and below its benchmark, each added up over the spans of its activity. What was
    /// emitted in no such span is above.
    /// </summary>
    public (BigInteger Debits, BigInteger Credits) Balance(
        string member, Known known, Credits rule)
    {
        BigInteger debits = 0, credits = 0, seen = 0;
        foreach (var span in known.Activities.Where(one => one.Member == member))
        {
            var actual = Rounded(Own(member).Where(mass =>
                mass.StartMs >= span.StartMs && mass.StartMs < span.EndMs));
            var difference = actual - AllowedFor(member, span.Quantity, it => it.Grams);
            debits += BigInteger.Max(0, difference);
            credits += BigInteger.Max(0, -difference);
            seen += actual;
        }

        debits += BigInteger.Max(0, Of(member) - seen);
        return (debits, rule.IsOnlyIfComplete && known.Incomplete.Contains(member)
            ? 0
            : (Fraction.Of(credits) * rule.Kept).Floor());
    }

    /// <summary>What benchmarks allow a member for all that it did.</summary>
    public BigInteger Allowed(string member, Known known, Func<Benchmark, Fraction> limit) =>
        AllowedFor(
            member,
            known.Activities.Where(one => one.Member == member)
                .Aggregate(BigInteger.Zero, (sum, one) => sum + one.Quantity),
            limit);

    private BigInteger AllowedFor(
        string member, BigInteger quantity, Func<Benchmark, Fraction> limit) =>
        InUnits(limit(_terms.Benchmarks.First(one => one.Member == member))
            * Fraction.Of(quantity)) * _terms.MassUnit;

    private BigInteger Rounded(IEnumerable<Mass> own) => _terms.MassAt == "source"
        ? own.GroupBy(mass => mass.Source).Aggregate(
            BigInteger.Zero, (sum, source) => sum + InUnits(Grams(source))) * _terms.MassUnit
        : InUnits(Grams(own)) * _terms.MassUnit;

    private IEnumerable<Mass> Own(string member) =>
        _counted.Where(mass => mass.Member == member);

    private Fraction Grams(IEnumerable<Mass> masses) => masses.GroupBy(mass => mass.Pollutant)
        .Aggregate(
            Fraction.Zero,
            (sum, group) => sum + (_terms.Weights[group.Key] * new Fraction(
                group.Aggregate(BigInteger.Zero, (all, mass) => all + mass.Milligrams), 1_000)));

    private BigInteger InUnits(Fraction grams) =>
        (grams / Fraction.Of(_terms.MassUnit)).Round(_terms.IsMassHalfToEven);

    private bool IsInSeason(long ms)
    {
        if (_terms.Season is not var (from, to))
        {
            return true;
        }

        var local = TimeZoneInfo.ConvertTime(
            DateTimeOffset.FromUnixTimeMilliseconds(ms), _terms.Zone);
        var day = (local.Month * 100) + local.Day;
        return day >= from && day <= to;
    }
}
