using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Storage.Sqlite;

/// <summary>A window that a correction touched.</summary>
/// <param name="TimeMs">Of an image that left it or came to it.</param>
public sealed record CorrectedWindow(long StartMs, long TimeMs);

/// <summary>A record that a correction moved.</summary>
/// <param name="Row">The place of this among all of them.</param>
/// <param name="OldMs">The time at which it stood before.</param>
public sealed record RetimedRecord(long Row, long OldMs, StoredRecord Record);

/// <summary>
/// Corrections of gateways' clocks. The bytes of a record are evidence and stay; the time by which
/// the log finds it is revised, once, by the owner of the windows that it belongs to.
/// </summary>
public sealed class ClockRevisions(RecordLog log)
{
    private const int ShownMax = 1_000;

    /// <summary>
    /// Applies what is not yet applied to the images of a device, and notes the windows that these
    /// left or came to.
    /// </summary>
    /// <param name="windowsAt">Source and start of each window with the device at a time.</param>
    public void Apply(
        DeviceId device, Func<long, IEnumerable<(string Source, long StartMs)>> windowsAt)
    {
        using var connection = log.Database.Connect();
        var pending = connection.Query<Pending>(
            """
            SELECT correction.id AS Id, correction.epoch AS Epoch, device.id AS Device,
                boot AS Boot, first AS First, last AS Last, shift_ms AS ShiftMs
            FROM correction JOIN epoch ON epoch.id = correction.epoch
                JOIN gateway ON gateway.id = epoch.gateway
                JOIN device ON device.gateway = gateway.id
            WHERE plant = @Plant AND node = @Node AND device.name = @Name
                AND NOT EXISTS(SELECT 1 FROM corrected
                    WHERE correction = correction.id AND corrected.device = device.id)
            ORDER BY correction.id
            """,
            new { device.Gateway.Plant, device.Gateway.Node, device.Name }).AsList();
        foreach (var one in pending)
        {
            Apply(connection, one, windowsAt);
        }

        if (pending.Count > 0)
        {
            log.ClocksChanged();
        }
    }

    /// <summary>
    /// Records in the order in which corrections moved them, but for those whose retention is over.
    /// </summary>
    public IReadOnlyList<RetimedRecord> RetimedAfter(long row, int max)
    {
        using var connection = log.Database.Connect();
        var rows = connection.Query<(long Row, long OldMs, long Record)>(
            """
            SELECT id, old_ms, record FROM retimed WHERE id > @row AND record > @deletedUpTo
            ORDER BY id LIMIT @max
            """,
            new { row, max, deletedUpTo = log.Archives.DeletedUpTo() }).AsList();
        var records = log.ReadIds(rows.Select(it => it.Record).Distinct())
            .ToDictionary(record => record.Id);
        return [.. rows.Select(it => new RetimedRecord(it.Row, it.OldMs, records[it.Record]))];
    }

    /// <summary>The row of the newest record that was moved, 0 for none.</summary>
    public long NewestRetimed()
    {
        using var connection = log.Database.Connect();
        return connection.QuerySingle<long>("SELECT COALESCE(MAX(id), 0) FROM retimed");
    }

    /// <summary>The windows of a source that images left or came to.</summary>
    public IReadOnlyList<CorrectedWindow> WindowsOf(string source, int max)
    {
        using var connection = log.Database.Connect();
        return connection.Query<CorrectedWindow>(
            """
            SELECT start_ms AS StartMs, time_ms AS TimeMs FROM corrected_window
            WHERE source = @source ORDER BY start_ms LIMIT @max
            """,
            new { source, max }).AsList();
    }

    /// <summary>These windows are worked out again, or were not closed yet.</summary>
    public void Done(string source, IEnumerable<CorrectedWindow> windows)
    {
        using var connection = log.Database.Connect();
        using var transaction = connection.BeginTransaction();
        connection.Execute(
            "DELETE FROM corrected_window WHERE source = @source AND start_ms = @StartMs",
            windows.Select(window => new { source, window.StartMs }), transaction);
        transaction.Commit();
    }

