using System.Collections.Immutable;

namespace Monitoring.Server.Inspection;

/// <summary>A difference that is known and explained.</summary>
public sealed record ExpectedDifference(string Set, string Key, string Field, string Reason);

/// <summary>
/// The known differences of a folder: a CSV with the columns set, key, field, reason, ours,
/// theirs. A difference that is not in it is news, and so is one in it that is none.
/// </summary>
public sealed record ExpectedDifferences(ImmutableArray<ExpectedDifference> All)
{
    public static readonly ExpectedDifferences None = new([]);

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="FormatException">It is no such table.</exception>
    public static ExpectedDifferences Read(string path) => new(
    [
        .. PublishedTable.Read(path).Rows.Select(row => new ExpectedDifference(
            row.Text("set"), row.Text("key"), row.Text("field"),
            row.Text("reason") is { Length: > 0 } reason
                ? reason
                : throw new FormatException(
                    $"{path}:{row.Line}: no reason; say why the numbers differ"))),
    ]);

    /// <summary>Differences of a set that are not in the list.</summary>
    public IEnumerable<Comparison> Unlisted(ComparedSet set) =>
        set.Comparisons.Where(one => !one.Agrees && !Has(set.Name, one));

    /// <summary>Entries of the list that agree, or that no longer stand for anything.</summary>
    public IEnumerable<ExpectedDifference> Stale(IEnumerable<ComparedSet> sets)
    {
        var differing = sets
            .SelectMany(set => set.Comparisons.Where(one => !one.Agrees)
                .Select(one => (set.Name, one.Key, one.Field)))
            .ToHashSet();
        return All.Where(one => !differing.Contains((one.Set, one.Key, one.Field)));
    }

    private bool Has(string set, Comparison one) => All.Any(listed =>
        listed.Set == set && listed.Key == one.Key && listed.Field == one.Field);
}
