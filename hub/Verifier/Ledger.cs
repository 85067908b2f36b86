using System.Numerics;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>One line of an entry of the ledger.</summary>
/// <param name="Lot">Who paid, for which pollutant and period; empty where nobody asks.</param>
internal sealed record Posting(
    string Account, string Asset, BigInteger Amount, string Charge, string Lot);

/// <summary>Double entry: each entry sums to 0 in its asset, and none mixes two kinds.</summary>
internal sealed class Ledger(Findings findings)
{
    private readonly Dictionary<string, (Leaf Leaf, List<Posting> Postings)> _byKey = [];

    private readonly Dictionary<(string Account, string Asset), BigInteger> _net = [];

    public int Count => _byKey.Count;

    public void Take(Leaf leaf)
    {
        var postings = leaf.List("postings").Select(PostingOf).ToList();
        foreach (var asset in postings.GroupBy(posting => posting.Asset))
        {
            var sum = asset.Aggregate(BigInteger.Zero, (all, one) => all + one.Amount);
            if (!sum.IsZero)
            {
                findings.Add(leaf.Where, $"its postings in {asset.Key} sum to {sum}, not to 0");
            }
        }

        if (postings.Select(posting => posting.Asset.Split(':')[0]).Distinct().Count() != 1)
        {
            findings.Add(leaf.Where, "has no postings, or mixes money and mass");
        }

        if (postings.Any(posting => posting.Amount.IsZero))
        {
            findings.Add(leaf.Where, "has a posting of 0");
        }

        foreach (var posting in postings)
        {
            var place = (posting.Account, posting.Asset);
            _net[place] = _net.GetValueOrDefault(place) + posting.Amount;
        }

        var key = leaf.Text("idempotency_key");
        if (!_byKey.TryAdd(key, (leaf, postings)))
        {
            findings.Add(leaf.Where, $"repeats {_byKey[key].Leaf.Where}, which has the same key");
        }
    }

    /// <summary>What was booked under a key; null for nothing.</summary>
    public (Leaf Leaf, List<Posting> Postings)? Find(string key) =>
        _byKey.TryGetValue(key, out var found) ? found : null;

    /// <summary>
    /// What a member holds of a period after all sales so far, with what it used of it; null where
    /// nothing of the period was issued.
    /// </summary>
    public BigInteger? HeldOf(string member, string bubble, string asset)
    {
        BigInteger Net(string account) => _net.GetValueOrDefault((account, asset));
        string[] own = ["holding", "surrendered", "banked", "made-good"];
        return Net($"bubble:{bubble}:cap").IsZero
            ? null
            : own.Aggregate(
                BigInteger.Zero, (sum, kind) => sum + Net($"member:{member}:{kind}"));
    }

    private static Posting PostingOf(JsonElement json) => new(
        json.Word("account"), json.Word("asset"),
        Leaf.WholeOf(json.GetProperty("amount")), json.Word("charge"),
        json.Word("lot"));
}
