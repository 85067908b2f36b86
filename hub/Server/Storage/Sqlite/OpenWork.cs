using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Fund;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>Something of the fund that waits for a person, or that everybody is to see.</summary>
/// <param name="Kind">
/// published, plan, suspended, objection, order, covering, short or activity.
/// </param>
/// <param name="Id">The charge or duty, the objection, the request, or period/member.</param>
/// <param name="Member">Null where it is about all.</param>
/// <param name="SinceMs">UTC milliseconds.</param>
/// <param name="DueMs">Until when it has to be done; null where no date is set.</param>
public sealed record OpenItem(
    string Kind, string Id, string? Member, string? PeriodId, long SinceMs, long? DueMs,
    string Text, string TextUk);

/// <summary>
/// What is open: what follows from being late, upheld objections whose facts did not change, and
/// coverings that the books refused. It follows from the books alone.
/// </summary>
public sealed class OpenWork(Books books)
{
    public const string Objection = "objection";
    public const string Order = "order";
    public const string Covering = "covering";
    public const string Short = "short";

    /// <summary>The oldest first.</summary>
    public IReadOnlyList<OpenItem> Now()
    {
        var journal = books.Journal.Read();
        var state = journal.State;
        return
        [
            .. state.Late.Values.Where(step => step.EndedMs is null).Select(LateOf)
                .Concat(Objections(state)).Concat(Orders(state))
                .Concat(Coverings(journal)).Concat(Shorts(state))
                .OrderBy(item => item.SinceMs).ThenBy(item => item.Id, StringComparer.Ordinal),
        ];
    }

    private static OpenItem LateOf(LateStep step)
    {
        var (text, ukrainian) = step.Step switch
        {
            LateRules.Plan => (
                $"{step.Member} is late and owes a plan; 'follow_up_plan' hands it in",
                $"{step.Member} запізнюється і має подати план "
                    + "('follow_up_plan')"),
            LateRules.Suspended => (
                $"{step.Member} is late and may not sell",
                $"{step.Member} запізнюється і не може продавати"),
            _ => (
                $"{step.Member} is late with what it owes",
                $"{step.Member} запізнюється зі сплатою"),
        };
        return new OpenItem(
            step.Step, step.About, step.Member, null, step.SinceMs, step.PlanDueMs, text,
            ukrainian);
    }

    // Facts may have changed before the answer, so it is counted from the filing.
    private IEnumerable<OpenItem> Objections(FundState state)
    {
        var upheld = state.Objections.Values
            .Where(one => one.IsUpheld && !state.Closed.ContainsKey(one.Id)).ToList();
        if (upheld.Count == 0)
        {
            yield break;
        }

        using var connection = books.Database.Connect();
        var reader = new BookReader(books.Database);
        foreach (var one in upheld)
        {
            var (filedMs, answeredMs) = connection.QuerySingle<(long, long)>(
                """
                SELECT COALESCE(MIN(at_ms), 0), COALESCE(MAX(at_ms), 0) FROM act
                WHERE kind = 'objection' AND json_extract(body, '$.Id') = @Id
                """,
                one);
            if (IsUnchangedSince(filedMs, one.PeriodId, reader, connection))
            {
                yield return new OpenItem(
                    Objection, one.Id, one.Member, one.PeriodId, answeredMs, null,
                    $"the objection of {one.Member} to {one.PeriodId} was upheld, and no fact has "
                        + "changed: enter the value ('amend') or the test, or say with "
                        + "'close_work' why there is nothing to do",
                    $"заперечення {one.Member} щодо {one.PeriodId} "
                        + "задоволено, але дані не змінено: "
                        + "виправте їх ('amend') або поясніть "
                        + "через 'close_work'");
            }
        }
    }

