using System.Runtime.CompilerServices;
using Microsoft.Data.Sqlite;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// One SQLite file in WAL mode with synchronous FULL: a committed transaction survives a power
/// cut. Its schema version is <c>user_version</c>; migrations go forward only.
/// </summary>
public sealed class Database
{
    // A checkpoint writes each page once, however often it changed since the last; 16 384 pages
    // are 64 MB. The pages of a large commit stay in memory (8 MB) until it ends, or they would
    // be written and read again meanwhile. A busy file is waited for in steps of milliseconds:
    // the driver itself would sleep for 150 at a time.
    private const string Pragmas =
        """
        PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 30000;
        PRAGMA wal_autocheckpoint = 16384; PRAGMA cache_size = -8192;
        """;

    // The handles of the pool that are set up already.
    private readonly ConditionalWeakTable<object, string> _setUp = [];
    private readonly SharedWrites _writes;
    private readonly string _connectionString;

    private Database(string path)
    {
        Path = path;
        _writes = new SharedWrites(this);
        _connectionString = new SqliteConnectionStringBuilder
        {
            DataSource = path,
            Pooling = true,
            DefaultTimeout = 30,
        }.ConnectionString;
    }

    public string Path { get; }

    /// <summary>Opens or makes the file and brings it to the newest schema.</summary>
    /// <param name="migrations">
    /// Script n brings version n to n + 1. Never edit a released one.
    /// </param>
    /// <exception cref="StoreException">The file cannot be opened or is no database.</exception>
    public static Database Open(string path, IReadOnlyList<string> migrations)
    {
        try
        {
            return OpenFile(path, migrations);
        }
        catch (SqliteException e)
        {
            throw new StoreException($"{path}: {e.Message}", e);
        }
    }

    private static Database OpenFile(string path, IReadOnlyList<string> migrations)
    {
        var database = new Database(path);
        using var connection = database.Connect();

        // The file keeps this mode for every connection that is opened later.
        Execute(connection, "PRAGMA journal_mode = WAL");
        var version = Scalar(connection, "PRAGMA user_version");
        if (version > migrations.Count)
        {
            throw new NewerSchemaException(path, version, migrations.Count);
        }

        for (var next = (int)version; next < migrations.Count; next++)
        {
            using var transaction = connection.BeginTransaction();
            Execute(connection, migrations[next]);
            Execute(connection, $"PRAGMA user_version = {next + 1}");
            transaction.Commit();
        }

        return database;
    }

    public SqliteConnection Connect()
    {
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        if (!_setUp.TryGetValue(connection.Handle!, out _))
        {
            Execute(connection, Pragmas);
            _setUp.Add(connection.Handle!, Pragmas);
        }

        return connection;
    }

    /// <summary>
    /// Makes a change in the one transaction that it shares with all that wait beside it;
    /// completes when it survives a power cut.
    /// </summary>
    public Task WriteAsync(Action<SqliteConnection, SqliteTransaction> change) =>
        _writes.AddAsync(change);

    private static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return (long)command.ExecuteScalar()!;
    }
}

/// <summary>A file of the hub cannot be opened.</summary>
public sealed class StoreException(string message, Exception inner) : Exception(message, inner);

/// <summary>The file was written by a later release; this one would not understand it.</summary>
public sealed class NewerSchemaException(string path, long found, long known) : Exception(
    $"{path} has schema version {found}, this release knows up to {known}; "
        + "install the newer release.");
