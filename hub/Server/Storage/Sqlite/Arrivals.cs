using Dapper;
using Microsoft.Data.Sqlite;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>A record by when it was stored, without its content.</summary>
/// <param name="Journal">The journal that it is from; no two gateways share one.</param>
/// <param name="Device">
/// Null where it moves no window: no image, or one whose clock was ahead.
/// </param>
public sealed record Arrival(long Id, string Journal, long Offset, string? Device, long TimeMs);

/// <summary>Reads records in the order in which they came.</summary>
internal static class Arrivals
{
    /// <summary>
    /// The offsets of a journal ascend in the order of storing. So each journal is read on from
    /// where a reader was, and one that brought nothing costs nothing.
    /// </summary>
    /// <returns>
    /// Records before a time, and how far each journal with anything new was looked through.
    /// </returns>
    public static (List<Arrival> Arrived, Dictionary<string, long> Seen) Read(
        SqliteConnection log, GatewayId gateway, IReadOnlyDictionary<string, long> offsets,
        long beforeMs, int max)
    {
        var (arrived, seen) = (new List<Arrival>(), new Dictionary<string, long>());
        var epochs = log.Query<(long Id, string Name, long Committed)>(
            """
            SELECT epoch.id, epoch.name, committed
            FROM epoch JOIN gateway ON gateway.id = epoch.gateway
            WHERE plant = @Plant AND node = @Node ORDER BY epoch.id
            """,
            new { gateway.Plant, gateway.Node });
        foreach (var (epoch, name, committed) in epochs)
        {
            var journal = $"{gateway.Plant}/{gateway.Node}/{name}";
            var after = offsets.GetValueOrDefault(journal);
            if (committed <= after || arrived.Count >= max)
            {
                continue;
            }

            using var reader = log.ExecuteReader(
                $"""
                SELECT record.id, "offset",
                    CASE WHEN {RecordLog.ClockNotAhead} THEN device.name END, time_ms
                FROM record LEFT JOIN device ON device.id = record.device
                WHERE epoch = @epoch AND "offset" > @after AND "offset" <= @committed
                    AND time_ms < @beforeMs
                ORDER BY "offset" LIMIT @max
                """,
                new { epoch, after, committed, beforeMs, max = max - arrived.Count });
            while (reader.Read())
            {
                arrived.Add(new Arrival(
                    reader.GetInt64(0), journal, reader.GetInt64(1),
                    reader.IsDBNull(2) ? null : reader.GetString(2), reader.GetInt64(3)));
            }

            seen[journal] = arrived.Count < max ? committed : arrived[^1].Offset;
        }

        return (arrived, seen);
    }
}
