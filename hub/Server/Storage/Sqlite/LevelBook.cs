using System.Globalization;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>One average of a level, or of a part of a window, as one revision of it.</summary>
public sealed record LevelRow
{
    public long Id { get; init; }

    public required string Source { get; init; }

    public required string Level { get; init; }

    public required string Quantity { get; init; }

    public required string Unit { get; init; }

    public required long StartMs { get; init; }

    public required long EndMs { get; init; }

    public required long Revision { get; init; }

    /// <summary>A decimal number as text; null where there is none.</summary>
    public required string? Value { get; init; }

    public required string? AbsentBecause { get; init; }

    /// <summary>Windows behind it, or first-level averages of a part.</summary>
    public required long Counted { get; init; }

    /// <summary>Windows without a value though the plant may have run.</summary>
    public required long Lost { get; init; }

    public required long Expected { get; init; }

    /// <summary>The newest window row that its calculation could see.</summary>
    public required long Seen { get; init; }

    public decimal? Number => LevelBook.NumberOf(Value);

    /// <summary>Whether two revisions say the same.</summary>
    public bool SaysWhat(LevelRow other) =>
        (Value, AbsentBecause, Counted, Lost, Expected)
        == (other.Value, other.AbsentBecause, other.Counted, other.Lost, other.Expected);
}

/// <summary>One window's contribution to a longer average.</summary>
public sealed record WindowValueRow(
    long AverageId, long StartMs, long EndMs, string Quantity, string Unit, string? Value,
    string? AbsentBecause)
{
    public decimal? Number => LevelBook.NumberOf(Value);
}

/// <summary>
/// Averages above and within windows. They follow from windows: a cursor says which of these are
/// worked in, and moves with the rows that it led to.
/// </summary>
public sealed class LevelBook(Books books)
{
    /// <summary>The quantity under which what limits are held against is kept.</summary>
    public const string ValidatedSuffix = "-val";

    /// <summary>The quantity under which a total of masses is kept.</summary>
    public const string MassSuffix = "-mass";

    internal const string Columns =
        """
        l.id AS Id, l.source AS Source, l.level AS Level, l.quantity AS Quantity, l.unit AS Unit,
        l.start_ms AS StartMs, l.end_ms AS EndMs, l.revision AS Revision, l.value AS Value,
        l.absent_because AS AbsentBecause, l.counted AS Counted, l.lost AS Lost,
        l.expected AS Expected, l.seen AS Seen
        """;

    /// <summary>Of a row <c>l</c>.</summary>
    internal const string NewestRevision =
        """
        NOT EXISTS (SELECT 1 FROM level_average newer WHERE newer.source = l.source
            AND newer.level = l.level AND newer.quantity = l.quantity
            AND newer.start_ms = l.start_ms AND newer.revision > l.revision)
        """;

    // The newest revision of a window among those that could be seen.
    internal const string NewestSeen =
        """
        w.id <= @seen AND NOT EXISTS (SELECT 1 FROM window n WHERE n.source = w.source
            AND n.start_ms = w.start_ms AND n.revision > w.revision AND n.id <= @seen)
        """;

    private readonly Database _books = books.Database;

    /// <summary>Windows that are not worked into the levels yet, oldest row first.</summary>
    public IReadOnlyList<WindowRow> WindowsAfterCursor(string source, int max)
    {
        using var connection = _books.Connect();
        return connection.Query<WindowRow>(
            """
            SELECT id AS Id, source AS Source, start_ms AS StartMs, end_ms AS EndMs,
                revision AS Revision, log_id AS LogId, known_ms AS KnownMs
            FROM window WHERE source = @source AND id > COALESCE(
                (SELECT "window" FROM level_cursor WHERE source = @source), 0)
            ORDER BY id LIMIT @max
            """,
            new { source, max }).AsList();
    }

    /// <summary>The end of the latest window up to a row of the books.</summary>
    public long WindowsUntil(string source, long seen)
    {
        using var connection = _books.Connect();
        return connection.QuerySingle<long>(
            "SELECT MAX(end_ms) FROM window WHERE source = @source AND id <= @seen",
            new { source, seen });
    }

    /// <summary>The end of the last closed span of a level; null before the first.</summary>
    public long? ClosedUntil(string source, string level)
    {
        using var connection = _books.Connect();
        return connection.QuerySingle<long?>(
            "SELECT MAX(end_ms) FROM level_average WHERE source = @source AND level = @level",
            new { source, level });
    }

    /// <summary>The starts of the windows that there are in a span.</summary>
    public IReadOnlyList<long> WindowStarts(string source, Window span)
    {
        using var connection = _books.Connect();
        return connection.Query<long>(
            """
            SELECT DISTINCT start_ms FROM window
            WHERE source = @source AND start_ms >= @StartMs AND start_ms < @EndMs
            ORDER BY start_ms
            """,
            new { source, span.StartMs, span.EndMs }).AsList();
    }

    /// <summary>What the windows of a span say, in order of time.</summary>
    /// <param name="seen">Window rows after this one are passed over.</param>
    public IReadOnlyList<WindowValueRow> ValuesOf(string source, Window span, long seen) =>
        Values(
            _books, source, span, $"a.quantity LIKE '%{ValidatedSuffix}'", seen);

