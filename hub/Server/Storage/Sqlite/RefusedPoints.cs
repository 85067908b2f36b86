using Dapper;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>A point that InfluxDB refused for good.</summary>
public sealed record RefusedPointRow(string Line, string Error, long RefusedMs);

/// <summary>
/// Points that InfluxDB refused for good: all counted, the newest kept with what it said of them.
/// </summary>
public sealed class RefusedPoints(Database database)
{
    private const int KeptMax = 1_000;

    /// <summary>The same line is one point, however often it is refused.</summary>
    public void Add(IReadOnlyList<string> lines, string error, long nowMs)
    {
        using var connection = database.Connect();
        using var transaction = connection.BeginTransaction();
        connection.Execute(
            """
            INSERT INTO refused_point(line, error, refused_ms) SELECT @line, @error, @nowMs
            WHERE NOT EXISTS(SELECT 1 FROM refused_point WHERE line = @line)
            """,
            lines.Select(line => new { line, error, nowMs }), transaction);
        connection.Execute(
            """
            DELETE FROM refused_point WHERE id <= (SELECT MAX(id) FROM refused_point) - @KeptMax
            """,
            new { KeptMax }, transaction);
        transaction.Commit();
    }

    public long Count()
    {
        using var connection = database.Connect();
        return connection.QuerySingleOrDefault<long>(
            "SELECT seq FROM sqlite_sequence WHERE name = 'refused_point'");
    }

    public IReadOnlyList<RefusedPointRow> Newest(int max)
    {
        using var connection = database.Connect();
        return connection.Query<RefusedPointRow>(
            """
            SELECT line AS Line, error AS Error, refused_ms AS RefusedMs
            FROM refused_point ORDER BY id DESC LIMIT @max
            """,
            new { max })
            .AsList();
    }

    /// <summary>Forgets them all; what is still refused comes again.</summary>
    public void Clear()
    {
        using var connection = database.Connect();
        connection.Execute(
            """
            DELETE FROM refused_point;
            DELETE FROM sqlite_sequence WHERE name = 'refused_point';
            """);
    }
}
