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
    public static List<Arrival> Read(
        SqliteConnection log, GatewayId gateway, IReadOnlyDictionary<string, long> offsets,
        int max)
    {
        var arrivals = new List<Arrival>();
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
            if (committed <= after || arrivals.Count >= max)
            {
                continue;
            }

            arrivals.AddRange(log.Query<Arrival>(
                $"""
                SELECT record.id AS Id, @journal AS Journal, "offset" AS Offset,
                    COALESCE(CASE WHEN {RecordLog.ClockNotAhead} THEN device.name END, '')
                        AS Device,
                    time_ms AS TimeMs
                FROM record LEFT JOIN device ON device.id = record.device
                WHERE epoch = @epoch AND "offset" > @after ORDER BY "offset" LIMIT @max
                """,
                new { journal, epoch, after, max = max - arrivals.Count })
                // A column whose first value is NULL has no type that could be told.
                .Select(arrival => arrival with
                {
                    Device = arrival.Device is { Length: > 0 } device ? device : null,
                }));
        }

        return arrivals;
    }
}
