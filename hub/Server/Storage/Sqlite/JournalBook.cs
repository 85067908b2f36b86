using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Wire;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// The journal of the books: what was asked, what was answered, and what that changed, each row
/// once and for ever. The state is worked out of it and kept in memory; whoever else writes the
/// same file is caught up with before anything is decided.
/// </summary>
public sealed class JournalBook
{
    private const int RequestsPerCommitMax = 1_000;
    private const int ManyFrom = 32;

    private static readonly JsonSerializerOptions Json = new()
    {
        IgnoreReadOnlyProperties = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { NameEvents } },
    };

    private static readonly (Type Type, string Name)[] EventNames =
    [
        (typeof(Booked), "booked"), (typeof(Reserved), "reserved"),
        (typeof(Resolved), "resolved"), (typeof(PeriodMoved), "period-moved"),
        (typeof(ChargeDue), "charge-due"), (typeof(ChargesStand), "charges-stand"),
        (typeof(Duty), "duty"), (typeof(Payment), "payment"), (typeof(Programme), "programme"),
        (typeof(Project), "project"), (typeof(Objection), "objection"),
        (typeof(ShareHolding), "shares"), (typeof(StatementPublished), "statement"),
        (typeof(PeriodCovered), "covered"), (typeof(ActivityReport), "activity"),
        (typeof(PlanSubmitted), "plan"),
        (typeof(RestatementOrder), "restatement-order"),
        (typeof(LateStep), "late"), (typeof(WorkClosed), "work-closed"),
    ];

    private readonly Database _database;
    private readonly Lock _state = new();
    private readonly Lock _queue = new();
    private List<Waiting> _waiting = [];
    private FundBooks _books = FundBooks.Empty;

    public JournalBook(Database database) => _database = database;

    /// <summary>The books as they stand on the disk.</summary>
    public FundBooks Read()
    {
        using var connection = _database.Connect();
        lock (_state)
        {
            return _books = CaughtUp(connection, _books);
        }
    }

    /// <summary>
    /// Decides and stores; returns when the answer survives a power cut. Callers that wait
    /// together share one commit, in the order in which they came.
    /// </summary>
    public Answer Take(FundRequest request, FundTerms terms, long nowMs)
    {
        var own = new Waiting(new Asked(request, terms, nowMs));
        lock (_queue)
        {
            _waiting.Add(own);
        }

        lock (_state)
        {
            // Whoever had the turn before may have taken this one along.
            while (!own.IsDone)
            {
                List<Waiting> turn;
                lock (_queue)
                {
                    turn = _waiting[..Math.Min(_waiting.Count, RequestsPerCommitMax)];
                    _waiting = _waiting[turn.Count..];
                }

                Write(turn);
            }
        }

        return own.Result();
    }

    /// <summary>Many at once, in one commit.</summary>
    public ImmutableArray<Answer> Take(
        IReadOnlyList<FundRequest> requests, FundTerms terms, long nowMs)
    {
        lock (_state)
        {
            using var connection = _database.Connect();
            using var unit = connection.BeginTransaction();
            var answers = Take(
                connection, unit, AskedBy(requests, terms, nowMs), out var after);
            unit.Commit();
            _books = after;
            return answers;
        }
    }

    /// <summary>Within a transaction of the caller's, with whatever else it writes.</summary>
    internal ImmutableArray<Answer> TakeWithin(
        SqliteConnection connection, SqliteTransaction unit,
        IReadOnlyList<FundRequest> requests, FundTerms terms, long nowMs)
    {
        lock (_state)
        {
            // What is not committed yet must not be remembered: its rows are read again later.
            return Take(connection, unit, AskedBy(requests, terms, nowMs), out _);
        }
    }

    /// <summary>Stores a row nobody asked for, such as what an earlier release booked.</summary>
    internal static void Insert(
        SqliteConnection connection, SqliteTransaction unit, JournalRow row) =>
        connection.Execute(
            """
            INSERT INTO journal(seq, id, content, answer, events, at_ms)
            SELECT COUNT(*) + 1, @Id, @Content, @answer, @events, @AtMs FROM journal
            """,
            new
            {
                row.Id, row.Content, answer = TextOf(row.Answer), events = TextOf(row.Events),
                row.AtMs,
            },
            unit);

    private static ImmutableArray<Asked> AskedBy(
        IEnumerable<FundRequest> requests, FundTerms terms, long nowMs) =>
        [.. requests.Select(request => new Asked(request, terms, nowMs))];

    private void Write(List<Waiting> turn)
    {
        try
        {
            using var connection = _database.Connect();
            using var unit = connection.BeginTransaction();
            var answers = Take(
                connection, unit, [.. turn.Select(one => one.Asked)], out var after);
            unit.Commit();
            _books = after;
            foreach (var (one, answer) in turn.Zip(answers))
            {
                one.Answer = answer;
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Nothing of it is stored, and each of them has to hear of it.
            turn.ForEach(one => one.Failure = e);
        }
    }

    private ImmutableArray<Answer> Take(
        SqliteConnection connection, SqliteTransaction unit, IReadOnlyList<Asked> asked,
        out FundBooks after)
    {
        var books = CaughtUp(connection, _books);
        var answers = ImmutableArray.CreateBuilder<Answer>(asked.Count);
        using var rows = new JournalInsert(connection, unit);
        IEnumerable<JournalText> Decided()
        {
            foreach (var one in asked)
            {
                var (answer, row) = books.Decide(one.Request, one.Terms, one.NowMs);
                answers.Add(answer);
                if (row is not null)
                {
                    yield return JournalText.Of(books, row);
                    books = books.With(row);
                }
            }
        }

        // To decide takes about as long as to write.
        if (asked.Count >= ManyFrom)
        {
            Beside.ForEach(Decided(), rows.Run, ManyFrom);
        }
        else
        {
            foreach (var text in Decided())
            {
                rows.Run(text);
            }
        }

        after = books;
        return answers.MoveToImmutable();
    }

    /// <summary>
    /// What of the journal is not what entries, postings and acts say, by table and row; null
    /// where all is the same.
    /// </summary>
    public string? DifferenceToLedger() => JournalAudit.DifferenceOf(_database);

    /// <summary>The same as a sentence with its remedy.</summary>
    public string? ProblemOfBooks() => DifferenceToLedger() is { } difference
        ? $"{difference}. Something other than the hub has written books.db: keep the file for "
            + "whoever looks into it, and put a backup in its place ('monitoring-hub restore')."
        : null;

    /// <summary>All rows in their order, as they are read.</summary>
    public IEnumerable<JournalRow> Rows()
    {
        using var connection = _database.Connect();
        foreach (var row in RowsAfter(connection, 0))
        {
            yield return row;
        }
    }

    /// <summary>Rows are numbered without a hole, so the next one is always known.</summary>
    private static FundBooks CaughtUp(SqliteConnection connection, FundBooks books) =>
        RowsAfter(connection, books.Rows).Aggregate(books, (state, row) => state.With(row));

    internal static IEnumerable<JournalRow> RowsAfter(SqliteConnection connection, long seq) =>
        connection.Query<(string Id, string Content, string Answer, string Events, long AtMs)>(
            "SELECT id, content, answer, events, at_ms FROM journal WHERE seq > @seq ORDER BY seq",
            new { seq }, buffered: false)
            .Select(row => new JournalRow(
                row.Id, row.Content, JsonSerializer.Deserialize<Answer>(row.Answer, Json)!,
                JsonSerializer.Deserialize<ImmutableArray<BookEvent>>(row.Events, Json),
                row.AtMs));

    internal static string TextOf(Answer answer) => JsonSerializer.Serialize(answer, Json);

    internal static string TextOf(ImmutableArray<BookEvent> events) =>
        JsonSerializer.Serialize(events, Json);

    /// <summary>
    /// What the public log tells of an event beside entries; null where it tells
    /// nothing. What a payer wrote to its bank stays between the two.
    /// </summary>
    internal static (string Kind, string Body)? ActOf(BookEvent happened) => happened switch
    {
        Booked or Reserved or Resolved or ChargesStand or PeriodCovered => null,
        Payment payment => Act(payment with
        {
            Reference = Convert.ToHexStringLower(
                SHA256.HashData(Encoding.UTF8.GetBytes(payment.Reference))),
        }),
        _ => Act(happened),
    };

    /// <summary>The body of an act as this release writes it.</summary>
    internal static string Rewritten(string body, Type type) =>
        JsonSerializer.Serialize(JsonSerializer.Deserialize(body, type, Json), type, Json);

    private static (string Kind, string Body) Act(BookEvent happened) => (
        EventNames.First(one => one.Type == happened.GetType()).Name,
        JsonSerializer.Serialize(happened, happened.GetType(), Json));

    private static void NameEvents(JsonTypeInfo info)
    {
        if (info.Type != typeof(BookEvent))
        {
            return;
        }

        info.PolymorphismOptions = new JsonPolymorphismOptions
        {
            TypeDiscriminatorPropertyName = "event",
        };
        foreach (var (type, name) in EventNames)
        {
            info.PolymorphismOptions.DerivedTypes.Add(new JsonDerivedType(type, name));
        }
    }

    private sealed record Asked(FundRequest Request, FundTerms Terms, long NowMs);

    private sealed class Waiting(Asked asked)
    {
        public Asked Asked { get; } = asked;

        public Answer? Answer { get; set; }

        public Exception? Failure { get; set; }

        public bool IsDone => Answer is not null || Failure is not null;

        public Answer Result() => Failure is { } failure
            ? throw new StoreException("the journal cannot be written", failure)
            : Answer!;
    }
}
