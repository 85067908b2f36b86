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
    /// settled is the revision of before, and the members are in the verdict.
    /// </summary>
    public static List<SettledChange> Read(
        SqliteConnection books, IEnumerable<string> settlements) =>
        books.Query<(string Settlement, long Milligrams, long SinceMs)>(
            $"""
            SELECT s.id AS Settlement,
                SUM(COALESCE(f.milligrams, 0) - COALESCE(settled.milligrams, 0)) AS Milligrams,
                MIN(w.known_ms) AS SinceMs
            FROM settlement s
                JOIN window w ON w.revision > 1 AND w.start_ms >= s.start_ms
                    AND w.start_ms < s.end_ms AND w.id > s.seen AND {BookReader.NewestRevision}
                LEFT JOIN window before ON before.source = w.source
                    AND before.start_ms = w.start_ms AND before.revision = (
                        SELECT MAX(revision) FROM window o WHERE o.source = w.source
                            AND o.start_ms = w.start_ms AND o.id <= s.seen)
                LEFT JOIN fact f ON f."window" = w.id 
                    AND instr(' ' || s.pollutant || ' ', ' ' || f.pollutant || ' ') > 0
                    AND instr(s.verdict, '"Member":"' || f.member || '"') > 0
                LEFT JOIN fact settled ON settled."window" = before.id
                    AND (f.id IS NULL OR settled.pollutant = f.pollutant)
                    AND instr(' ' || s.pollutant || ' ', ' ' || settled.pollutant || ' ') > 0
                    AND instr(s.verdict, '"Member":"' || settled.member || '"') > 0
            WHERE s.id IN @settlements AND COALESCE(f.id, '') <> COALESCE(settled.id, '')
                AND NOT EXISTS(SELECT 1 FROM settlement later WHERE later.contract = s.contract
                    AND later.period = s.period AND later.revision > s.revision)
            GROUP BY s.id
            """,
            new { settlements })
            .Select(row => new SettledChange(row.Settlement, row.Milligrams, row.SinceMs))
            .ToList();
}
