using System.Collections.Immutable;

namespace Monitoring.Server.Inspection;

/// <summary>A difference that is known and explained, with both numbers as they were shown.
/// </summary>
public sealed record ExpectedDifference(
    string Set, string Key, string Field, string Reason, string Ours, string Theirs);

/// <summary>
/// The known differences of a folder: a CSV with the columns set, key, field, reason, ours,
/// theirs. A difference that is not in it is news, one with other numbers too, and so is one in it
/// that is none.
/// </summary>
public sealed record ExpectedDifferences(ImmutableArray<ExpectedDifference> All)
{
    public static readonly ExpectedDifferences None = new([]);

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="FormatException">It is no such table.</exception>
    public static ExpectedDifferences Read(string path)
    {
        var table = PublishedTable.Read(path);
        if (!table.Has("set", "key", "field", "reason", "ours", "theirs"))
        {
            throw new FormatException(
                $"{path} has not the columns set, key, field, reason, ours and theirs");
        }

        return new ExpectedDifferences(
        [
            .. table.Rows.Select(row => new ExpectedDifference(
                row.Text("set"), row.Text("key"), row.Text("field"),
                row.Text("reason") is { Length: > 0 } reason
                    ? reason
                    : throw new FormatException(
                        $"{path}:{row.Line}: no reason; say why the numbers differ"),
                row.Text("ours"), row.Text("theirs"))),
        ]);
    }

    /// <summary>Differences of a set that are not in the list as they are.</summary>
    public IEnumerable<Comparison> Unlisted(ComparedSet set)
    {
        var listed = All.Where(one => one.Set == set.Name)
            .Select(one => (one.Key, one.Field, one.Ours, one.Theirs)).ToHashSet();
        return set.Comparisons.Where(one => !one.Agrees && !listed.Contains((
            one.Key, one.Field, Comparison.Show(one.Ours), Comparison.Show(one.Theirs))));
    }

    /// <summary>Entries of the list that agree.</summary>
    public IEnumerable<ExpectedDifference> Agreeing(IEnumerable<ComparedSet> sets)
    {
        var agreeing = sets
            .SelectMany(set => set.Comparisons.Where(one => one.Agrees)
                .Select(one => (set.Name, one.Key, one.Field)))
            .ToHashSet();
        return All.Where(one => agreeing.Contains((one.Set, one.Key, one.Field)));
    }

    /// <summary>Entries of the list whose row is not compared: they stand for nothing.</summary>
    public IEnumerable<ExpectedDifference> Absent(IEnumerable<ComparedSet> sets)
    {
        var compared = sets
            .SelectMany(set => set.Comparisons.Select(one => (set.Name, one.Key, one.Field)))
            .ToHashSet();
        return All.Where(one => !compared.Contains((one.Set, one.Key, one.Field)));
    }
}
