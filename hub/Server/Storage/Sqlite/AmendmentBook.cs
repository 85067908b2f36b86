using System.Globalization;
using Dapper;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>An amendment as it lies in the books.</summary>
public sealed record StoredAmendment(long Seq, long AtMs, Amendment Amendment);

/// <summary>
/// What persons, laboratories and tests say beside the readings. Rows are added and never
/// changed; a cursor says which of them a source's windows know.
/// </summary>
public sealed class AmendmentBook(Books books)
{
    /// <summary>The quantity under which an entered value is kept.</summary>
    public const string EnteredSuffix = "-man";

    private const int NamedMax = 100;

    private const string Columns =
        """
        seq AS Seq, source AS Source, quantity AS Quantity, kind AS Kind, from_ms AS FromMs,
        until_ms AS UntilMs, value AS Value, test AS Test, passed AS Passed, subject AS Subject,
        result AS Result, author AS Author, reason AS Reason, at_ms AS AtMs
        """;

    private readonly Database _books = books.Database;
    private long _newest = NewestOf(books.Database);

    /// <summary>
    /// The newest amendment that is known here, so that nobody has to ask for each source. What
    /// another program added is known after <see cref="Refresh"/>.
    /// </summary>
    public long Newest => Volatile.Read(ref _newest);

    /// <summary>Looks for what other programs have added.</summary>
    public void Refresh() => Volatile.Write(ref _newest, NewestOf(_books));

    /// <summary>Adds those that are not there yet, and says which these are.</summary>
    public IReadOnlyList<bool> Add(IReadOnlyList<Amendment> amendments, long atMs)
    {
        using var connection = _books.Connect();
        using var transaction = connection.BeginTransaction();
        var added = amendments.Select(one => connection.QuerySingleOrDefault<long?>(
            """
            INSERT INTO amendment(id, source, quantity, kind, from_ms, until_ms, value, test,
                passed, subject, result, author, reason, at_ms)
            SELECT @Id, @Source, @Quantity, @Kind, @FromMs, @UntilMs, @Value, @Test, @Passed,
                @Subject, @Result, @Author, @Reason, @atMs
            WHERE NOT EXISTS(SELECT 1 FROM amendment WHERE id = @Id) RETURNING seq
            """,
            new
            {
                one.Id, one.Source, one.Quantity, Kind = one.Kind.ToString(), one.FromMs,
                one.UntilMs, Value = one.Value?.ToString(CultureInfo.InvariantCulture), one.Test,
                one.Passed, one.Subject, one.Result, one.Author, one.Reason, atMs,
            },
            transaction)).ToList();
        foreach (var seq in added.OfType<long>())
        {
            connection.Execute(
                "INSERT INTO amendment_untold VALUES(@seq)", new { seq }, transaction);
        }

        PublicLog.TellAmendments(connection, transaction);
        transaction.Commit();
        Refresh();
        return [.. added.Select(seq => seq is not null)];
    }

    /// <summary>
    /// Those that lie over a window and were added in (afterMs, untilMs]: what a new revision of it
    /// knows and the one before did not. At most the newest of very many.
    /// </summary>
    public IReadOnlyList<string> IdsBetween(
        string source, Window window, long afterMs, long untilMs)
    {
        using var connection = _books.Connect();
        return connection.Query<string>(
            """
            SELECT id FROM amendment
            WHERE source = @source AND from_ms < @EndMs AND at_ms > @afterMs AND at_ms <= @untilMs
                AND (kind = 'Test' OR until_ms IS NULL OR until_ms > @StartMs)
            ORDER BY seq DESC LIMIT @NamedMax
            """,
            new { source, window.StartMs, window.EndMs, afterMs, untilMs, NamedMax }).AsList();
    }

    public bool Has(string id)
    {
        using var connection = _books.Connect();
        return connection.QuerySingle<long>(
            "SELECT COUNT(*) FROM amendment WHERE id = @id", new { id }) > 0;
    }

    /// <summary>All of one source, or of all, in the order in which they were added.</summary>
    public IReadOnlyList<StoredAmendment> All(string? source) => Read(
        $"SELECT {Columns} FROM amendment WHERE @source IS NULL OR source = @source ORDER BY seq",
        new { source });

