using System.Numerics;

namespace Monitoring.Verifier;

/// <summary>What a member is charged, in minor units.</summary>
internal sealed record Charge(
    string Id, string Member, BigInteger ApportionedGrams, BigInteger MinorUnits);

/// <summary>
/// Where the charges of a settlement go. What goes back to members by what they made is credited
/// to them; the rest is divided once, as the contract says; the local part and the programme's
/// are then shared among payers, and what is left of each charge is the reserve's. The local part
/// of a payer goes to the zones where the emissions of its own sources come down, by mass and by
/// the keys of the contract.
/// </summary>
internal static class FundSplit
{
    /// <param name="charges">In the order of the parties.</param>
    public static List<Posting> Of(
        Terms terms, string period, IReadOnlyList<Charge> charges, IReadOnlyList<Mass> masses,
        IReadOnlyList<BigInteger> refunds)
    {
        var asset = $"money:{terms.Currency}";
        var kept = Sum(charges.Select(one => one.MinorUnits)) - Sum(refunds);
        var stays = Fraction.Shares(
            kept, [.. charges.Select(one => Fraction.Of(one.MinorUnits))]);
        var totals = Fraction.Shares(kept, terms.Split);
        var local = Fraction.Shares(totals[0], [.. stays.Select(Fraction.Of)]);
        BigInteger[] left = [.. stays.Select((amount, i) => amount - local[i])];
        var programme = Fraction.Shares(totals[1], [.. left.Select(Fraction.Of)]);
        var postings = new List<Posting>();
        foreach (var (i, charge) in charges.Index())
        {
            var lot = $"{charge.Member}/{terms.Pollutant}/{period}";
            var zones = HeardFor(charge.Member, masses)
                .SelectMany(mass => ComingDown(terms, mass))
                .GroupBy(part => part.Zone).OrderBy(zone => zone.Key, StringComparer.Ordinal)
                .ToList();
            var shares = Fraction.Shares(
                local[i],
                [
                    .. zones.Select(zone => zone.Aggregate(
                        Fraction.Zero, (sum, part) => sum + part.Weight)),
                ]);
            postings.AddRange(
            [
                new(
                    $"member:{charge.Member}:receivable", asset, charge.MinorUnits, charge.Id, ""),
                .. zones.Select((zone, z) => new Posting(
                    $"fund:local:{zone.Key}", asset, -shares[z], charge.Id, lot)),
                new("fund:programme", asset, -programme[i], charge.Id, lot),
                new("fund:reserve", asset, programme[i] - left[i], charge.Id, lot),
            ]);
        }

        postings.AddRange(refunds.Select((amount, i) => new Posting(
            $"member:{terms.Shares[i].Member}:receivable", asset, -amount, "", "")));
        return [.. postings.Where(posting => !posting.Amount.IsZero)];
    }

    // Who emitted nothing pays for its sources alike; who was not heard, as the others do.
    private static List<Mass> HeardFor(string member, IReadOnlyList<Mass> masses)
    {
        List<Mass> own = [.. masses.Where(mass => mass.Member == member)];
        List<Mass> heard = own.Count > 0 ? own : [.. masses];
        return heard.TrueForAll(mass => mass.Milligrams.IsZero)
            ?
            [
                .. heard.DistinctBy(mass => mass.Source)
                    .Select(mass => mass with { Milligrams = 1 }),
            ]
            : heard;
    }

    private static IEnumerable<(string Zone, Fraction Weight)> ComingDown(Terms terms, Mass mass)
    {
        var milligrams = Fraction.Of(mass.Milligrams);
        return terms.ZoneKeys.TryGetValue(mass.Source, out var key)
            ? key.Select(part => (part.Zone, milligrams * part.Percent))
            : [(mass.Zone, milligrams * Fraction.Of(100))];
    }

    private static BigInteger Sum(IEnumerable<BigInteger> all) =>
        all.Aggregate(BigInteger.Zero, (sum, one) => sum + one);
}
