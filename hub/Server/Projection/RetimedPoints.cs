using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Projection;

/// <summary>
/// Readings that a correction of the clock moved: where they stood their points are taken away,
/// what stands there rightly is written again, and they where they belong.
/// </summary>
public sealed class RetimedPoints(RecordLog records)
{
    private const int RowsAtOnceMax = 200;

    // A span takes away all that lies in it, so it has no long holes.
    private const long HoleMsMax = 30_000;

    // The points of an image lie within seconds of it.
    private const long ImageMsMax = 60_000;

    private readonly ClockRevisions _clocks = new(records);

    public long Newest() => _clocks.NewestRetimed();

    /// <summary>Adds the points of the rows after one and says the row that it came to.</summary>
    public long Fill(long after, PointBatch batch)
    {
        var rows = _clocks.RetimedAfter(after, RowsAtOnceMax);
        foreach (var device in rows.GroupBy(row => DeviceOf(row.Record)))
        {
            foreach (var (firstMs, lastMs) in SpansOf(device))
            {
                LinePoints.WithdrawReadings(batch, device.Key, (firstMs, lastMs));
                foreach (var there in records.InSpan(
                    device.Key, firstMs - ImageMsMax, lastMs + ImageMsMax))
                {
                    LinePoints.OfRecord(batch, there);
                }
            }
        }

        foreach (var row in rows)
        {
            LinePoints.OfRecord(batch, row.Record);
        }

        return rows.Count > 0 ? rows[^1].Row : after;
    }

    private static DeviceId DeviceOf(StoredRecord record) =>
        new(record.Gateway, ((JournalRecord.Image)record.Record).Device);

    /// <summary>From the first to the last point of neighbours, as they stood before.</summary>
    private static List<(long FirstMs, long LastMs)> SpansOf(IEnumerable<RetimedRecord> rows)
    {
        var spans = new List<(long FirstMs, long LastMs)>();
        foreach (var (firstMs, lastMs) in rows.Select(OldTimes).Order())
        {
            if (spans.Count > 0 && firstMs - spans[^1].LastMs <= HoleMsMax)
            {
                spans[^1] = (spans[^1].FirstMs, Math.Max(spans[^1].LastMs, lastMs));
            }
            else
            {
                spans.Add((firstMs, lastMs));
            }
        }

        return spans;
    }

    private static (long FirstMs, long LastMs) OldTimes(RetimedRecord row)
    {
        var image = (JournalRecord.Image)row.Record.Record;
        var shiftMs = row.OldMs - image.TimeMs;
        var times = image.Readings.Select(reading => reading.TimeMs + shiftMs)
            .Append(row.OldMs).ToList();
        return (times.Min(), times.Max());
    }
}
