using System.Collections.Immutable;

namespace Monitoring.Server.Inspection;

/// <summary>The quality-assurance tables of one folder, each read once.</summary>
internal sealed class QaTables(string folder)
{
    private readonly Dictionary<string, PublishedTable?> _tables = new(StringComparer.Ordinal);

    /// <summary>The rows of a table, each once by its key; none where there is no such file.
    /// </summary>
    public ImmutableArray<PublishedRow> Distinct(string table, string key) =>
        Find(table)?.Distinct(key) ?? [];

    private PublishedTable? Find(string table)
    {
        if (!_tables.TryGetValue(table, out var found))
        {
            var path = Path.Combine(folder, table + ".csv");
            found = File.Exists(path) ? PublishedTable.Read(path) : null;
            _tables.Add(table, found);
        }

        return found;
    }
}
