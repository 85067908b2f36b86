using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// By which right final periods were put right: their contract lets what became known later do
/// that, or somebody ordered it for a reason that the contract names.
/// </summary>
internal sealed class Orders(Findings findings)
{
    private const string LateFacts = "late-facts";

    private readonly Dictionary<string, List<string>> _reasons = [];
    private readonly Dictionary<string, (Leaf Leaf, string Period, string Reason)> _open = [];
    private readonly HashSet<string> _used = [];
    private readonly HashSet<string> _amendments = [];

    /// <summary>Without the clause a contract lets all of them count.</summary>
    public void TakeContract(Leaf leaf, JsonElement document) =>
        _reasons[leaf.Text("hash")] = document.TryGetProperty("correct", out var rule)
            ? [.. rule.GetProperty("reasons").EnumerateArray().Select(one => one.Word("reason"))]
            : [LateFacts, "audit", "court"];

    public void TakeAmendment(Leaf leaf) => _amendments.Add(leaf.Name);

    public void Take(Leaf leaf, JsonElement order)
    {
        var (id, period) = (order.Word("Id"), order.Word("PeriodId"));
        if (order.GetProperty("Settlement").ValueKind == JsonValueKind.Null)
        {
            _open[id] = (leaf, period, order.Word("Reason"));
            foreach (var amendment in order.GetProperty("Amendments").EnumerateArray()
                .Select(one => one.GetString() ?? "").Where(one => !_amendments.Contains(one)))
            {
                findings.Add(
                    leaf.Where, $"rests on amendment {amendment}, which the log did not tell "
                        + "before");
            }
        }
        else
        {
            _open.Remove(id);
            _used.Add(period);
        }
    }

    /// <summary>Nothing differed, so nothing can be put right by it any more.</summary>
    public void Close(string work) => _open.Remove(work);

    /// <param name="isFinal">The period was final when it was put right.</param>
    /// <param name="areFactsNew">It rests on other masses or reports than before.</param>
    public void TakeRestatement(Leaf settlement, bool isFinal, bool areFactsNew)
    {
        if (!isFinal
            || !_reasons.TryGetValue(settlement.Text("contract_hash"), out var reasons)
            || reasons.Contains(LateFacts))
        {
            return;
        }

        var period = settlement.Text("period");
        if (_open.Values.FirstOrDefault(order => order.Period == period)
            is { Leaf: not null } found)
        {
            if (!reasons.Contains(found.Reason))
            {
                findings.Add(
                    found.Leaf.Where, $"orders it for '{found.Reason}', for which the contract "
                        + "lets no final period be put right");
            }
        }
        else if (areFactsNew
            || !_used.Any(other => string.CompareOrdinal(other, period) < 0))
        {
            findings.Add(
                settlement.Where, $"puts {period} right, which was final, and nobody ordered it");
        }
    }
}
