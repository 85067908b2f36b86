using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Server.Notify;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// Notices until they are delivered or given up. They are written in the transaction of what
/// they tell about, so none is lost and none tells of what did not happen.
/// </summary>
public sealed class NoticeBook(Database database)
{
    private const string Waiting = "waiting";
    private const string Dead = "dead";

    private const string Columns =
        """
        seq AS Seq, id AS Id, channel AS Channel, body AS Body, created_ms AS CreatedMs,
        attempts AS Attempts, due_ms AS DueMs, state AS State, last_error AS LastError
        """;

    /// <summary>In the caller's transaction; a notice that is there already stays.</summary>
    public static void Insert(
        SqliteConnection connection, SqliteTransaction transaction, IEnumerable<Notice> notices)
    {
        foreach (var notice in notices)
        {
            connection.Execute(
                """
                INSERT INTO notice(id, channel, body, created_ms, attempts, due_ms, state)
                    VALUES(@Id, @Channel, @Body, @CreatedMs, 0, @CreatedMs, 'waiting')
                    ON CONFLICT(id, channel) DO NOTHING
                """,
                notice, transaction);
        }
    }

    /// <summary>Notices of a channel whose time has come, oldest first.</summary>
    public IReadOnlyList<NoticeRow> Due(string channel, long nowMs, int max)
    {
        using var connection = database.Connect();
        return connection.Query<NoticeRow>(
            $"""
            SELECT {Columns} FROM notice
            WHERE state = 'waiting' AND due_ms <= @nowMs AND channel = @channel
            ORDER BY seq LIMIT @max
            """,
            new { channel, nowMs, max }).AsList();
    }

    public Task DeliveredAsync(long seq) => database.WriteAsync(
        (connection, transaction) => connection.Execute(
            """
            UPDATE notice SET state = 'delivered', attempts = attempts + 1, last_error = NULL
            WHERE seq = @seq
            """,
            new { seq }, transaction));

    public Task FailedAsync(long seq, string error, long nextDueMs, bool dead) =>
        database.WriteAsync((connection, transaction) => connection.Execute(
            """
            UPDATE notice SET state = @state, attempts = attempts + 1, last_error = @error,
                due_ms = @nextDueMs
            WHERE seq = @seq
            """,
            new { seq, error, nextDueMs, state = dead ? Dead : Waiting }, transaction));

    /// <summary>Notices that are not delivered: first the dead, then those waiting.</summary>
    public IReadOnlyList<NoticeRow> Undelivered(int max)
    {
        using var connection = database.Connect();
        return connection.Query<NoticeRow>(
            $"""
            SELECT {Columns} FROM notice WHERE state IN ('dead', 'waiting')
            ORDER BY state, seq DESC LIMIT @max
            """,
            new { max }).AsList();
    }

    public (long Waiting, long Dead) Count()
    {
        using var connection = database.Connect();
        var counts = connection.Query<(string State, long Count)>(
            """
            SELECT state, COUNT(*) FROM notice WHERE state IN ('dead', 'waiting') GROUP BY state
            """)
            .ToDictionary(row => row.State, row => row.Count);
        return (counts.GetValueOrDefault(Waiting), counts.GetValueOrDefault(Dead));
    }
}
