using Microsoft.Data.Sqlite;
using Monitoring.Core.Transparency;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>Writes leaves of the public log, in the transaction of what they tell about.</summary>
internal sealed class LogInsert : IDisposable
{
    private readonly BookLeaves _books;
    private readonly SqliteCommand _leaf;

    public LogInsert(SqliteConnection connection, SqliteTransaction unit)
    {
        _books = new BookLeaves(connection, unit);
        _leaf = connection.CreateCommand();
        _leaf.Transaction = unit;
        _leaf.CommandText =
            "INSERT INTO log_leaf SELECT COALESCE(MAX(seq) + 1, 0), @body FROM log_leaf";
        _leaf.Parameters.Add("@body", SqliteType.Blob);
    }

    public void Dispose()
    {
        _leaf.Dispose();
        _books.Dispose();
    }

    /// <summary>Tells what was just written to the books.</summary>
    public void Run(BookLeaf kind, long row) => Run(_books.Of(kind, row));

    public void Run(byte[] leaf)
    {
        foreach (var body in LeafParts.Of(leaf))
        {
            _leaf.Parameters[0].Value = body;
            _leaf.ExecuteNonQuery();
        }
    }
}
