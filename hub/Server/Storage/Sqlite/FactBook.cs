using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Mass;
using Monitoring.Core.Reprocessing;
using Monitoring.Core.Settlement;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>A closed window: the newest record that its calculation could see, and when.</summary>
public sealed record WindowRow(
    long Id, string Source, long StartMs, long EndMs, long Revision, long LogId, long KnownMs);

/// <summary>Averages and facts, and how far each source is; they move in one transaction.</summary>
public sealed class FactBook
{
    /// <summary>The quantity under which a pollutant at reference oxygen is kept.</summary>
    public const string StandardisedSuffix = "-std";

    /// <summary>Before the ECMPS code of a parameter, under which an hourly value is kept.
    /// </summary>
    public const string HourlyPrefix = "us-";

    /// <summary>The quantity under which the flow at the reference state is kept.</summary>
    public const string FlowAtReference = $"flow{GapBook.ReferenceSuffix}";

    /// <summary>
    /// CROSS keeps SQLite from looking through all facts of the pollutant for each window.
    /// </summary>
    public const string StartsAfterSql =
        """
        SELECT DISTINCT start_ms FROM window w
        WHERE id > @windowId AND id <= @newest AND start_ms >= @fromMs AND EXISTS(
            SELECT 1 FROM window any CROSS JOIN fact ON fact."window" = any.id
            WHERE any.source = w.source AND any.start_ms = w.start_ms
              AND fact.pollutant IN @pollutants)
        ORDER BY start_ms
        """;

    private const string WindowColumns =
        """
        id AS Id, source AS Source, start_ms AS StartMs, end_ms AS EndMs, revision AS Revision,
        log_id AS LogId, known_ms AS KnownMs
        """;

    private readonly Database _books;

    public FactBook(Books books) => _books = books.Database;

    /// <summary>The start of the source's next window; null before its first.</summary>
    public long? PositionOf(string source)
    {
        using var connection = _books.Connect();
        return connection.QuerySingleOrDefault<long?>(
            "SELECT next_ms FROM source_position WHERE source = @source", new { source });
    }

    /// <summary>
    /// The length of closed windows of a binding that is not the one given; null for none.
    /// </summary>
    public TimeSpan? OtherLengthOf(SourceBinding source, TimeSpan window)
    {
        using var connection = _books.Connect();
        var ms = connection.QuerySingleOrDefault<long?>(
            """
            SELECT end_ms - start_ms FROM window
            WHERE source = @Id AND start_ms >= @fromMs AND start_ms < @untilMs
              AND end_ms - start_ms <> @windowMs LIMIT 1
            """,
            new
            {
                source.Id, fromMs = source.From.ToUnixTimeMilliseconds(),
                untilMs = source.Until?.ToUnixTimeMilliseconds() ?? long.MaxValue,
                windowMs = (long)window.TotalMilliseconds,
            });
        return ms is { } length ? TimeSpan.FromMilliseconds(length) : null;
    }

    /// <summary>
    /// The start of what is still needed of the record log: of the first window that is not
    /// closed, and of the first period that is not settled.
    /// </summary>
    /// <param name="sources">Those that go on; one without a window holds nothing.</param>
    public long NeededFromMs(IEnumerable<string> sources)
    {
        using var connection = _books.Connect();
        return connection.QuerySingle<long?>(
            """
            SELECT MIN(next_ms) FROM (
                SELECT next_ms FROM source_position WHERE source IN @sources
                UNION ALL SELECT next_ms FROM period_position)
            """,
            new { sources }) ?? long.MinValue;
    }

    /// <summary>Passes over time in which no device of the source has a record.</summary>
    public Task MoveToAsync(string source, long nextMs) => _books.WriteAsync(
        (connection, transaction) => Move(connection, transaction, source, nextMs));

    /// <summary>The newest revision of a window; null where there is none.</summary>
    public WindowRow? NewestOf(string source, long startMs)
    {
        using var connection = _books.Connect();
        return connection.QuerySingleOrDefault<WindowRow>(
            $"""
            SELECT {WindowColumns} FROM window WHERE source = @source AND start_ms = @startMs
            ORDER BY revision DESC LIMIT 1
            """,
            new { source, startMs });
    }