    /// <summary>
    /// What is known of a window: what lies over it, approvals, and the newest of each test.
    /// </summary>
    public IReadOnlyList<Amendment> KnownOf(
        string source, Profile profile, Window window, long knownMs) =>
    [
        .. Read(
            $"""
            SELECT {Columns} FROM amendment
            WHERE source = @source AND from_ms < @EndMs AND at_ms <= @knownMs AND (
                kind = 'Approval' OR (kind <> 'Test' AND until_ms > @StartMs)
                OR (kind = 'Test' AND test IN @tests))
            ORDER BY seq
            """,
            new
            {
                source, window.StartMs, window.EndMs, knownMs,
                tests = profile.RequiredTests.Select(test => test.Kind),
            }).Select(row => row.Amendment),
    ];

    /// <summary>The tests of one kind of one quantity.</summary>
    internal static IReadOnlyList<Amendment> TestsOf(
        Database books, (string Source, string Quantity, string Test) key) =>
    [
        .. Read(
            books,
            $"""
            SELECT {Columns} FROM amendment WHERE source = @Source AND quantity = @Quantity
                AND test = @Test AND kind = 'Test' ORDER BY seq
            """,
            new { key.Source, key.Quantity, key.Test }).Select(row => row.Amendment),
    ];

    /// <summary>Those that the source's windows do not know; null for none.</summary>
    public IReadOnlyList<StoredAmendment>? NewOf(string source)
    {
        var rows = Read(
            $"""
            SELECT {Columns} FROM amendment WHERE source = @source AND seq > COALESCE(
                (SELECT value FROM cursor WHERE name = 'amendments/' || @source), 0)
            ORDER BY seq
            """,
            new { source });
        return rows.Count == 0 ? null : rows;
    }

    /// <summary>Says that windows know all up to one.</summary>
    public void Done(string source, long seq)
    {
        using var connection = _books.Connect();
        connection.Execute(
            """
            INSERT INTO cursor VALUES('amendments/' || @source, @seq)
            ON CONFLICT DO UPDATE SET value = excluded.value
            """,
            new { source, seq });
    }

    /// <summary>The windows that amendments are about, in their newest revisions.</summary>
    /// <param name="testSpanMs">How long a test of that kind may matter.</param>
    public IReadOnlyList<WindowRow> WindowsOf(
        string source, IReadOnlyList<StoredAmendment> amendments, Func<string, long> testSpanMs)
    {
        using var connection = _books.Connect();
        return
        [
            .. amendments.SelectMany(row => connection.Query<WindowRow>(
                $"""
                SELECT id AS Id, source AS Source, start_ms AS StartMs, end_ms AS EndMs,
                    revision AS Revision, log_id AS LogId, known_ms AS KnownMs
                FROM window w WHERE source = @source AND end_ms > @FromMs
                    AND start_ms < @untilMs AND {BookReader.NewestRevision}
                """,
                new
                {
                    source, row.Amendment.FromMs,
                    untilMs = row.Amendment.Kind == AmendmentKind.Test
                        ? row.Amendment.FromMs + testSpanMs(row.Amendment.Test)
                        : row.Amendment.UntilMs ?? row.Amendment.FromMs,
                }))
                .DistinctBy(window => window.StartMs).OrderBy(window => window.StartMs),
        ];
    }

    internal static long NewestOf(Database books)
    {
        using var connection = books.Connect();
        return connection.QuerySingle<long>("SELECT COALESCE(MAX(seq), 0) FROM amendment");
    }

    private List<StoredAmendment> Read(string sql, object parameters) =>
        Read(_books, sql, parameters);

    private static List<StoredAmendment> Read(Database books, string sql, object parameters)
    {
        using var connection = books.Connect();
        return connection.Query<Row>(sql, parameters).Select(row => new StoredAmendment(
            row.Seq, row.AtMs,
            new Amendment
            {
                Source = row.Source, Quantity = row.Quantity,
                Kind = Enum.Parse<AmendmentKind>(row.Kind), FromMs = row.FromMs,
                UntilMs = row.UntilMs, Value = LevelBook.NumberOf(row.Value), Test = row.Test,
                Passed = row.Passed != 0, Subject = row.Subject, Result = row.Result,
                Author = row.Author, Reason = row.Reason,
            })).ToList();
    }

    private sealed record Row(
        long Seq, string Source, string Quantity, string Kind, long FromMs, long? UntilMs,
        string? Value, string Test, long Passed, string Subject, string Result, string Author,
        string Reason, long AtMs);
}
