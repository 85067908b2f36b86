using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Averaging;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>
/// Counts images over a connection to the books with the record log attached as <c>log</c>.
/// </summary>
internal static class RecordCounts
{
    /// <summary>
    /// What the log holds of a device for one source, against the windows that the books closed.
    /// </summary>
    /// <param name="books">A connection to the books with this log attached as <c>log</c>.</param>
    /// <param name="span">The span of time in which the source takes the device's images.</param>
    /// <param name="positionMs">The start of the source's next window.</param>
    public static SpanCount CountSpan(
        SqliteConnection books, DeviceId device, string source, Window span, long windowMs,
        long positionMs) =>
        books.QuerySingle<SpanCount>(
            $"""
            SELECT COUNT(*) AS Images,
                COALESCE(SUM(time_ms >= @positionMs), 0) AS Open,
                COALESCE(SUM(time_ms < @positionMs
                    AND record.id > COALESCE(log_id, 0)), 0) AS Late
            FROM log.record AS record LEFT JOIN (
                    -- The newest revision saw the most.
                    SELECT start_ms, MAX(log_id) AS log_id FROM window
                    WHERE source = @source GROUP BY start_ms) AS closed
                ON closed.start_ms = record.time_ms - record.time_ms % @windowMs
            WHERE time_ms >= @StartMs AND time_ms < @EndMs AND {RecordLog.ClockNotAhead}
              AND device = {RecordLog.DeviceRow}
            """,
            new
            {
                device.Gateway.Plant, device.Gateway.Node, device.Name, source, windowMs,
                positionMs, span.StartMs, span.EndMs,
            });

    /// <summary>The devices with images in the log attached as <c>log</c>.</summary>
    public static IReadOnlyList<DeviceId> Devices(SqliteConnection books) =>
    [
        .. books.Query<(string Plant, string Node, string Name)>(
            """
            SELECT plant, node, device.name
            FROM log.device AS device JOIN log.gateway AS gateway ON gateway.id = device.gateway
            ORDER BY plant, node, device.name
            """)
            .Select(row => new DeviceId(new GatewayId(row.Plant, row.Node), row.Name)),
    ];

    /// <summary>Images of a device, and those of them whose clock was ahead.</summary>
    public static (long Images, long ClockAhead) CountAll(
        SqliteConnection books, DeviceId device) =>
        books.QuerySingle<(long, long)>(
            $"""
            SELECT COUNT(*), COALESCE(SUM(NOT ({RecordLog.ClockNotAhead})), 0)
            FROM log.record WHERE device = {RecordLog.DeviceRow}
            """,
            new { device.Gateway.Plant, device.Gateway.Node, device.Name });
}
