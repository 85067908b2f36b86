using System.Data.Common;
using Monitoring.Server.Storage;

namespace Monitoring.Server.Projection;

/// <summary>Keeps the projection going; waits longer and longer where InfluxDB is away.</summary>
/// <param name="random">So that many hubs do not come back at one instant.</param>
public sealed class ProjectionLoop(
    InfluxProjection projection, UnexpectedFaults faults, TimeProvider time, Random random,
    ILogger<ProjectionLoop> log) : BackgroundService
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryMin = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RetryMax = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var (retry, isTaking) = (RetryMin, false);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var (isMoving, trouble) = await projection.PassAsync(stoppingToken);
                if (trouble is not null)
                {
                    var wait = retry * (0.5 + (random.NextDouble() / 2));
                    log.InfluxRefuses(projection.Url, trouble, wait.TotalSeconds);
                    (isTaking, retry) = (false, retry * 2 < RetryMax ? retry * 2 : RetryMax);
                    await Task.Delay(wait, time, stoppingToken);
                    continue;
                }

                if (!isTaking)
                {
                    log.InfluxTakesPoints(projection.Url);
                }

                (isTaking, retry) = (true, RetryMin);
                if (!isMoving)
                {
                    await Task.Delay(LookEvery, time, stoppingToken);
                }
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
            catch (Exception e) when (UnexpectedFaults.Is(e, stoppingToken))
            {
                await faults.MeetAsync("projection", e, stoppingToken);
            }
        }
    }
}
