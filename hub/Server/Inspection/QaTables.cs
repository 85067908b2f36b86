using System.Collections.Immutable;

namespace Monitoring.Server.Inspection;

/// <summary>
/// The quality-assurance tables of one source, each read once. A table that is not there has no
/// rows. The agency's tables hold some tests twice, once for each script that uses them; rows are
/// joined within their script, and by the key alone where the script has no such rows.
/// </summary>
internal sealed class QaTables(Func<string, ImmutableArray<PublishedRow>> read)
{
    private const string Script = "SRC_FILE";

    private readonly Dictionary<string, ImmutableArray<PublishedRow>> _rows =
        new(StringComparer.Ordinal);

    private readonly Dictionary<(string, string), ILookup<string, PublishedRow>> _lookups = [];

    public static QaTables Of(string folder) => new(table =>
    {
        var path = Directory
            .EnumerateFiles(folder, table + ".csv", PublishedFiles.AnyCase)
            .Order(StringComparer.Ordinal).FirstOrDefault();
        return path is null ? [] : PublishedTable.Read(path).Rows;
    });

    /// <summary>The rows of a table, each script's row once by its key.</summary>
    public ImmutableArray<PublishedRow> Rows(string table, string key)
    {
        if (!_rows.TryGetValue(table, out var rows))
        {
            rows = [.. read(table).DistinctBy(row => (row.Text(Script), NameOf(row, key)))];
            _rows.Add(table, rows);
        }

        return rows;
    }

    /// <summary>The rows of a table that belong to a row of another.</summary>
    /// <param name="key">The column that tells the rows of the table apart.</param>
    /// <param name="link">The column by which both know each other.</param>
    public ImmutableArray<PublishedRow> Children(
        string table, string key, string link, PublishedRow parent)
    {
        if (parent.Text(link).Length == 0)
        {
            return [];
        }

        var all = By(table, key, link)[parent.Text(link)].ToList();
        var own = all.FindAll(row => row.Text(Script) == parent.Text(Script));
        return own.Count > 0
            ? [.. own]
            : [.. all.DistinctBy(row => NameOf(row, key))];
    }

    /// <summary>The row of another table that this one points to; null: there is none.</summary>
    public PublishedRow? Find(string table, string key, PublishedRow from) =>
        Children(table, key, key, from).FirstOrDefault();

    /// <summary>
    /// How a report names a row: by its key, with its script where several have that key, or by
    /// its line where it has none.
    /// </summary>
    public string KeyOf(string table, string key, PublishedRow row)
    {
        var name = NameOf(row, key);
        return row.Text(key).Length > 0 && By(table, key, key)[row.Text(key)].Skip(1).Any()
            ? $"{name} ({row.Text(Script)})"
            : name;
    }

    private ILookup<string, PublishedRow> By(string table, string key, string link)
    {
        if (!_lookups.TryGetValue((table, link), out var lookup))
        {
            lookup = Rows(table, key).ToLookup(row => row.Text(link), StringComparer.Ordinal);
            _lookups.Add((table, link), lookup);
        }

        return lookup;
    }

    private static string NameOf(PublishedRow row, string key) =>
        row.Text(key) is { Length: > 0 } name ? name : $"line {row.Line}";
}