    /// <summary>The newest window row of a source; 0 for none.</summary>
    public long NewestIdOf(string source)
    {
        using var connection = _books.Connect();
        return connection.QuerySingle<long>(
            "SELECT COALESCE(MAX(id), 0) FROM window WHERE source = @source", new { source });
    }

    /// <summary>The newest revisions of the windows that begin in a span.</summary>
    /// <param name="beforeMs">Revisions known from that time on are passed over.</param>
    public IReadOnlyList<WindowRow> NewestIn(
        string source, long fromMs, long toMs, long beforeMs = long.MaxValue)
    {
        using var connection = _books.Connect();
        return connection.Query<WindowRow>(
            $"""
            SELECT {WindowColumns} FROM window w WHERE source = @source
                AND start_ms >= @fromMs AND start_ms < @toMs AND known_ms < @beforeMs
                AND NOT EXISTS(SELECT 1 FROM window n WHERE n.source = w.source
                    AND n.start_ms = w.start_ms AND n.revision > w.revision
                    AND n.known_ms < @beforeMs)
            ORDER BY start_ms
            """,
            new { source, fromMs, toMs, beforeMs }).AsList();
    }

    /// <summary>The averages and masses of a stored window.</summary>
    public IEnumerable<WindowNumber> NumbersOf(WindowRow row)
    {
        using var connection = _books.Connect();
        return
        [
            .. connection.Query<(string Quantity, string Unit, string? Value, string? Absent)>(
                "SELECT quantity, unit, value, absent_because FROM average "
                    + "WHERE \"window\" = @Id", row)
                .Select(line => new WindowNumber(
                    line.Quantity, line.Unit, LevelBook.NumberOf(line.Value), line.Absent)),
            .. connection.Query<(string Pollutant, long Milligrams)>(
                "SELECT pollutant, milligrams FROM fact WHERE \"window\" = @Id", row)
                .Select(fact => MassOf(fact.Pollutant, fact.Milligrams)),
        ];
    }

    /// <summary>The same of a window that was worked out.</summary>
    public static IEnumerable<WindowNumber> NumbersOf(WindowResult result) =>
        AveragesOf(result, 0).Select(line => new WindowNumber(
            line.Quantity, line.Unit, LevelBook.NumberOf(line.Value), line.AbsentBecause))
        .Concat(result.Facts.Select(fact => MassOf(fact.Pollutant, fact.Milligrams)));

    private static WindowNumber MassOf(string pollutant, long milligrams) => new(
        pollutant + WindowNumber.MassSuffix, WindowNumber.MassUnit, milligrams, null);

    /// <summary>How far the source has looked for late images, by journal.</summary>
    public ImmutableDictionary<string, long> SeenBy(string source)
    {
        using var connection = _books.Connect();
        return connection.Query<(string Journal, long Offset)>(
            "SELECT journal, \"offset\" FROM source_seen WHERE source = @source", new { source })
            .ToImmutableDictionary(row => row.Journal, row => row.Offset);
    }

    /// <summary>
    /// Writes all that a window gave, as a revision of its own, and moves the source past it.
    /// </summary>
    /// <param name="logId">The newest record that the calculation could see.</param>
    /// <param name="seen">How far the source has looked for late images, by journal.</param>
    /// <param name="because">Of a window that is worked out again; see RevisionReason.</param>
    public Task WriteAsync(
        SourceBinding source, WindowResult result, long logId, long knownMs,
        IReadOnlyDictionary<string, long> seen, string? because = null) => _books.WriteAsync(
            (connection, transaction) => Write(
                connection, transaction, (source, result), (logId, knownMs, because), seen));

