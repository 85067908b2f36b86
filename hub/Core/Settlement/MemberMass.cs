using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Wire;

namespace Monitoring.Core.Settlement;

/// <summary>Adds up what members emitted, and rounds it where the contract says so.</summary>
internal sealed class MemberMass
{
    private const int MilligramsPerGram = 1_000;
    private const int MicrogramsPerMilligram = 1_000;
    private const long Millionths = 1_000_000;

    private readonly Contract _contract;
    private readonly PeriodFacts _facts;
    private readonly PeriodStanding _standing;

    public MemberMass(Contract contract, PeriodFacts facts, PeriodStanding standing)
    {
        _contract = contract;
        _facts = facts;
        _standing = standing;
    }

    /// <summary>Weighted milligrams of a member in the period, to be shown.</summary>
    public long Milligrams(string member) => Rounding.Quotient(Weighed(member), Scale);

    /// <summary>What each member emitted, in grams, in the order of the parties.</summary>
    public long[] Emitted()
    {
        if (_contract.MassRounding.At == RoundingScope.Bubble)
        {
            Int128[] exact = [.. _contract.Parties.Select(party => Weighed(party.Member))];
            var unit = _contract.MassRounding.UnitGrams;
            var total = Grams(exact.SumWide(weight => weight), Scale) / unit;
            return [.. LargestRemainder.Split(total, exact).Select(part => part * unit)];
        }

        return [.. _contract.Parties.Select(party => Emitted(party.Member))];
    }

    public long Emitted(string member, (DateTimeOffset From, DateTimeOffset To)? span = null) =>
        _contract.MassRounding.At == RoundingScope.Source
            ? BySource(member, span).Sum(weight => Grams(weight, Scale))
            : Grams(Weighed(member, span), Scale);

    /// <summary>What the benchmark of a member allows for its activity, in grams.</summary>
    public long Allowed(
        string member, Func<Benchmark, long> limit,
        (DateTimeOffset From, DateTimeOffset To)? span = null)
    {
        var benchmark = _contract.Bubble.Benchmarks.First(one => one.Member == member);
        var quantity = ActivitiesIn(member, span).Sum(activity => activity.Quantity);
        return Grams((Int128)limit(benchmark) * quantity, MicrogramsPerMilligram);
    }

    /// <summary>
    /// What a member exceeds its benchmark by and stays below it by, each added up over the
    /// spans that its activity is known for. What was emitted in no such span is exceeded.
    /// </summary>
    public (long Debits, long Credits) Balance(
        string member, (DateTimeOffset From, DateTimeOffset To)? span = null)
    {
        long debits = 0, credits = 0, seen = 0;
        foreach (var activity in ActivitiesIn(member, span))
        {
            var part = (activity.Start, activity.End);
            var actual = Emitted(member, part);
            var allowed = Allowed(member, benchmark => benchmark.Micrograms, part);
            debits += Math.Max(0, actual - allowed);
            credits += Math.Max(0, allowed - actual);
            seen += actual;
        }

        debits += Math.Max(0, Emitted(member, span) - seen);
        var isCounted = !_contract.Data.IsCreditOnlyIfComplete || IsComplete(member);
        var kept = 100 - _contract.Breach.CreditDiscountPercent;
        return (debits, isCounted ? credits * kept / 100 : 0);
    }

    public int WindowsKnown(string member) => _facts.Series
        .Where(series => series.Member == member).Sum(series => series.Facts.Length);

    public int WindowsExpected(string member) =>
        _standing.WindowsExpected.GetValueOrDefault(member);

    private bool IsComplete(string member) => WindowsKnown(member) >= WindowsExpected(member);

    private IEnumerable<Activity> ActivitiesIn(
        string member, (DateTimeOffset From, DateTimeOffset To)? span) =>
        _standing.ActivitiesOf(member).Where(activity =>
            span is not { } part || (activity.Start >= part.From && activity.End <= part.To));

    // Without weights what is added up is milligrams as they are.
    private long Scale => _contract.Bubble.Weights.IsEmpty ? 1 : Millionths;

    /// <summary>Rounds once, and nothing was rounded before it.</summary>
    /// <param name="scale">How many parts make a milligram.</param>
    private long Grams(Int128 parts, long scale)
    {
        var rounding = _contract.MassRounding;
        var unit = (Int128)rounding.UnitGrams * MilligramsPerGram * scale;
        var units = rounding.Mode == RoundingMode.HalfEven
            ? Rounding.QuotientToEven(parts, unit)
            : Rounding.Quotient(parts, unit);
        return units * rounding.UnitGrams;
    }

    private Int128 Weighed(
        string member, (DateTimeOffset From, DateTimeOffset To)? span = null) =>
        BySource(member, span).SumWide(weight => weight);

    // One entry a source: its pollutants, weighted, in parts of a milligram by the scale.
    private IEnumerable<Int128> BySource(
        string member, (DateTimeOffset From, DateTimeOffset To)? span)
    {
        var own = _facts.Series.Where(series => series.Member == member);
        foreach (var source in own.GroupBy(series => series.Source))
        {
            Int128 sum = 0;
            foreach (var series in source)
            {
                sum += (Int128)Sum(series, span)
                    * (_contract.Bubble.WeightOf(series.Pollutant) / (Millionths / Scale));
            }

            yield return sum;
        }
    }

    private long Sum(FactSeries series, (DateTimeOffset From, DateTimeOffset To)? span)
    {
        var period = _contract.Bubble.Period;
        if (span is null && period.Season is null)
        {
            return series.Milligrams;
        }

        var sum = 0L;
        foreach (var fact in series.Facts)
        {
            if ((span is not { } part || (fact.Start >= part.From && fact.Start < part.To))
                && period.Counts(fact.Start))
            {
                sum += fact.Milligrams;
            }
        }

        return sum;
    }
}
