using Microsoft.Extensions.Hosting;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Transparency;

/// <summary>Signs, once a second, what was written since, if anything was.</summary>
public sealed class LogPublisher(PublicLog log, NoteSigner signer, TimeProvider time)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(LogLimits.PublishEvery, time);
        do
        {
            while (!stoppingToken.IsCancellationRequested && log.Publish(signer))
            {
                // The rest of many follows at once.
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }
}