    /// <summary>All of them, the newest first, and what became of them.</summary>
    public IReadOnlyList<CorrectionRow> All()
    {
        using var connection = log.Database.Connect();
        return connection.Query<CorrectionRow>(
            """
            SELECT plant AS Plant, node AS Node, epoch.name AS Epoch, first AS First, last AS Last,
                shift_ms AS ShiftMs, declared_ms AS DeclaredMs,
                (SELECT COALESCE(SUM(moved), 0) FROM corrected
                    WHERE correction = correction.id) AS Moved,
                (SELECT COALESCE(SUM(kept), 0) FROM corrected
                    WHERE correction = correction.id) AS Kept
            FROM correction JOIN epoch ON epoch.id = correction.epoch
                JOIN gateway ON gateway.id = epoch.gateway
            ORDER BY correction.id DESC LIMIT @ShownMax
            """,
            new { ShownMax }).AsList();
    }

    internal static void Insert(
        SqliteConnection connection, long epoch, JournalRecord.Correction correction) =>
        connection.Execute(
            """
            INSERT OR IGNORE INTO correction(epoch, boot, first, last, shift_ms, declared_ms)
            VALUES(@epoch, @boot, @First, @Last, @ShiftMs, @TimeMs)
            """,
            new
            {
                epoch, boot = correction.Boot.ToString("N"), correction.First, correction.Last,
                correction.ShiftMs, correction.TimeMs,
            });

    /// <summary>The record as it is seen at a corrected time: its clock is right by now.</summary>
    internal static JournalRecord SeenAt(long timeMs, JournalRecord record)
    {
        if (record is not JournalRecord.Image image || image.TimeMs == timeMs)
        {
            return record;
        }

        var shiftMs = timeMs - image.TimeMs;
        return image with
        {
            TimeMs = timeMs,
            Clock = ClockState.Synced,
            Readings =
            [
                .. image.Readings.Select(reading => reading with
                {
                    TimeMs = reading.TimeMs + shiftMs,
                }),
            ],
        };
    }

    private void Apply(
        SqliteConnection connection, Pending one,
        Func<long, IEnumerable<(string Source, long StartMs)>> windowsAt)
    {
        using var transaction = connection.BeginTransaction();
        var moved = 0;
        var touched = new Dictionary<(string Source, long StartMs), long>();
        foreach (var (id, timeMs, bytes) in connection.Query<(long, long, byte[])>(
            """
            SELECT id, time_ms, bytes FROM record
            WHERE epoch = @Epoch AND device = @Device AND "offset" BETWEEN @First AND @Last
                AND id > (SELECT COALESCE(MAX(last), 0) FROM archive WHERE file = '')
            ORDER BY "offset"
            """,
            one, transaction))
        {
            // Only what was written by that run and under a clock that was not known to be right.
            if (RecordFormat.Decode(log.BytesOf(id, bytes), out _) is not JournalRecord.Image
                {
                    Clock: ClockState.Unsynced,
                } image || image.Boot.Id.ToString("N") != one.Boot)
            {
                continue;
            }

            var rightMs = image.TimeMs + one.ShiftMs;
            foreach (var atMs in new[] { timeMs, rightMs })
            {
                foreach (var window in windowsAt(atMs))
                {
                    touched[window] = atMs;
                }
            }

            moved++;
            connection.Execute(
                """
                UPDATE record SET time_ms = @rightMs WHERE id = @id;
                INSERT INTO retimed(record, old_ms) VALUES(@id, @timeMs);
                """,
                new { rightMs, id, timeMs }, transaction);
        }

        connection.Execute(
            "INSERT INTO corrected VALUES(@Id, @Device, @moved, 0)",
            new { one.Id, one.Device, moved }, transaction);
        connection.Execute(
            "INSERT OR IGNORE INTO corrected_window VALUES(@Source, @StartMs, @Value)",
            touched.Select(it => new { it.Key.Source, it.Key.StartMs, it.Value }), transaction);
        transaction.Commit();
    }

    private sealed record Pending(
        long Id, long Epoch, long Device, string Boot, long First, long Last, long ShiftMs);
}
