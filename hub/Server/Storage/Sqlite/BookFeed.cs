using System.Collections.Immutable;
using Dapper;
using Monitoring.Core.Amendments;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>What some windows gave.</summary>
/// <param name="Last">The newest of the windows; as before where there was none.</param>
/// <param name="Revised">Windows of which an older revision was there before.</param>
public sealed record WindowRows(
    long Last, IReadOnlyList<(string Source, long StartMs)> Revised,
    IReadOnlyList<AverageRow> Averages, IReadOnlyList<FactRow> Facts);

/// <summary>A chart of QAL3, with a point for each reading of zero or span gas.</summary>
/// <param name="Level">Such as <c>qal3-zero</c>.</param>
public sealed record ChartRow(
    string Source, string Quantity, string Level, ImmutableArray<DriftPoint> Points);

/// <summary>
/// The books in the order in which they were written, from after a row, for readers that keep a
/// durable cursor. SQLite has one writer at a time, so no lower row appears after a higher one.
/// </summary>
public sealed class BookFeed(Database database)
{
    private const string IsNewest =
        """
        NOT EXISTS(SELECT 1 FROM window n WHERE n.source = w.source AND n.start_ms = w.start_ms
            AND n.revision > w.revision)
        """;

    /// <summary>How far a reader has come; 0 before its first row.</summary>
    public long Cursor(string name)
    {
        using var connection = database.Connect();
        return connection.QuerySingleOrDefault<long>(
            "SELECT value FROM cursor WHERE name = @name", new { name });
    }

    /// <summary>
    /// Moves a cursor on; false where it is no longer where this reader found it, since somebody
    /// has put it back.
    /// </summary>
    public bool MoveCursor(string name, long from, long to)
    {
        using var connection = database.Connect();
        return connection.Execute(
            """
            INSERT INTO cursor SELECT @name, @to
                WHERE @from = 0 OR EXISTS(SELECT 1 FROM cursor WHERE name = @name)
            ON CONFLICT DO UPDATE SET value = @to WHERE value = @from
            """,
            new { name, from, to }) == 1;
    }

    /// <summary>What closed windows gave, but for those that have a newer revision.</summary>
    public WindowRows Windows(long after, int max)
    {
        using var connection = database.Connect();
        var windows = connection.Query<(long Id, string Source, long StartMs, long Revision,
            bool IsNewest)>(
            $"""
            SELECT w.id, w.source, w.start_ms, w.revision, {IsNewest}
            FROM window w WHERE w.id > @after ORDER BY w.id LIMIT @max
            """,
            new { after, max })
            .AsList();
        var last = windows.Count == 0 ? after : windows[^1].Id;
        return new WindowRows(
            last,
            [
                .. windows.Where(window => window.IsNewest && window.Revision > 1)
                    .Select(window => (window.Source, window.StartMs)),
            ],
            connection.Query<AverageRow>(
                $"""
                SELECT a.id AS Id, w.source AS Source, a.quantity AS Quantity, a.unit AS Unit,
                    a.value AS Value, a.absent_because AS AbsentBecause,
                    a.coverage_percent AS CoveragePercent, w.start_ms AS StartMs,
                    w.end_ms AS EndMs, w.revision AS Revision
                FROM window w JOIN average a ON a."window" = w.id
                WHERE w.id > @after AND w.id <= @last AND {IsNewest} ORDER BY a.id
                """,
                new { after, last }).AsList(),
            connection.Query<FactRow>(
                $"""
                SELECT f.seq AS Seq, f.id AS Id, f.source AS Source, f.member AS Member,
                    f.zone AS Zone, f.pollutant AS Pollutant, f.start_ms AS StartMs,
                    f.end_ms AS EndMs, f.milligrams AS Milligrams, f.method AS Method,
                    f.quality AS Quality, f.revision AS Revision, f.known_ms AS KnownMs,
                    f.inputs AS Inputs
                FROM window w JOIN fact f ON f."window" = w.id
                WHERE w.id > @after AND w.id <= @last AND {IsNewest} ORDER BY f.seq
                """,
                new { after, last }).AsList());
    }

    /// <summary>Averages of levels, but for those that have a newer revision.</summary>
    public IReadOnlyList<LevelRow> LevelAverages(long after, int max) => Query<LevelRow>(
        $"""
        SELECT {LevelBook.Columns} FROM level_average l
        WHERE l.id > @after AND {LevelBook.NewestRevision} ORDER BY l.id LIMIT @max
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

    public IReadOnlyList<WarningRow> Warnings(long after, int max) => Query<WarningRow>(
        $"""
        SELECT {WarningBook.Columns} FROM warning WHERE seq > @after ORDER BY seq LIMIT @max
        """,
        after, max);

    /// <summary>
    /// Charts that have new readings, whole: one that came late changes all that is after it.
    /// </summary>
    public (long Last, IReadOnlyList<ChartRow> Charts) Charts(long after, int max)
    {
        var rows = Query<(long Seq, string Source, string Quantity, string Test)>(
            """
            SELECT seq, source, quantity, test FROM amendment
            WHERE seq > @after ORDER BY seq LIMIT @max
            """,
            after, max);
        return (
            rows.Count == 0 ? after : rows[^1].Seq,
            [
                .. rows.Where(row => row.Test.StartsWith(
                        DriftChart.TestPrefix, StringComparison.Ordinal))
                    .Select(row => (row.Source, row.Quantity, row.Test)).Distinct()
                    .Select(key => new ChartRow(
                        key.Source, key.Quantity, key.Test,
                        DriftChart.PointsOf(AmendmentBook.TestsOf(database, key)))),
            ]);
    }

    /// <summary>Amendments are numbered without a table of numbers.</summary>
    public long NewestAmendment() => AmendmentBook.NewestOf(database);

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
