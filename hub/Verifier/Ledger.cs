using System.Numerics;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>One line of an entry of the ledger.</summary>
/// <param name="Lot">Who paid, for which pollutant and period; empty where nobody asks.</param>
internal sealed record Posting(
    string Account, string Asset, BigInteger Amount, string Charge, string Lot);

/// <summary>
/// Double entry: each entry sums to 0 in its asset, none mixes two kinds, and no account gives
/// more than it has: nothing is paid out of a lot that was not paid in for it.
/// </summary>
internal sealed class Ledger(Findings findings)
{
    private const string PaidToProject = "tranche";

    private static readonly string[] OfMember = ["holding", "surrendered", "banked", "made-good"];

    private readonly Dictionary<(string Account, string Asset, string Lot), BigInteger> _lots = [];

    private readonly Dictionary<string, (Leaf Leaf, List<Posting> Postings)> _byKey = [];

    private readonly Dictionary<(string Account, string Asset), BigInteger> _net = [];

    public int Count => _byKey.Count;

    /// <returns>Its postings.</returns>
    public IReadOnlyList<Posting> Take(Leaf leaf)
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
            var lot = (posting.Account, posting.Asset, posting.Lot);
            _lots[lot] = _lots.GetValueOrDefault(lot) + posting.Amount;
            if (SideOf(posting.Account, posting.Asset) is null)
            {
                findings.Add(
                    leaf.Where, $"books {posting.Asset} on '{posting.Account}', which is no "
                        + "account of theirs");
            }
        }

        // Corrections fill what they leave empty with an entry of its own; others never may.
        if (leaf.Text("kind") == PaidToProject)
        {
            foreach (var posting in postings)
            {
                CompareSide(leaf.Where, (posting.Account, posting.Asset, posting.Lot));
            }
        }

        var key = leaf.Text("idempotency_key");
        if (!_byKey.TryAdd(key, (leaf, postings)))
        {
            findings.Add(leaf.Where, $"repeats {_byKey[key].Leaf.Where}, which has the same key");
        }

        return postings;
    }

    /// <summary>Call last: no account is overdrawn when all is booked.</summary>
    public void End()
    {
        foreach (var place in _lots.Keys)
        {
            CompareSide("the ledger", place);
        }
    }

    private void CompareSide(string where, (string Account, string Asset, string Lot) place)
    {
        var net = _lots[place];
        if (SideOf(place.Account, place.Asset) is { } side && net.Sign * side < 0)
        {
            findings.Add(
                where, $"{place.Account}{(place.Lot.Length > 0 ? $", lot '{place.Lot}'," : "")} is "
                    + $"overdrawn by {BigInteger.Abs(net)} {place.Asset}");
        }
    }

    /// <summary>1: what is held; -1: what was given or is owed; 0: either; null: none.</summary>
    private static int? SideOf(string account, string asset) =>
        (asset.Split(':')[0], account.Split(':')) switch
        {
            ("money", ["fund", "cash" or "deficit"]) => 1,
            ("money", ["fund", "programme" or "reserve" or "unmatched"]) => -1,
            ("money", ["fund", "local", _]) => -1,
            ("money", ["member", _, "receivable"]) => 0,
            ("mass", ["member", _, var kind]) when OfMember.Contains(kind) => 1,
            ("mass", ["bubble", _, "cap"]) => -1,
            ("mass", ["bubble", _, "retired"]) => 1,
            _ => null,
        };

    /// <summary>What was booked under a key; null for nothing.</summary>
    public (Leaf Leaf, List<Posting> Postings)? Find(string key) =>
        _byKey.TryGetValue(key, out var found) ? found : null;

    /// <summary>What was issued of a period so far.</summary>
    public BigInteger IssuedOf(string bubble, string asset) =>
        -_net.GetValueOrDefault(($"bubble:{bubble}:cap", asset));

    /// <summary>
    /// What a member holds of a period after all sales so far, with what it used of it; null where
    /// nothing of the period was issued.
    /// </summary>
    public BigInteger? HeldOf(string member, string bubble, string asset)
    {
        BigInteger Net(string account) => _net.GetValueOrDefault((account, asset));
        return Net($"bubble:{bubble}:cap").IsZero
            ? null
            : OfMember.Aggregate(
                BigInteger.Zero, (sum, kind) => sum + Net($"member:{member}:{kind}"));
    }

    private static Posting PostingOf(JsonElement json) => new(
        json.Word("account"), json.Word("asset"),
        Leaf.WholeOf(json.GetProperty("amount")), json.Word("charge"),
        json.Word("lot"));
}
