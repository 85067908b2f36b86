using System.Data.Common;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Projection;

/// <summary>
/// Writes the stores on into InfluxDB, for Grafana. The cursor moves after InfluxDB has taken
/// the points, so an outage delays and loses nothing; a repeat writes the same points again. It
/// never keeps the books.
/// </summary>
public sealed class InfluxProjection(
    Feeds feeds, BookFeed books, InfluxDatabase influx, TimeProvider time,
    ILogger<InfluxProjection> log) : BackgroundService
{
    private const int LinesPerWriteMax = 5_000;
    private const int RowsAtOnceMax = 1_000;
    private const int ReasonsLoggedMax = 100;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _loggedReasons = [];
    private long _rejected;

    /// <summary>Points that InfluxDB refused for good, since the start.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var retry = RetryMin;
        var isTaking = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isTaking && await influx.CreateAsync(stoppingToken) is { } notMade)
                {
                    log.InfluxDatabaseNotMade(notMade);
                }

                if (await ProjectAllAsync(stoppingToken) is { } trouble)
                {
                    isTaking = false;
                    log.InfluxRefuses(influx.Url, trouble, retry.TotalSeconds);
                    await Task.Delay(retry, time, stoppingToken);
                    retry = retry * 2 < RetryMax ? retry * 2 : RetryMax;
                    continue;
                }

                if (!isTaking)
                {
                    log.InfluxTakesPoints(influx.Url);
                }

                (isTaking, retry) = (true, RetryMin);
                await Task.Delay(LookEvery, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is DbException or RecordLogException)
            {
                log.ProjectionUnreadable(e.Message);
                await Task.Delay(RetryMax, time, stoppingToken)
                    .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Writes until nothing is left; null, or why it has to wait.</summary>
    private async Task<string?> ProjectAllAsync(CancellationToken stopping)
    {
        for (var isMore = true; isMore;)
        {
            isMore = false;
            foreach (var feed in feeds.All)
            {
                var after = books.Cursor(feed.Name);
                var batch = feed.ReadAfter(after, RowsAtOnceMax);
                foreach (var lines in batch.Lines.Chunk(LinesPerWriteMax))
                {
                    if (await WriteAsync(lines, stopping) is { } trouble)
                    {
                        return trouble;
                    }
                }

                if (batch.Cursor != after)
                {
                    books.SaveCursor(feed.Name, batch.Cursor);
                    isMore = true;
                }
            }
        }

        return null;
    }

    private async Task<string?> WriteAsync(ArraySegment<string> lines, CancellationToken stopping)
    {
        switch (await influx.WriteAsync(lines, stopping))
        {
            case WriteAnswer.Taken:
                return null;
            case WriteAnswer.NotNow(var reason):
                return reason;
            case WriteAnswer.NoDatabase(var reason):
                return reason;
            case WriteAnswer.Refused(var reason) when lines.Count == 1:
                Reject(reason, lines[0]);
                return null;
            default:
                // Halves of halves lead to the one that is refused; the rest goes in.
                var middle = lines.Count / 2;
                return await WriteAsync(lines[..middle], stopping)
                    ?? await WriteAsync(lines[middle..], stopping);
        }
    }

    private void Reject(string reason, string line)
    {
        Interlocked.Increment(ref _rejected);
        if (_loggedReasons.Count < ReasonsLoggedMax && _loggedReasons.Add(reason))
        {
            log.InfluxRejectedPoint(reason, line);
        }
    }
}
