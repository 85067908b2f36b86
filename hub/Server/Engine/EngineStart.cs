using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// Wakes every source and bubble at the start and every few seconds: what a crash left undone
/// goes on, and no lost call between grains can hold anything up for long.
/// </summary>
public sealed class EngineStart(
    IGrainFactory grains, ClusterMap cluster, Contract contract, AmendmentBook amendments,
    TimeProvider time, ILogger<EngineStart> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            Refresh();
            await Task.WhenAll(cluster.Sources.Select(source => source.Id).Distinct().Select(
                source => TryAsync(source, grains.GetGrain<ISourceGrain>(source).Advance)));
            await TryAsync(
                contract.Id, () => grains.GetGrain<IBubbleGrain>(contract.Id).Advance());
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    // Amendments are entered by another program; sources look only where there are new ones.
    private void Refresh()
    {
        try
        {
            amendments.Refresh();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            log.EngineFailed("amendments", e.Message);
        }
    }

    // One that fails must not hold up the others.
    private async Task TryAsync(string what, Func<Task> advance)
    {
        try
        {
            await advance();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            log.EngineFailed(what, e.Message);
        }
    }
}
