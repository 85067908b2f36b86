using System.Data.Common;
using Monitoring.Core.Averaging;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Storage.Archive;

/// <summary>
/// Moves records into archives as they grow old, and deletes archives where a setting says so and
/// no window or period needs them any more.
/// </summary>
public sealed class ArchiveLoop(
    RecordLog records, FactBook facts, ClusterMap cluster, ArchiveSettings settings,
    UnexpectedFaults faults, TimeProvider time, ILogger<ArchiveLoop> log) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var now = time.GetUtcNow();
                while (!stoppingToken.IsCancellationRequested
                    && await records.Archives.MakeNextAsync(
                        (now - settings.After).ToUnixTimeMilliseconds(),
                        now.ToUnixTimeMilliseconds()) is { } archive)
                {
                    log.RecordsArchived(archive.First, archive.Last, archive.File);
                }

                await DeleteAsync(now, stoppingToken);
            }
            catch (Exception e) when (e is DbException or RecordLogException or IOException
                or UnauthorizedAccessException)
            {
                // The records stay in the log.
                log.RecordsNotArchived(e.Message);
            }
            catch (Exception e) when (UnexpectedFaults.Is(e, stoppingToken))
            {
                await faults.MeetAsync("archives", e, stoppingToken);
            }

            await Task.Delay(LookEvery, time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task DeleteAsync(DateTimeOffset now, CancellationToken stoppingToken)
    {
        if (settings.DeleteAfterDays is not { } days)
        {
            return;
        }

        var going = cluster.Sources.Where(source => source.Until is not { } end || end > now)
            .Select(source => source.Id);
        var beforeMs = Math.Min(
            now.AddDays(-days).ToUnixTimeMilliseconds(), facts.NeededFromMs(going));
        while (!stoppingToken.IsCancellationRequested
            && await records.Archives.DeleteNextAsync(
                beforeMs, days, now.ToUnixTimeMilliseconds()) is { } gone)
        {
            log.RecordsDeleted(gone.First, gone.Last, days);
        }
    }
}
