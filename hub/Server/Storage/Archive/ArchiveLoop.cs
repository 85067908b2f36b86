using System.Data.Common;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Storage.Archive;

/// <summary>Moves records into archives as they grow old.</summary>
public sealed class ArchiveLoop(
    RecordLog records, ArchiveSettings settings, TimeProvider time, ILogger<ArchiveLoop> log)
    : BackgroundService
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
            }
            catch (Exception e) when (e is DbException or RecordLogException or IOException
                or UnauthorizedAccessException)
            {
                // The records stay in the log.
                log.RecordsNotArchived(e.Message);
            }

            await Task.Delay(LookEvery, time, stoppingToken)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }
}
