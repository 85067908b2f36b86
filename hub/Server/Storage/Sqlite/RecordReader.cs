using System.Collections.Immutable;
using Dapper;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>Which devices; null stands for all.</summary>
public sealed record DeviceFilter(string? Plant, string? Gateway, string? Device);

/// <summary>Reads the record log for people and programs. It writes nothing.</summary>
public sealed class RecordReader(RecordLog log)
{
    /// <summary>The id of the newest record: how many were ever stored.</summary>
    public long NewestId()
    {
        using var connection = log.Database.Connect();
        return connection.QuerySingle<long>("SELECT COALESCE(MAX(id), 0) FROM record");
    }

    /// <summary>
    /// Images in order of time, the one at the page's place included; but for those whose
    /// retention is over.
    /// </summary>
    public ImmutableArray<StoredRecord> Images(DeviceFilter filter, PageQuery page)
    {
        using var connection = log.Database.Connect();
        var keys = new List<(long TimeMs, long Id)>();
        var deletedUpTo = log.Archives.DeletedUpTo();
        foreach (var device in Devices(connection, filter))
        {
            // The index has device before time, so each device is asked by itself.
            keys.AddRange(connection.Query<(long, long)>(
                """
                SELECT time_ms, id FROM record WHERE device = @device
                    AND time_ms >= MAX(@FromMs, @AfterMs) AND time_ms < @ToMs
                    AND (time_ms > @AfterMs OR id >= @AfterId) AND id > @deletedUpTo
                ORDER BY time_ms, id LIMIT @Max
                """,
                new
                {
                    device, page.FromMs, page.ToMs, page.AfterMs, page.AfterId, page.Max,
                    deletedUpTo,
                }));
        }

        return log.ReadIds(keys.Order().Take(page.Max).Select(key => key.Id));
    }

    /// <summary>The time of the newest image before a time; null where there is none.</summary>
    public long? NewestMs(DeviceFilter filter, long beforeMs)
    {
        using var connection = log.Database.Connect();
        return Devices(connection, filter)
            .Select(device => connection.QuerySingle<long?>(
                "SELECT MAX(time_ms) FROM record WHERE device = @device AND time_ms < @beforeMs",
                new { device, beforeMs }))
            .Max();
    }

    private static List<long> Devices(
        Microsoft.Data.Sqlite.SqliteConnection connection, DeviceFilter filter) =>
        connection.Query<long>(
            """
            SELECT device.id FROM device JOIN gateway ON gateway.id = device.gateway
            WHERE (@Plant IS NULL OR plant = @Plant) AND (@Gateway IS NULL OR node = @Gateway)
                AND (@Device IS NULL OR device.name = @Device)
            """,
            filter).AsList();
}
