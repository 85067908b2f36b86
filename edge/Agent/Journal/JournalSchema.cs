using System.Globalization;
using Microsoft.Data.Sqlite;

namespace Monitoring.Agent.Journal;

/// <summary>The tables of a journal and how older ones become newer ones.</summary>
internal static class JournalSchema
{
    /// <summary>Element n brings version n to n + 1. A released element never changes.</summary>
    private static readonly string[] Steps =
    [
        """
        CREATE TABLE record (offset INTEGER PRIMARY KEY, bytes BLOB NOT NULL);
        CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE device_time (device TEXT PRIMARY KEY, time_ms INTEGER NOT NULL) WITHOUT ROWID;
        """,
        """
        -- Null: written before there were checks.
        ALTER TABLE record ADD COLUMN crc INTEGER;
        -- The version once more, where a flipped bit of the file's head is found out.
        INSERT INTO meta VALUES ('schema', '2'), ('marks', ''), ('check', '');
        """,
    ];

    public static int Version => Steps.Length;

    /// <summary>Null where all is well, or why the file cannot be used by this program.</summary>
    public static OpenFault? Migrate(SqliteConnection connection, string newEpoch)
    {
        var version = (int)(long)Scalar(connection, "PRAGMA user_version")!;
        if (version == Version)
        {
            return null;
        }

        if (version != 0 && (ReadNumber(connection, "schema") ?? 1) != version)
        {
            return new OpenFault(OpenFaultKind.Damaged, "its version is contradictory");
        }

        if (version > Version)
        {
            return new OpenFault(
                OpenFaultKind.Foreign,
                $"it has version {version}, this program knows {Version}: install a newer one");
        }

        using var transaction = connection.BeginTransaction();
        for (var step = version; step < Version; step++)
        {
            Execute(connection, Steps[step]);
        }

        if (version == 0)
        {
            using var insert = connection.CreateCommand();
            insert.CommandText =
                """
                INSERT INTO meta VALUES
                ('epoch', $epoch), ('committed', '0'), ('last', '0'), ('bd_seq', '0')
                """;
            insert.Parameters.AddWithValue("$epoch", newEpoch);
            insert.ExecuteNonQuery();
        }

        Execute(connection, $"PRAGMA user_version = {Version}");
        transaction.Commit();
        return null;
    }

    /// <summary>A number of the table <c>meta</c>; null where it is not there.</summary>
    public static long? ReadNumber(SqliteConnection connection, string key)
    {
        var text = Scalar(connection, $"SELECT value FROM meta WHERE key = '{key}'") as string;
        return long.TryParse(text, CultureInfo.InvariantCulture, out var value) ? value : null;
    }

    public static object? Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }

    public static void Execute(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
