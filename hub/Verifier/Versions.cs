using System.Globalization;

namespace Monitoring.Verifier;

/// <summary>
/// Which version of a contract holds when. A period is settled by the one in force when it began,
/// and put right by the one that it was settled by.
/// </summary>
internal sealed class Versions(Findings findings)
{
    // Earlier releases settled every open period by the newest version.
    private const int KeptFrom = 2;

    private readonly List<(string Hash, Terms Terms)> _told = [];
    private readonly Dictionary<string, string> _hashBySettlement = [];
    private bool _areKept;

    public void TakeContract(Leaf leaf, Terms terms)
    {
        var hash = leaf.Text("hash");
        _told.RemoveAll(one => one.Hash == hash);
        _told.Add((hash, terms));
        _areKept |= leaf.Json.TryGetProperty("log_version", out var version)
            && version.GetInt32() >= KeptFrom;
    }

    /// <param name="before">The settlement that this one takes the place of; null: none.</param>
    public void TakeSettlement(Leaf leaf, Terms terms, string? before)
    {
        var hash = leaf.Text("contract_hash");
        _hashBySettlement[leaf.Text("id")] = hash;
        if (!_areKept)
        {
            return;
        }

        if (before is not null)
        {
            if (_hashBySettlement[before] != hash)
            {
                findings.Add(
                    leaf.Where, "is by another version than the settlement whose place it takes");
            }
        }
        else if (At(terms.Id, leaf.Ms("start_ms")) is var right && right.Hash != hash)
        {
            findings.Add(
                leaf.Where, string.Create(
                    CultureInfo.InvariantCulture,
                    $"is by version {terms.Version} of its contract; version "
                        + $"{right.Terms.Version} was in force when the period began"));
        }
    }

    /// <summary>From when on a contract is to be settled, by its first version.</summary>
    public long FirstMs(string contract) => _told.Where(one => one.Terms.Id == contract)
        .Min(one => one.Terms.InForceMs);

    private (string Hash, Terms Terms) At(string contract, long ms)
    {
        var newest = _told.Last(one => one.Terms.Id == contract);
        var earlier = _told
            .Where(one => one.Terms.Id == contract && one.Hash != newest.Hash
                && one.Terms.Version <= newest.Terms.Version)
            .OrderBy(one => one.Terms.InForceMs).ThenBy(one => one.Terms.Version).ToList();
        if (ms >= newest.Terms.InForceMs || earlier.Count == 0)
        {
            return newest;
        }

        var before = earlier.FindLastIndex(one => one.Terms.InForceMs <= ms);
        return before >= 0 ? earlier[before]
            : earlier[0].Terms.InForceMs < newest.Terms.InForceMs ? earlier[0]
            : newest;
    }
}