    /// <param name="which">Which averages <c>a</c>, in SQL.</param>
    internal static IReadOnlyList<WindowValueRow> Values(
        Database books, string source, Window span, string which, long seen)
    {
        using var connection = books.Connect();
        return connection.Query<WindowValueRow>(
            $"""
            SELECT a.id AS AverageId, w.start_ms AS StartMs, w.end_ms AS EndMs,
                a.quantity AS Quantity, a.unit AS Unit, a.value AS Value,
                a.absent_because AS AbsentBecause
            FROM window w JOIN average a ON a."window" = w.id
            WHERE w.source = @source AND w.start_ms >= @StartMs AND w.start_ms < @EndMs
                AND {which} AND {NewestSeen}
            ORDER BY w.start_ms
            """,
            new { source, span.StartMs, span.EndMs, seen }).AsList();
    }

    /// <summary>A quantity at the reference oxygen from then on, in order of time.</summary>
    public IReadOnlyList<(long StartMs, decimal Number)> StandardisedFrom(
        string source, string quantity, long fromMs)
    {
        using var connection = _books.Connect();
        return
        [
            .. connection.Query<(long StartMs, string Value)>(
                $"""
                SELECT w.start_ms, a.value FROM window w JOIN average a ON a."window" = w.id
                WHERE w.source = @source AND w.start_ms >= @fromMs AND a.value IS NOT NULL
                    AND a.quantity = @quantity || '{FactBook.StandardisedSuffix}'
                    AND {BookReader.NewestRevision}
                ORDER BY w.start_ms
                """,
                new { source, quantity, fromMs })
                .Select(row => (row.StartMs, NumberOf(row.Value)!.Value)),
        ];
    }

    /// <summary>The masses of the windows of a span, by pollutant.</summary>
    public IReadOnlyList<(string Pollutant, long Milligrams, long Count)> MassesOf(
        string source, Window span, long seen)
    {
        using var connection = _books.Connect();
        return connection.Query<(string, long, long)>(
            $"""
            SELECT f.pollutant, SUM(f.milligrams), COUNT(*)
            FROM window w JOIN fact f ON f."window" = w.id
            WHERE w.source = @source AND w.start_ms >= @StartMs AND w.start_ms < @EndMs
                AND {NewestSeen}
            GROUP BY f.pollutant ORDER BY f.pollutant
            """,
            new { source, span.StartMs, span.EndMs, seen }).AsList();
    }

    /// <summary>The newest revisions of one span of a level.</summary>
    public IReadOnlyList<LevelRow> NewestOf(string source, string level, long startMs)
    {
        using var connection = _books.Connect();
        return connection.Query<LevelRow>(
            $"""
            SELECT {Columns} FROM level_average l
            WHERE l.source = @source AND l.level = @level AND l.start_ms = @startMs
                AND {NewestRevision}
            """,
            new { source, level, startMs }).AsList();
    }

    /// <summary>The newest revisions of a level in a span, in order of time.</summary>
    public IReadOnlyList<LevelRow> RowsOf(
        string source, string level, string quantity, Window span)
    {
        using var connection = _books.Connect();
        return connection.Query<LevelRow>(
            $"""
            SELECT {Columns} FROM level_average l
            WHERE l.source = @source AND l.level = @level AND l.quantity = @quantity
                AND l.start_ms >= @StartMs AND l.start_ms < @EndMs AND {NewestRevision}
            ORDER BY l.start_ms
            """,
            new { source, level, quantity, span.StartMs, span.EndMs }).AsList();
    }

    public LevelRow? Find(long id)
    {
        using var connection = _books.Connect();
        return connection.QuerySingleOrDefault<LevelRow>(
            $"SELECT {Columns} FROM level_average l WHERE l.id = @id", new { id });
    }

    /// <summary>Writes rows, and that windows up to one are worked in.</summary>
    public Task WriteAsync(string source, IReadOnlyList<LevelRow> rows, long windowId) =>
        _books.WriteAsync((connection, transaction) =>
        {
            Insert(connection, transaction, rows);
            connection.Execute(
                """
                INSERT INTO level_cursor VALUES(@source, @windowId)
                ON CONFLICT DO UPDATE SET "window" = excluded."window"
                """,
                new { source, windowId }, transaction);
        });

    internal static decimal? NumberOf(string? text) => text is null
        ? null
        : decimal.Parse(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    /// <summary>The parts of a window, of its own revision.</summary>
    internal static IEnumerable<LevelRow> PartsOf(WindowResult result, long window) =>
        result.Parts.Select(part => new LevelRow
        {
            Source = result.Source,
            Level = part.Level,
            Quantity = part.Validated.Quantity + ValidatedSuffix,
            Unit = part.Validated.Unit,
            StartMs = part.Window.StartMs,
            EndMs = part.Window.EndMs,
            Revision = result.Revision,
            Value = part.Validated.Value?.ToString(CultureInfo.InvariantCulture),
            AbsentBecause = part.Validated.AbsentBecause,
            Counted = part.Validated.Value is null ? 0 : 1,
            Lost = part.Validated.AbsentBecause is null or WindowAverages.RuleNotOperating
                ? 0
                : 1,
            Expected = 1,
            Seen = window,
        });

    internal static void Insert(
        SqliteConnection connection, SqliteTransaction transaction, IEnumerable<LevelRow> rows) =>
        connection.Execute(
            """
            INSERT INTO level_average(source, level, quantity, unit, start_ms, end_ms, revision,
                value, absent_because, counted, lost, expected, seen)
            VALUES(@Source, @Level, @Quantity, @Unit, @StartMs, @EndMs, @Revision, @Value,
                @AbsentBecause, @Counted, @Lost, @Expected, @Seen)
            """,
            rows, transaction);
}
