using Microsoft.Data.Sqlite;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// Writes rows of the journal, and beside each the entries that it booked, for readers that ask
/// for accounts and entries and not for how they came about.
/// </summary>
internal sealed class JournalInsert : IDisposable
{
    private const int PostingsAtOnceMax = 8;

    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _unit;
    private readonly SqliteCommand _row;
    private readonly SqliteCommand _entry;
    private readonly SqliteCommand?[] _postings = new SqliteCommand[PostingsAtOnceMax];
    private readonly SqliteCommand _act;
    private readonly LogInsert _log;

    public JournalInsert(SqliteConnection connection, SqliteTransaction unit)
    {
        (_connection, _unit) = (connection, unit);
        _row = Command(
            connection, unit,
            "INSERT INTO journal(seq, id, content, answer, events, at_ms) "
                + "VALUES($0, $1, $2, $3, $4, $5)", 6);
        _entry = Command(
            connection, unit,
            "INSERT INTO entry(id, idempotency_key, kind, period, booked_ms) "
                + "VALUES($0, $1, $2, $3, $4) RETURNING seq", 5);
        _act = Command(
            connection, unit,
            "INSERT INTO act(id, kind, at_ms, body) VALUES($0, $1, $2, $3) RETURNING seq", 4);
        _log = new LogInsert(connection, unit);
    }

    public void Dispose()
    {
        _log.Dispose();
        _row.Dispose();
        _entry.Dispose();
        foreach (var command in _postings)
        {
            command?.Dispose();
        }

        _act.Dispose();
    }

    /// <param name="before">The books that the row was decided on.</param>
    public void Run(FundBooks before, JournalRow row)
    {
        Set(
            _row, before.Rows + 1, row.Id, row.Content, JournalBook.TextOf(row.Answer),
            JournalBook.TextOf(row.Events), row.AtMs);
        _row.ExecuteNonQuery();

        // A reservation may be made and booked by one row; only then the state has to follow.
        var isFollowed = row.Events.Any(happened => happened is Resolved);
        var ledger = before.State.Ledger;
        foreach (var happened in row.Events)
        {
            foreach (var transaction in LedgerState.BookedBy(happened, ledger))
            {
                Insert(transaction, row.AtMs);
            }

            if (JournalBook.ActOf(happened) is var (kind, body))
            {
                Set(_act, row.Id, kind, row.AtMs, body);
                _log.Run(BookLeaf.Act, (long)_act.ExecuteScalar()!);
            }

            ledger = isFollowed && happened is (Booked or Reserved or Resolved)
                ? ledger.With(happened)
                : ledger;
        }
    }

    private void Insert(Transaction transaction, long nowMs)
    {
        Set(
            _entry, transaction.Id, transaction.IdempotencyKey, transaction.Kind,
            transaction.PeriodId, nowMs);
        var entry = (long)_entry.ExecuteScalar()!;
        foreach (var some in transaction.Postings.Chunk(PostingsAtOnceMax))
        {
            Insert(entry, some);
        }

        _log.Run(BookLeaves.Of(transaction, nowMs));
    }

    // A statement of its own for each number of rows: most entries have two or three.
    private void Insert(long entry, Posting[] postings)
    {
        var command = _postings[postings.Length - 1] ??= Command(
            _connection, _unit,
            "INSERT INTO posting(entry, account, asset, amount, charge, lot) VALUES "
                + string.Join(", ", postings.Select((_, i) =>
                    $"({string.Join(", ", Enumerable.Range(i * 6, 6).Select(at => $"${at}"))})")),
            postings.Length * 6);
        var at = 0;
        foreach (var posting in postings)
        {
            foreach (var value in (object[])
                [
                    entry, posting.Account, posting.Asset.ToString(), posting.Amount,
                    posting.Charge, posting.Lot,
                ])
            {
                command.Parameters[at++].Value = value;
            }
        }

        command.ExecuteNonQuery();
    }

    private static SqliteCommand Command(
        SqliteConnection connection, SqliteTransaction unit, string sql, int parameters)
    {
        var command = connection.CreateCommand();
        command.Transaction = unit;
        command.CommandText = sql;
        for (var i = 0; i < parameters; i++)
        {
            command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
        }

        return command;
    }

    private static void Set(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var i = 0; i < values.Length; i++)
        {
            command.Parameters[i].Value = values[i];
        }
    }
}
