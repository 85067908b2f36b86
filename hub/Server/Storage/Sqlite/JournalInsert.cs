using Microsoft.Data.Sqlite;
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

    public void Run(JournalText text)
    {
        var row = text.Row;
        Set(_row, text.Seq, row.Id, row.Content, text.Answer, text.Events, row.AtMs);
        _row.ExecuteNonQuery();
        foreach (var step in text.Steps)
        {
            if (step is JournalText.Act act)
            {
                Set(_act, row.Id, act.Kind, row.AtMs, act.Body);
                _log.Run(BookLeaf.Act, (long)_act.ExecuteScalar()!);
            }
            else if (step is JournalText.Entry entry)
            {
                Insert(entry.Transaction, row.AtMs);
                _log.Run(entry.Leaf);
            }
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
