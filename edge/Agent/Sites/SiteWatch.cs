using System.Collections.Immutable;
using Monitoring.Wire.Documents;

namespace Monitoring.Agent.Sites;

/// <summary>
/// Looks at the files of a site for a change, and reads them again. A configuration with a fault
/// is told and left aside; the one before it goes on. Polling, since editors, network drives and
/// mounted volumes do not all send file events.
/// </summary>
public sealed class SiteWatch(string path, string gatewayId, Site site, Log log, TimeProvider time)
{
    private Site _site = site;
    private string _seen = StampOf(site.Files);
    private string _read = StampOf(site.Files);

    /// <summary>Runs until the stop.</summary>
    /// <param name="changed">Takes the site and this gateway of it.</param>
    public async Task Run(Action<Site, Gateway> changed, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(AgentLimits.SiteWatchEvery, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                Look(changed);
            }
        }
        catch (OperationCanceledException)
        {
            // The stop came.
        }
    }

    /// <summary>One look.</summary>
    public void Look(Action<Site, Gateway> changed)
    {
        var stamp = StampOf(_site.Files);
        var isStill = stamp == _seen;
        _seen = stamp;
        if (!isStill || stamp == _read)
        {
            // Nothing new, or it is being written just now.
            return;
        }

        _read = stamp;
        var faults = new Faults();
        if (SiteReader.ReadFile(path, faults) is { } next
            && GatewayOf(next, faults) is { } gateway)
        {
            _site = next;
            _read = _seen = StampOf(next.Files);
            log.SiteChanged(path);
            changed(next, gateway);
            return;
        }

        log.SiteRefused(path, faults.All.Select(fault => fault.ToString()));
    }

    private Gateway? GatewayOf(Site next, Faults faults)
    {
        if (next.Id != _site.Id)
        {
            faults.Add(path, 0, $"the plant '{_site.Id}' became '{next.Id}'", "restart the agent");
            return null;
        }

        var gateway = next.Gateways.FirstOrDefault(candidate => candidate.Id == gatewayId);
        if (gateway is null)
        {
            faults.Add(path, 0, $"gateway '{gatewayId}' is gone", "restart with another --gateway");
        }

        return gateway;
    }

    private static string StampOf(ImmutableArray<string> files) => string.Join(
        '|', files.Select(file => new FileInfo(file)).Select(
            file => file.Exists ? $"{file.LastWriteTimeUtc.Ticks} {file.Length}" : "none"));
}
