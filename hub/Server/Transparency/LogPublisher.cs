using System.Data.Common;
using Microsoft.Extensions.Hosting;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Transparency;

/// <summary>
/// Signs, once a second, what was written since, if anything was. A disk that takes nothing
/// delays it: the leaves stand in the books and are signed with the next ones.
/// </summary>
public sealed class LogPublisher(
    PublicLog log, NoteSigner signer, UnexpectedFaults faults, TimeProvider time,
    ILogger<LogPublisher> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LogLimits.PublishEvery, time);
        do
        {
            await PublishAllAsync(stoppingToken);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task PublishAllAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (!stoppingToken.IsCancellationRequested && log.Publish(signer))
            {
                // The rest of many follows at once.
            }
        }
        catch (DbException e)
        {
            logger.LogNotSigned(e.Message);
        }
        catch (Exception e) when (UnexpectedFaults.Is(e, stoppingToken))
        {
            await faults.MeetAsync("public log", e, stoppingToken);
        }
    }
}
