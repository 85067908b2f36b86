using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// Records that could never be read. Each is evidence with its offset, and a gap of one offset in
/// what is readable.
/// </summary>
internal static class Quarantine
{
    public static void Insert(
        SqliteConnection connection, long epoch, JournalAppend append)
    {
        foreach (var record in append.Quarantined)
        {
            connection.Execute(
                """
                INSERT OR IGNORE INTO quarantine(epoch, "offset", received_ms, topic, fault, bytes)
                    VALUES(@epoch, @Offset, @ReceivedMs, @Topic, @Fault, @Bytes);
                INSERT OR IGNORE INTO gap(epoch, first, last, reason, declared_ms)
                    VALUES(@epoch, @Offset, @Offset, @reason, @ReceivedMs);
                """,
                new
                {
                    epoch, record.Offset, append.ReceivedMs, record.Topic, record.Fault,
                    record.Bytes, reason = Reasons.NameOf(Reason.Unreadable),
                });
        }
    }

    public static (long Count, IReadOnlyList<QuarantineRow> Newest) Read(
        SqliteConnection connection, int max)
    {
        var count = connection.QuerySingle<long>("SELECT COUNT(*) FROM quarantine");
        var rows = connection.Query<QuarantineRow>(
            """
            SELECT plant AS Plant, node AS Node, epoch.name AS Epoch, "offset" AS Offset,
                received_ms AS ReceivedMs, topic AS Topic, fault AS Fault, bytes AS Bytes
            FROM quarantine JOIN epoch ON epoch.id = quarantine.epoch
                JOIN gateway ON gateway.id = epoch.gateway
            ORDER BY quarantine.id DESC LIMIT @max
            """,
            new { max });
        return (count, rows.ToList());
    }
}