    // The hub looks as soon as it is ordered, and again with each fact that comes.
    private IEnumerable<OpenItem> Orders(FundState state)
    {
        var open = state.Orders.Values.Where(state.IsOpen).ToList();
        if (open.Count == 0)
        {
            yield break;
        }

        using var connection = books.Database.Connect();
        var reader = new BookReader(books.Database);
        foreach (var one in open)
        {
            var orderedMs = connection.QuerySingle<long>(
                """
                SELECT COALESCE(MIN(at_ms), 0) FROM act
                WHERE kind = 'restatement-order' AND json_extract(body, '$.Id') = @Id
                """,
                one);
            if (IsUnchangedSince(orderedMs, one.PeriodId, reader, connection))
            {
                yield return new OpenItem(
                    Order, one.Id, null, one.PeriodId, orderedMs, null,
                    $"it was ordered to put {one.PeriodId} right ({one.Reason}), and nothing "
                        + "differs from what it was settled by: enter the value ('amend') or the "
                        + "test, or say with 'close_work' why there is nothing to do",
                    $"наказано виправити {one.PeriodId} ({one.Reason}), "
                        + "але дані не відрізняються: "
                        + "виправте їх ('amend') або поясніть "
                        + "через 'close_work'");
            }
        }
    }

    private static bool IsUnchangedSince(
        long ms, string periodId, BookReader reader, SqliteConnection connection)
    {
        var settled = connection.Query<(string Id, long SettledMs)>(
            "SELECT id, settled_ms FROM settlement WHERE period = @periodId", new { periodId })
            .ToList();
        return !settled.Exists(row => row.SettledMs > ms)
            && reader.ChangesOf(settled.Select(row => row.Id)).Count == 0;
    }

    private IEnumerable<OpenItem> Coverings(FundBooks journal)
    {
        var refused = journal.Answers
            .Where(pair => pair.Key.StartsWith(CoverRules.RequestPrefix, StringComparison.Ordinal)
                && !pair.Value.Answer.IsAccepted && !journal.State.Closed.ContainsKey(pair.Key)
                && !journal.State.Covers.ContainsKey(PeriodOf(pair.Key)))
            .ToList();
        using var connection = refused.Count == 0 ? null : books.Database.Connect();
        foreach (var (id, (_, answer)) in refused)
        {
            yield return new OpenItem(
                Covering, id, null, PeriodOf(id), connection!.QuerySingle<long>(
                    "SELECT at_ms FROM journal WHERE id = @id", new { id }),
                null,
                $"the books refused to let holdings cover what was emitted ({id}): "
                    + $"{answer.Reason} {answer.Detail}".TrimEnd()
                    + "; do it by hand, and say so with 'close_work'",
                "книги відмовили у покритті викидів "
                    + $"частками ({id}): {answer.Reason}; "
                    + "зробіть це вручну і підтвердьте "
                    + "через 'close_work'");
        }
    }

    // The next covering is of a settlement that counts what was sold; then it is done with.
    private static IEnumerable<OpenItem> Shorts(FundState state) =>
        from covered in state.Covers.Values.TakeLast(1)
        from one in covered.Short ?? []
        let id = $"{CoverRules.RequestPrefix}{covered.PeriodId}/{one.Member}/{one.Of}"
        where !state.Closed.ContainsKey(id)
        select new OpenItem(
            Short, id, one.Member, covered.PeriodId, one.AtMs, null,
            one.Of == CoverShort.Borrowed
                ? $"{one.Member} sold {one.Grams} g of what it had borrowed for "
                    + $"{covered.PeriodId}; it owes them in the settlement of the next period"
                : $"{one.Member} had {one.Grams} g less in its bank than the settlement of "
                    + $"{covered.PeriodId} counted, since they were given up by hand; see to it, "
                    + "and say so with 'close_work'",
            one.Of == CoverShort.Borrowed
                ? $"{one.Member} продав {one.Grams} г із позиченого для "
                    + $"{covered.PeriodId}; "
                    + "він винен їх у розрахунку "
                    + "наступного періоду"
                : $"у банку {one.Member} на {one.Grams} г менше, ніж "
                    + $"враховано в розрахунку {covered.PeriodId}, "
                    + "бо їх здано вручну; "
                    + "перевірте це і підтвердьте "
                    + "через 'close_work'");

    private static string PeriodOf(string request) => request[CoverRules.RequestPrefix.Length..];
}
