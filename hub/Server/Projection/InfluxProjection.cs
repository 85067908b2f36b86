using System.Globalization;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Projection;

/// <summary>Since when and why InfluxDB does not take points.</summary>
public sealed record ProjectionTrouble(long SinceMs, string Why);

/// <summary>
/// Writes the stores on into InfluxDB, for Grafana. A cursor moves after InfluxDB has taken the
/// points, so an outage delays and loses nothing; a repeat writes the same points again. It never
/// keeps the books.
/// </summary>
/// <remarks>
/// The database says itself how far it is, in the measurement <c>projection</c>. One that was
/// emptied, or put back to an older state, says less than the cursors, and is filled again.
/// </remarks>
public sealed class InfluxProjection(
    Feeds feeds, BookFeed books, RefusedPoints refused, InfluxDatabase influx,
    InfluxWriter writer, TimeProvider time, ILogger<InfluxProjection> log)
{
    private const string Marker = "projection";
    private const int BatchesInFlightMax = 2;
    private const long MarkerEveryMs = 3_600_000;

    // One table at a time, and not one for ever while others wait.
    private static readonly TimeSpan TurnMax = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LookAtDatabaseEvery = TimeSpan.FromMinutes(1);

    private readonly Stack<PointBatch> _spare = new();
    private long? _lookedAt;

    public Uri Url => influx.Url;

    /// <summary>Null while InfluxDB takes points.</summary>
    public ProjectionTrouble? Trouble { get; private set; }

    public RefusedPoints Refused => refused;

    /// <summary>Writes each table on until nothing is left of it or its turn is over.</summary>
    /// <returns>Whether something was written; or, as a text, why it has to wait.</returns>
    public async Task<(bool IsMoving, string? Trouble)> PassAsync(CancellationToken stopping)
    {
        var trouble = await LookAtDatabaseAsync(stopping);
        var before = Cursors();
        foreach (var feed in feeds.All)
        {
            trouble ??= await PumpAsync(feed, stopping);
        }

        var isMoving = !before.SequenceEqual(Cursors());
        if (isMoving)
        {
            trouble ??= await MarkAsync(stopping);
        }

        if (trouble is null)
        {
            Trouble = null;
            return (isMoving, null);
        }

        // What was sent may have been lost with the database: look first.
        _lookedAt = null;
        Trouble = new ProjectionTrouble(Trouble?.SinceMs ?? NowMs(), trouble);
        return (isMoving, trouble);
    }

    /// <summary>Has everything written again, from the first row on.</summary>
    public static void StartAnew(Feeds feeds, BookFeed books, RefusedPoints refused)
    {
        refused.Clear();
        foreach (var feed in feeds.All)
        {
            books.MoveCursor(feed.Cursor, books.Cursor(feed.Cursor), 0);
        }
    }

    private async Task<string?> LookAtDatabaseAsync(CancellationToken stopping)
    {
        if (_lookedAt is { } at && time.GetElapsedTime(at) < LookAtDatabaseEvery)
        {
            return null;
        }

        switch (await influx.CreateAsync(stopping))
        {
            case QueryAnswer.NotNow(var reason):
                return reason;
            case QueryAnswer.Refused(var reason) when _lookedAt is null:
                log.InfluxDatabaseNotMade(reason);
                break;
            default:
                break;
        }

        var fields = feeds.All.Select(feed => $"MAX(\"{feed.Table}\") AS \"{feed.Table}\"");
        switch (await influx.QueryAsync(
            $"SELECT {string.Join(", ", fields)} FROM \"{Marker}\"", stopping))
        {
            case QueryAnswer.NotNow(var reason):
                return reason;
            case QueryAnswer.Done(var marks):
                PutBack(marks);
                break;
            case QueryAnswer.Refused(var reason) when _lookedAt is null:
                log.InfluxMarkerUnreadable(reason);
                break;
            default:
                break;
        }

        _lookedAt = time.GetTimestamp();
        return null;
    }

    private void PutBack(IReadOnlyDictionary<string, double> marks)
    {
        foreach (var feed in feeds.All)
        {
            var cursor = books.Cursor(feed.Cursor);
            var mark = (long)marks.GetValueOrDefault(feed.Table);
            if (mark < cursor && books.MoveCursor(feed.Cursor, cursor, mark))
            {
                log.InfluxHasLess(feed.Table, mark, cursor);
            }
        }
    }

    /// <summary>Writes one table on; null, or why it has to wait.</summary>
    private async Task<string?> PumpAsync(Feed feed, CancellationToken stopping)
    {
        var start = books.Cursor(feed.Cursor);
        var turn = time.GetTimestamp();
        var (read, written) = (start, start);
        var inFlight = new Queue<(Task<string?> Write, PointBatch Batch, long Reached)>();
        string? trouble = null;
        while (trouble is null)
        {
            var batch = _spare.TryPop(out var used) ? used : new PointBatch();
            batch.Clear();
            var reached = time.GetElapsedTime(turn) < TurnMax ? feed.Fill(read, batch) : read;
            var isMore = reached > read;
            read = reached;
            if (isMore && batch.Deletes.Count > 0)
            {
                // An older revision that is still on its way must not come after its deletion.
                await Task.WhenAll(inFlight.Select(one => one.Write));
                trouble = await writer.DeleteAsync(batch, stopping);
            }

            if (isMore && trouble is null)
            {
                inFlight.Enqueue((writer.WriteAsync(batch, stopping), batch, reached));
            }
            else
            {
                _spare.Push(batch);
            }

            while (trouble is null && inFlight.Count > (isMore ? BatchesInFlightMax - 1 : 0))
            {
                var oldest = inFlight.Dequeue();
                trouble = await oldest.Write;
                written = trouble is null ? oldest.Reached : written;
                _spare.Push(oldest.Batch);
            }

            if (!isMore)
            {
                break;
            }
        }

        await Task.WhenAll(inFlight.Select(one => one.Write));
        if (trouble is not null)
        {
            // A request that was given up may still be reading its bytes.
            _spare.Clear();
        }

        if (written != start)
        {
            books.MoveCursor(feed.Cursor, start, written);
        }

        return trouble;
    }

    /// <summary>Notes in the database how far it is.</summary>
    private async Task<string?> MarkAsync(CancellationToken stopping)
    {
        var batch = new PointBatch();
        batch.Point("projection"u8);
        foreach (var feed in feeds.All)
        {
            batch.Field(
                System.Text.Encoding.UTF8.GetBytes(feed.Table),
                (double)books.Cursor(feed.Cursor));
        }

        // One point an hour, written over: it does not grow, and no retention takes the last.
        batch.At(NowMs() / MarkerEveryMs * MarkerEveryMs);
        return await writer.WriteAsync(batch, stopping);
    }

    private List<long> Cursors() => [.. feeds.All.Select(feed => books.Cursor(feed.Cursor))];

    private long NowMs() => time.GetUtcNow().ToUnixTimeMilliseconds();
}
