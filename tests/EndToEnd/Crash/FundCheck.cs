using System.Numerics;

namespace Monitoring.Tests.Crash;

/// <summary>One line of the ledger; debits are above 0.</summary>
public sealed record BookedPosting(string Account, string Asset, long Amount);

public sealed record BookedEntry(string Id, string Period, IReadOnlyList<BookedPosting> Postings);

public sealed record SettledPeriod(string Period, long StartMs, long EndMs, long TotalMinor);

/// <summary>The newest revision of a fact.</summary>
public sealed record FactMass(string Member, long StartMs, long Milligrams);

/// <summary>The clauses that a charge follows from.</summary>
public sealed record Terms(
    long CapGrams, long MinorUnitsPerKg, IReadOnlyList<(string Member, long Grams)> Holdings);

/// <summary>The fund as the books hold it.</summary>
public sealed record FundState(
    IReadOnlyList<SettledPeriod> Periods, IReadOnlyList<BookedEntry> Entries,
    IReadOnlyList<FactMass> Facts);

/// <summary>
/// Holds the fund against the facts by arithmetic of its own: whole numbers of any size, and the
/// largest remainder by counting up, not by sorting.
/// </summary>
public static class FundCheck
{
    public static IReadOnlyList<string> Findings(FundState fund, Terms terms) =>
    [
        .. fund.Entries.SelectMany(Unbalanced),
        .. fund.Entries.SelectMany(entry => entry.Postings).GroupBy(posting => posting.Asset)
            .Where(asset => asset.Aggregate(BigInteger.Zero, (sum, it) => sum + it.Amount) != 0)
            .Select(asset => $"the ledger is out of balance in {asset.Key}"),
        .. fund.Periods.GroupBy(period => period.Period).Where(group => group.Count() > 1)
            .Select(group => $"settled {group.Count()} times: {group.Key}"),
        .. fund.Entries.GroupBy(entry => entry.Period).Where(group => group.Count() > 1)
            .Select(group => $"charged {group.Count()} times: {group.Key}"),
        .. fund.Entries.Where(entry => fund.Periods.All(period => period.Period != entry.Period))
            .Select(entry => $"charged and not settled: {entry.Period}"),
        .. fund.Periods.SelectMany(period => WronglyCharged(period, fund, terms)),
    ];

    private static IEnumerable<string> Unbalanced(BookedEntry entry) =>
        from posting in entry.Postings
        group posting by posting.Asset into asset
        let sum = asset.Aggregate(BigInteger.Zero, (sum, posting) => sum + posting.Amount)
        where sum != 0
        select $"entry {entry.Id} is out of balance by {sum} {asset.Key}";

    private static IEnumerable<string> WronglyCharged(
        SettledPeriod period, FundState fund, Terms terms)
    {
        var booked = fund.Entries.Where(entry => entry.Period == period.Period)
            .SelectMany(entry => entry.Postings).ToList();
        var expected = Charges(period, fund.Facts, terms);
        foreach (var (member, amount) in expected)
        {
            var owed = booked.Where(it => it.Account == $"member:{member}:receivable")
                .Sum(posting => posting.Amount);
            if (owed != amount)
            {
                yield return $"{period.Period}: {member} owes {owed}, its facts make {amount}";
            }
        }

        var total = expected.Aggregate(BigInteger.Zero, (sum, charge) => sum + charge.Amount);
        var received = -booked.Where(it => it.Account.StartsWith("fund:", StringComparison.Ordinal))
            .Sum(posting => posting.Amount);
        if (period.TotalMinor != total || received != total)
        {
            yield return $"{period.Period}: settled {period.TotalMinor}, the fund received "
                + $"{received}, the facts make {total}";
        }
    }

    private static List<(string Member, BigInteger Amount)> Charges(
        SettledPeriod period, IReadOnlyList<FactMass> facts, Terms terms)
    {
        var inPeriod = facts
            .Where(fact => fact.StartMs >= period.StartMs && fact.StartMs < period.EndMs)
            .ToList();
        var grams = terms.Holdings.Select(holding => HalfAway(
            inPeriod.Where(fact => fact.Member == holding.Member)
                .Aggregate(BigInteger.Zero, (sum, fact) => sum + fact.Milligrams),
            1_000)).ToList();
        var excess = BigInteger.Max(
            0, grams.Aggregate(BigInteger.Zero, (sum, one) => sum + one) - terms.CapGrams);
        var own = grams
            .Select((one, i) => BigInteger.Max(0, one - terms.Holdings[i].Grams))
            .ToList();
        var charges = Share(HalfAway(excess * terms.MinorUnitsPerKg, 1_000), Share(excess, own));
        return [.. terms.Holdings.Select((holding, i) => (holding.Member, charges[i]))];
    }

    private static BigInteger HalfAway(BigInteger dividend, int divisor) =>
        (2 * dividend + divisor) / (2 * divisor);

    private static List<BigInteger> Share(BigInteger total, List<BigInteger> weights)
    {
        var sum = weights.Aggregate(BigInteger.Zero, (all, weight) => all + weight);
        if (total == 0 || sum == 0)
        {
            return [.. weights.Select(_ => BigInteger.Zero)];
        }

        var parts = weights.Select(weight => total * weight / sum).ToList();
        var rests = weights.Select(weight => total * weight % sum).ToList();
        while (parts.Aggregate(BigInteger.Zero, (all, part) => all + part) < total)
        {
            var largest = rests.IndexOf(rests.Max());
            parts[largest]++;
            rests[largest] = -1;
        }

        return parts;
    }
}
