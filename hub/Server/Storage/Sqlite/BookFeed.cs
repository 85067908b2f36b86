using Dapper;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// The books in the order in which they were written, from after a row, for readers that keep a
/// durable cursor. SQLite has one writer at a time, so no lower row appears after a higher one.
/// </summary>
public sealed class BookFeed(Database database)
{
    /// <summary>How far a reader has come; 0 before its first row.</summary>
    public long Cursor(string name)
    {
        using var connection = database.Connect();
        return connection.QuerySingleOrDefault<long>(
            "SELECT value FROM cursor WHERE name = @name", new { name });
    }

    public void SaveCursor(string name, long value)
    {
        using var connection = database.Connect();
        connection.Execute(
            "INSERT INTO cursor VALUES(@name, @value) ON CONFLICT DO UPDATE SET value = @value",
            new { name, value });
    }

    public IReadOnlyList<AverageRow> Averages(long after, int max) => Query<AverageRow>(
        """
        SELECT a.id AS Id, w.source AS Source, a.quantity AS Quantity, a.unit AS Unit,
            a.value AS Value, a.absent_because AS AbsentBecause,
            a.coverage_percent AS CoveragePercent, w.start_ms AS StartMs, w.end_ms AS EndMs,
            w.revision AS Revision
        FROM average a JOIN window w ON w.id = a."window"
        WHERE a.id > @after ORDER BY a.id LIMIT @max
        """,
        after, max);

    public IReadOnlyList<FactRow> Facts(long after, int max) => Query<FactRow>(
        """
        SELECT seq AS Seq, id AS Id, source AS Source, member AS Member, zone AS Zone,
            pollutant AS Pollutant, start_ms AS StartMs, end_ms AS EndMs,
            milligrams AS Milligrams, method AS Method, quality AS Quality,
            revision AS Revision, known_ms AS KnownMs, inputs AS Inputs
        FROM fact WHERE seq > @after ORDER BY seq LIMIT @max
        """,
        after, max);

    public IReadOnlyList<QuotaRow> Quotas(long after, int max) => Query<QuotaRow>(
        """
        SELECT id AS Id, bubble AS Bubble, pollutant AS Pollutant, period AS Period,
            subject AS Subject, at_ms AS AtMs, used_mg AS UsedMg, holding_mg AS HoldingMg,
            forecast_mg AS ForecastMg
        FROM quota WHERE id > @after ORDER BY id LIMIT @max
        """,
        after, max);

    public IReadOnlyList<AlertRow> Alerts(long after, int max) => Query<AlertRow>(
        """
        SELECT seq AS Seq, id AS Id, contract AS Contract, subject AS Subject, level AS Level,
            change AS Change, reason AS Reason, period AS Period, value_mg AS ValueMg,
            limit_mg AS LimitMg, threshold_percent AS ThresholdPercent,
            provisional AS Provisional, at_ms AS AtMs
        FROM alert WHERE seq > @after ORDER BY seq LIMIT @max
        """,
        after, max);

    /// <summary>
    /// What entries did to accounts, whole entries only. Entries of one instant share one time,
    /// so the later one carries the sum of them all.
    /// </summary>
    public IReadOnlyList<AccountMoveRow> AccountMoves(long afterEntry, int maxEntries) =>
        Query<AccountMoveRow>(
            """
            SELECT e.seq AS Entry, e.period AS Period, e.booked_ms AS BookedMs,
                p.account AS Account, p.asset AS Asset,
                (SELECT SUM(b.amount) FROM posting b JOIN entry eb ON eb.seq = b.entry
                 WHERE b.account = p.account AND b.asset = p.asset
                     AND eb.booked_ms = e.booked_ms AND b.entry <= e.seq) AS Amount,
                (SELECT SUM(b.amount) FROM posting b
                 WHERE b.account = p.account AND b.asset = p.asset
                     AND b.entry <= e.seq) AS Balance
            FROM (SELECT * FROM entry WHERE seq > @after ORDER BY seq LIMIT @max) e
                JOIN (SELECT DISTINCT entry, account, asset FROM posting) p ON p.entry = e.seq
            ORDER BY e.seq, p.account, p.asset
            """,
            afterEntry, maxEntries);

    /// <summary>The newest row of each table that a cursor walks.</summary>
    public long Newest(string table)
    {
        using var connection = database.Connect();
        return connection.QuerySingleOrDefault<long>(
            "SELECT seq FROM sqlite_sequence WHERE name = @table", new { table });
    }

    private List<T> Query<T>(string sql, long after, int max)
    {
        using var connection = database.Connect();
        return connection.Query<T>(sql, new { after, max }).AsList();
    }
}
