using Microsoft.Data.Sqlite;
using Monitoring.Core.Transparency;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>Writes leaves of the public log, in the transaction of what they tell about.</summary>
internal sealed class LogInsert : IDisposable
{
    private readonly BookLeaves _books;
    private readonly SqliteCommand _leaf;
    private readonly SqliteCommand _next;
    private long? _seq;

    public LogInsert(SqliteConnection connection, SqliteTransaction unit)
    {
        _books = new BookLeaves(connection, unit);
        _leaf = connection.CreateCommand();
        _leaf.Transaction = unit;
        _leaf.CommandText = "INSERT INTO log_leaf VALUES(@seq, @body)";
        _leaf.Parameters.Add("@seq", SqliteType.Integer);
        _leaf.Parameters.Add("@body", SqliteType.Blob);
        _next = connection.CreateCommand();
        _next.Transaction = unit;
        _next.CommandText = "SELECT COALESCE(MAX(seq) + 1, 0) FROM log_leaf";
    }

    public void Dispose()
    {
        _leaf.Dispose();
        _next.Dispose();
        _books.Dispose();
    }

    /// <summary>Tells what was just written to the books.</summary>
    public void Run(BookLeaf kind, long row) => Run(_books.Of(kind, row));

    public void Run(byte[] leaf)
    {
        foreach (var body in LeafParts.Of(leaf))
        {
            // Nobody else writes until this transaction ends.
            _seq ??= (long)_next.ExecuteScalar()!;
            _leaf.Parameters[0].Value = _seq++;
            _leaf.Parameters[1].Value = body;
            _leaf.ExecuteNonQuery();
        }
    }
}