    private static void Write(
        SqliteConnection connection, SqliteTransaction transaction,
        (SourceBinding Source, WindowResult Result) what,
        (long LogId, long KnownMs, string? Because) known, IReadOnlyDictionary<string, long> seen)
    {
        var (source, result) = what;
        var (logId, knownMs, because) = known;
        var window = connection.QuerySingle<long>(
            """
            INSERT INTO window(
                source, start_ms, end_ms, revision, log_id, known_ms, no_fact_because, because)
            VALUES(@Source, @StartMs, @EndMs, @Revision, @logId, @knownMs, @NoFactBecause,
                @because)
            RETURNING id
            """,
            new
            {
                result.Source, result.Window.StartMs, result.Window.EndMs, result.Revision,
                logId, knownMs, result.NoFactBecause, because,
            },
            transaction);
        connection.Execute(
            """
            INSERT INTO average(
                "window", quantity, unit, value, absent_because, coverage_percent, method)
            VALUES(@Window, @Quantity, @Unit, @Value, @AbsentBecause, @Coverage, @Method)
            """,
            AveragesOf(result, window), transaction);
        connection.Execute(
            "INSERT INTO fate VALUES(@window, @Device, @Rule, @Images, @Readings)",
            FatesOf(source, result, window), transaction);
        LevelBook.Insert(connection, transaction, LevelBook.PartsOf(result, window));
        connection.Execute(
            """
            INSERT INTO fact("window", id, source, member, zone, pollutant, start_ms, end_ms,
                milligrams, method, quality, revision, known_ms, inputs)
            VALUES(@window, @Id, @Source, @Member, @Zone, @Pollutant, @StartMs, @EndMs,
                @Milligrams, @Method, @Quality, @Revision, @knownMs, @Inputs)
            """,
            result.Facts.Select(fact => new
            {
                window, fact.Id, fact.Source, source.Member, source.Zone, fact.Pollutant,
                fact.Window.StartMs, fact.Window.EndMs, fact.Milligrams, fact.Method, fact.Quality,
                fact.Revision, knownMs, Inputs = string.Join('\n', fact.Inputs),
            }),
            transaction);
        Move(connection, transaction, result.Source, result.Window.EndMs);
        connection.Execute(
            """
            INSERT INTO source_seen VALUES(@Source, @Key, @Value)
            ON CONFLICT DO UPDATE SET "offset" = MAX("offset", excluded."offset")
            """,
            seen.Select(journal => new { result.Source, journal.Key, journal.Value }), transaction);
        PublicLog.Append(connection, transaction, BookLeaf.Window, window);
    }

    /// <summary>Whether a stored window says what one that was worked out again does.</summary>
    public bool Says(WindowRow row, WindowResult result)
    {
        using var connection = _books.Connect();
        var averages = connection.Query<(string, string?, string?, string?)>(
            "SELECT quantity, value, absent_because, method FROM average "
                + "WHERE \"window\" = @Id", row).ToHashSet();
        var masses = connection.Query<(string, long)>(
            "SELECT pollutant, milligrams FROM fact WHERE \"window\" = @Id", row).ToHashSet();
        return averages.SetEquals(AveragesOf(result, 0).Select(line =>
                (line.Quantity, line.Value, line.AbsentBecause, line.Method)))
            && masses.SetEquals(result.Facts.Select(fact => (fact.Pollutant, fact.Milligrams)));
    }

    /// <summary>What a period of a contract is settled by: its parties' newest facts.</summary>
    /// <returns>The masses, and the newest window of any source that was written by then.</returns>
    public (ImmutableArray<EmittedMass> Masses, long Seen) MassesOf(
        Contract contract, Period period)
    {
        using var connection = _books.Connect();
        using var look = connection.BeginTransaction(deferred: true);
        return (
        [
            .. FactsOf(
                    connection, contract.Bubble.Pollutants, period.Start.ToUnixTimeMilliseconds(),
                    period.End.ToUnixTimeMilliseconds())
                .Where(fact => contract.Parties.Any(party => party.Member == fact.Member))
                .Select(fact => new EmittedMass(
                    fact.Id, fact.Source, fact.Member, fact.Pollutant,
                    DateTimeOffset.FromUnixTimeMilliseconds(fact.StartMs),
                    DateTimeOffset.FromUnixTimeMilliseconds(fact.EndMs), fact.Milligrams)),
        ],
        connection.QuerySingle<long>("SELECT COALESCE(MAX(id), 0) FROM window"));
    }

