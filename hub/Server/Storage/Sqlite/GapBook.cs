using Dapper;
using Monitoring.Core.Averaging;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>What took the place of one quantity in the newest revision of a window.</summary>
/// <param name="Method">Its code and its rule.</param>
public sealed record SubstituteRow(long StartMs, string Quantity, string Value, string Method);

/// <summary>How many windows of a quantity have a value.</summary>
/// <param name="Standing">Windows in which the plant stood.</param>
/// <param name="MeasuredUntilMs">The end of the last with a value; null: none has.</param>
public sealed record MeasuredCount(
    string Quantity, string Unit, long Measured, long Standing, long? MeasuredUntilMs);

/// <summary>Hours that are missing, what they rest on, and what took their place.</summary>
public sealed class GapBook(Books books)
{
    /// <summary>The quantity under which a value is kept that gaps are filled by.</summary>
    public const string ReferenceSuffix = "-ref";

    /// <summary>The quantity under which what took a place is kept.</summary>
    public const string SubstituteSuffix = "-sub";

    private readonly Database _books = books.Database;

    /// <summary>Windows of a source after its cursor: the earliest start, the newest row.</summary>
    public (long ChangedMs, long To)? Changed(string source)
    {
        using var connection = _books.Connect();
        var (changedMs, to) = connection.QuerySingle<(long? Ms, long? To)>(
            """
            SELECT MIN(start_ms), MAX(id) FROM window WHERE source = @source AND id > COALESCE(
                (SELECT value FROM cursor WHERE name = 'gaps/' || @source), 0)
            """,
            new { source });
        return changedMs is { } ms ? (ms, to!.Value) : null;
    }

    /// <summary>Says that windows up to a row are looked at.</summary>
    public void Done(string source, long to)
    {
        using var connection = _books.Connect();
        connection.Execute(
            """
            INSERT INTO cursor VALUES('gaps/' || @source, @to)
            ON CONFLICT DO UPDATE SET value = excluded.value
            """,
            new { source, to });
    }

    /// <summary>The start of the newest hour that gaps may be filled by.</summary>
    public long? NewestHourOf(string source)
    {
        using var connection = _books.Connect();
        return connection.QuerySingle<long?>(
            $"""
            SELECT MAX(w.start_ms) FROM window w JOIN average a ON a."window" = w.id
            WHERE w.source = @source AND a.quantity LIKE '%{ReferenceSuffix}'
                AND a.quantity <> '{FactBook.FlowAtReference}'
            """,
            new { source });
    }

    /// <summary>Whether something of a window from then on was not measured.</summary>
    public bool IsMissingFrom(string source, long fromMs)
    {
        using var connection = _books.Connect();
        return connection.QuerySingle<bool>(
            $"""
            SELECT EXISTS(SELECT 1 FROM window w JOIN average a ON a."window" = w.id
                WHERE w.source = @source AND w.start_ms >= @fromMs AND a.value IS NULL
                    AND a.quantity LIKE '%{ReferenceSuffix}' AND {BookReader.NewestRevision})
            """,
            new { source, fromMs });
    }

    /// <summary>The hours of a source as they were measured, in order of time; its load too.
    /// </summary>
    /// <param name="seen">Window rows after this one are passed over.</param>
    public IReadOnlyList<WindowValueRow> HoursOf(string source, long fromMs, long seen) =>
        LevelBook.Values(
            _books, source, new Window(fromMs, long.MaxValue),
            $"(a.quantity LIKE '%{ReferenceSuffix}' OR a.quantity = '{QuantityUnits.Load}')", seen);

    /// <summary>Of each quantity that limits are held against, what there is in a span.</summary>
    public IReadOnlyList<MeasuredCount> CountsOf(string source, Window span)
    {
        using var connection = _books.Connect();
        return connection.Query<MeasuredCount>(
            $"""
            SELECT a.quantity AS Quantity, MAX(a.unit) AS Unit, COUNT(a.value) AS Measured,
                SUM(a.absent_because IS '{WindowAverages.RuleNotOperating}') AS Standing,
                MAX(CASE WHEN a.value IS NOT NULL THEN w.end_ms END) AS MeasuredUntilMs
            FROM window w JOIN average a ON a."window" = w.id
            WHERE w.source = @source AND w.start_ms >= @StartMs AND w.start_ms < @EndMs
                AND a.quantity LIKE '%{LevelBook.ValidatedSuffix}'
                AND {BookReader.NewestRevision}
            GROUP BY a.quantity ORDER BY a.quantity
            """,
            new { source, span.StartMs, span.EndMs }).AsList();
    }

    /// <summary>The starts of windows from then on in which the plant stood.</summary>
    public IReadOnlySet<long> StandingFrom(string source, string quantity, long fromMs)
    {
        using var connection = _books.Connect();
        return connection.Query<long>(
            $"""
            SELECT w.start_ms FROM window w JOIN average a ON a."window" = w.id
            WHERE w.source = @source AND w.start_ms >= @fromMs AND a.quantity = @quantity
                AND a.absent_because = '{WindowAverages.RuleNotOperating}'
                AND {BookReader.NewestRevision}
            """,
            new { source, quantity, fromMs }).ToHashSet();
    }

    /// <summary>What took a place from then on, in the newest revisions.</summary>
    public IReadOnlyList<SubstituteRow> SubstitutesFrom(string source, long fromMs)
    {
        using var connection = _books.Connect();
        return connection.Query<SubstituteRow>(
            $"""
            SELECT w.start_ms AS StartMs, a.quantity AS Quantity, a.value AS Value,
                a.method AS Method
            FROM window w JOIN average a ON a."window" = w.id
            WHERE w.source = @source AND w.start_ms >= @fromMs
                AND a.quantity LIKE '%{SubstituteSuffix}' AND {BookReader.NewestRevision}
            ORDER BY w.start_ms, a.quantity
            """,
            new { source, fromMs }).AsList();
    }
}
