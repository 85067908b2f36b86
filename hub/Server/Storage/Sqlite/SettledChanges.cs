using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// How facts of a settled period have changed since: late data gave its windows new revisions.
/// The settlement stays as it is.
/// </summary>
/// <param name="Milligrams">More than was settled; below 0 where it is less.</param>
/// <param name="SinceMs">When the first of the changes became known.</param>
public sealed record SettledChange(string Settlement, long Milligrams, long SinceMs)
{
    /// <param name="since">The instant as its reader wants it written.</param>
    public string TextOf(string since) => string.Create(
        CultureInfo.InvariantCulture,
        $"facts changed after the settlement: {Milligrams / 1_000m:+0.###;-0.###;+0} g ")
        + $"since {since}";
}

/// <summary>Compares settlements with the books as they are now.</summary>
internal static class SettledChanges
{
    /// <summary>
    /// A change gives a window a revision above 1, so an index of these few finds it. What was
    /// settled is in the verdict: the ids of the facts, and the members.
    /// </summary>
    public static List<SettledChange> Read(
        SqliteConnection books, IEnumerable<string> settlements) =>
        books.Query<(string Settlement, long Milligrams, long SinceMs)>(
            $"""
            SELECT s.id AS Settlement,
                SUM(COALESCE(f.milligrams, 0) - COALESCE(settled.milligrams, 0)) AS Milligrams,
                MIN(w.known_ms) AS SinceMs
            FROM settlement s
                JOIN fact any ON any.id = json_extract(s.verdict, '$.FactIds[0]')
                JOIN window w ON w.revision > 1 AND w.start_ms >= s.start_ms
                    AND w.start_ms < s.end_ms AND {BookReader.NewestRevision}
                LEFT JOIN fact f ON f."window" = w.id AND f.pollutant = any.pollutant
                    AND instr(s.verdict, '"Member":"' || f.member || '"') > 0
                LEFT JOIN fact settled ON settled.source = w.source
                    AND settled.start_ms = w.start_ms AND settled.pollutant = any.pollutant
                    AND instr(s.verdict, settled.id) > 0
            WHERE s.id IN @settlements AND json_valid(s.verdict)
                AND COALESCE(f.id, '') <> COALESCE(settled.id, '')
            GROUP BY s.id
            """,
            new { settlements })
            .Select(row => new SettledChange(row.Settlement, row.Milligrams, row.SinceMs))
            .ToList();
}
