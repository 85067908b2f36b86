using System.Numerics;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// Allowances come from nowhere but the contract: what is issued of a period is no more than its
/// cap, each member is issued what the contract gives it, and a sale gives one member what it
/// takes from another, by the contract's ratio.
/// </summary>
/// <remarks>
/// What is issued ahead is so by the version that was known then: any version that the log tells
/// may have said it.
/// </remarks>
internal sealed class Issues(Findings findings)
{
    private const string Allocation = "allocation";
    private const string Sale = "transfer";

    private readonly List<Terms> _terms = [];
    private readonly HashSet<Fraction> _ratios = [];
    private readonly Dictionary<string, Leaf> _settled = [];

    public void TakeContract(JsonElement document)
    {
        _terms.Add(Terms.Of(document));
        var trade = document.TryGetProperty("trade", out var told) ? told : default;
        if (trade.ValueKind != JsonValueKind.Object)
        {
            _ratios.Add(Fraction.Of(1));
        }
        else if (trade.Word("kind") == "free")
        {
            _ratios.Add(trade.TryGetProperty("ratio", out var ratio)
                ? Fraction.Parse(ratio.GetRawText())
                : Fraction.Of(1));
        }
    }

    public void TakeEntry(Leaf leaf, IReadOnlyList<Posting> postings)
    {
        var isIssue = leaf.Text("kind") == Allocation;
        if (isIssue != postings.Any(posting => posting.Account.EndsWith(":cap"))
            || (isIssue && (postings.Count != 2 || !postings.Any(IsGivenTo))))
        {
            findings.Add(
                leaf.Where, "issues allowances otherwise than to one member out of the cap");
        }

        if (leaf.Text("kind") == Sale)
        {
            CompareSale(leaf, postings);
        }
    }

    public void TakeSettlement(Leaf leaf) => _settled[leaf.Text("period")] = leaf;

    /// <summary>Call last: what was issued of each settled period.</summary>
    public void End(Ledger ledger)
    {
        foreach (var leaf in _settled.Values)
        {
            CompareIssued(leaf, ledger);
        }
    }

    private void CompareIssued(Leaf leaf, Ledger ledger)
    {
        List<Terms> possible =
        [
            .. _terms.Where(terms => terms.Id == leaf.Text("contract")
                    && terms.NotUnderstood is null && terms.Credits is null
                    && terms.Benchmarks.Count == 0)
                .Select(terms => terms.In(leaf.Ms("start_ms"))),
        ];
        var period = leaf.Text("period");
        if (possible.Count == 0 || period.Split('/', 2) is not [var bubble, var vintage])
        {
            return;
        }

        var issued = ledger.IssuedOf(bubble, $"mass:{possible[0].Pollutant}/{vintage}");
        var cap = possible.Max(terms => terms.CapGrams.Floor());
        if (issued > cap)
        {
            findings.Add(
                leaf.Where, $"{issued} g were issued of {period}; the contract's cap is {cap} g");
        }

        foreach (var member in possible.SelectMany(terms => terms.Shares)
            .Select(share => share.Member).Distinct())
        {
            var given = possible.SelectMany(terms => terms.Shares)
                .Where(share => share.Member == member)
                .Select(share => share.Grams.Floor()).Distinct().ToList();
            if (ledger.Find($"issue/{period}/{member}") is var (entry, postings)
                && !given.Contains(postings.Where(IsGivenTo)
                    .Aggregate(BigInteger.Zero, (sum, one) => sum + one.Amount)))
            {
                findings.Add(
                    entry.Where, $"issues other than the {string.Join(" or ", given)} g that the "
                        + $"contract gives {member}");
            }
        }
    }

    private void CompareSale(Leaf leaf, IReadOnlyList<Posting> postings)
    {
        var given = postings.Where(posting => posting.Amount.Sign < 0).ToList();
        var taken = postings.Where(IsGivenTo).ToList();
        if (given is not [{ } seller] || taken is not [{ } buyer]
            || !IsHolding(seller) || seller.Account == buyer.Account
            || postings.Any(posting => posting.Asset != seller.Asset || !(IsHolding(posting)
                || posting.Account.EndsWith(":retired"))))
        {
            findings.Add(leaf.Where, "is no sale of one member to another");
        }
        else if (_ratios.Count == 0)
        {
            findings.Add(leaf.Where, "is a sale, and the contract lets nobody sell");
        }
        else if (!_ratios.Any(ratio =>
            (Fraction.Of(-seller.Amount) / ratio).Floor() == buyer.Amount))
        {
            findings.Add(
                leaf.Where, $"lets {buyer.Amount} g arrive of {-seller.Amount} g that were sold; "
                    + "the contract's ratio makes it another number");
        }
    }

    private static bool IsGivenTo(Posting posting) =>
        posting.Amount.Sign > 0 && IsHolding(posting);

    private static bool IsHolding(Posting posting) => posting.Account.EndsWith(":holding");
}