    /// <summary>
    /// The facts of the newest revision of each window in [fromMs, toMs), in order of time.
    /// </summary>
    public ImmutableArray<FactRow> FactsOf(string pollutant, long fromMs, long toMs)
    {
        using var connection = _books.Connect();
        return [.. FactsOf(connection, [pollutant], fromMs, toMs)];
    }

    /// <summary>
    /// The starts of windows written after a place in the book that have, or had before they
    /// were worked out again, a mass of those pollutants; and the newest place there is.
    /// </summary>
    public (long WindowId, IReadOnlyList<long> StartsMs) StartsAfter(
        IReadOnlyList<string> pollutants, long windowId, long fromMs)
    {
        using var connection = _books.Connect();
        var newest = connection.QuerySingle<long>("SELECT COALESCE(MAX(id), 0) FROM window");

        return (newest, connection.Query<long>(
            StartsAfterSql, new { pollutants, windowId, newest, fromMs }).AsList());
    }

    /// <summary>
    /// The starts of windows with the contract's pollutants that were worked out again after a
    /// place in the book, and after the settlement of their period that holds looked at them.
    /// </summary>
    public IReadOnlyList<long> RevisedAfter(Contract contract, long windowId)
    {
        using var connection = _books.Connect();
        return connection.Query<long>(
            """
            SELECT DISTINCT w.start_ms FROM window w INDEXED BY window_reopened
            WHERE w.revision > 1 AND w.id > @windowId AND EXISTS(
                SELECT 1 FROM (SELECT start_ms, seen FROM settlement
                    WHERE contract = @Id AND end_ms > w.start_ms
                    ORDER BY end_ms, revision DESC LIMIT 1) settled
                WHERE settled.start_ms <= w.start_ms AND settled.seen < w.id)
              AND EXISTS(
                SELECT 1 FROM window any CROSS JOIN fact ON fact."window" = any.id
                WHERE any.source = w.source AND any.start_ms = w.start_ms
                  AND fact.pollutant IN @Pollutants)
            ORDER BY w.start_ms
            """,
            new { contract.Id, contract.Bubble.Pollutants, windowId }).AsList();
    }

    /// <summary>The start of the first fact at or after a time; null where there is none.</summary>
    public long? NextFactMs(IReadOnlyList<string> pollutants, long fromMs)
    {
        using var connection = _books.Connect();
        return pollutants.Min(pollutant => connection.QuerySingle<long?>(
            "SELECT MIN(start_ms) FROM fact WHERE pollutant = @pollutant AND start_ms >= @fromMs",
            new { pollutant, fromMs }));
    }

    /// <summary>One average of a window, of whichever revision, by its row.</summary>
    public (string Quantity, string? Value, WindowRow Window)? FindAverage(long id)
    {
        using var connection = _books.Connect();
        var found = connection.QuerySingleOrDefault<(string Quantity, string? Value, long Window)>(
            "SELECT quantity, value, \"window\" FROM average WHERE id = @id", new { id });
        return WindowOf(found.Window) is { } window
            ? (found.Quantity, found.Value, window)
            : null;
    }

    public WindowRow? WindowOf(long id)
    {
        using var connection = _books.Connect();
        return connection.QuerySingleOrDefault<WindowRow>(
            $"SELECT {WindowColumns} FROM window WHERE id = @id", new { id });
    }

    /// <summary>The facts of one source in a span, of windows up to a row of the books.</summary>
    public IReadOnlyList<FactRow> FactsOfSource(
        string source, string pollutant, Window span, long seen)
    {
        using var connection = _books.Connect();
        return connection.Query<FactRow>(
            $"""
            SELECT {BookReader.FactColumns} FROM fact JOIN window w ON w.id = fact."window"
            WHERE w.source = @source AND fact.pollutant = @pollutant
                AND w.start_ms >= @StartMs AND w.start_ms < @EndMs AND {LevelBook.NewestSeen}
            ORDER BY fact.start_ms
            """,
            new { source, pollutant, span.StartMs, span.EndMs, seen }).AsList();
    }

    public (FactRow Fact, WindowRow Window)? Find(string id)
    {
        using var connection = _books.Connect();
        var fact = connection.QuerySingleOrDefault<FactRow>(
            $"SELECT {BookReader.FactColumns} FROM fact WHERE id = @id", new { id });
        if (fact is null)
        {
            return null;
        }

        var window = connection.QuerySingle<WindowRow>(
            $"""
            SELECT {WindowColumns} FROM window
            WHERE id = (SELECT "window" FROM fact WHERE fact.id = @id)
            """,
            new { id });
        return (fact, window);
    }

    private static IEnumerable<FactRow> FactsOf(
        SqliteConnection connection, IReadOnlyList<string> pollutants, long fromMs, long toMs) =>
        connection.Query<FactRow>(
            $"""
            SELECT {BookReader.FactColumns} FROM fact JOIN window w ON w.id = fact."window"
            WHERE fact.pollutant IN @pollutants
              AND fact.start_ms >= @fromMs AND fact.start_ms < @toMs
              AND {BookReader.NewestRevision}
            ORDER BY fact.start_ms, fact.source
            """,
            new { pollutants, fromMs, toMs });

    private static void Move(
        SqliteConnection connection, SqliteTransaction transaction, string source, long nextMs) =>
        connection.Execute(
            """
            INSERT INTO source_position VALUES(@source, @nextMs)
            ON CONFLICT DO UPDATE SET next_ms = MAX(next_ms, excluded.next_ms)
            """,
            new { source, nextMs }, transaction);

    private static IEnumerable<AverageLine> AveragesOf(WindowResult result, long window)
    {
        foreach (var average in result.Averages)
        {
            yield return new AverageLine(
                window, average.Binding.Quantity, average.Binding.Unit,
                average.Value?.ToString(), average.AbsentBecause,
                average.Coverage.Percent.ToString(), null);
        }

        // What follows from averages is covered as the least of them.
        var least = result.Coverage.Min(device => device.Percent).ToString();
        foreach (var value in result.Standardised)
        {
            yield return Derived(window, value.Name + StandardisedSuffix, value, least);
        }

        foreach (var value in result.Validated)
        {
            yield return Derived(window, value.Name + LevelBook.ValidatedSuffix, value, least);
        }

        foreach (var value in result.AtReference)
        {
            yield return Derived(window, value.Name + GapBook.ReferenceSuffix, value, least);
        }

        if (result.HasFlow)
        {
            yield return Derived(window, FlowAtReference, result.FlowAtReference, least);
        }

        foreach (var (parameter, _, way, formula) in result.Hourly)
        {
            yield return new AverageLine(
                window, HourlyPrefix + parameter.ToLowerInvariant(), way.Unit,
                way.Value?.ToString(), way.AbsentBecause, least,
                formula.Length > 0 ? formula : null);
        }

        foreach (var (way, suffix) in result.Substituted
            .Select(way => (way, GapBook.SubstituteSuffix))
            .Concat(result.Entered.Select(way => (way, AmendmentBook.EnteredSuffix))))
        {
            yield return new AverageLine(
                window, way.Quantity + suffix, way.Unit, way.Value?.ToString(),
                way.AbsentBecause, null, way.Replaced!.Rule);
        }
    }

    private static AverageLine Derived(
        long window, string quantity, DerivedValue value, string coverage) => new(
        window, quantity, value.Unit, value.Value?.ToString(), value.AbsentBecause, coverage,
        null);

    private sealed record AverageLine(
        long Window, string Quantity, string Unit, string? Value, string? AbsentBecause,
        string? Coverage, string? Method);

    private static IEnumerable<object> FatesOf(
        SourceBinding source, WindowResult result, long window) =>
        from fate in result.Fates
            .GroupBy(fate => (fate.Device, Rule: fate.ExcludedBy ?? ""))
            .Select(same => (same.Key.Device, same.Key.Rule, Images: same.Count()))
            .Concat(result.Unread.Select(
                it => (it.Device, Rule: WindowResult.RuleTooManyImages, it.Images)))
        let perImage = source.Quantities.Count(quantity => quantity.Device == fate.Device)
        select new
        {
            window, fate.Device, fate.Rule, fate.Images, Readings = fate.Images * perImage,
        };
}
