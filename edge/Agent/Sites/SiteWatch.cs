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

    // Those of the last read, be it that it was refused: they are what a person mends.
    private ImmutableArray<string> _files = site.Files;
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
        var stamp = StampOf(_files);
        var isStill = stamp == _seen;
        _seen = stamp;
        if (!isStill || stamp == _read)
        {
            // Nothing new, or it is being written just now.
            return;
        }

        var faults = new Faults();
        (var next, _files) = SiteReader.ReadFiles(path, faults);
        _read = _seen = StampOf(_files);
        if (next is not null && GatewayOf(next, faults) is { } gateway)
        {
            _site = next;
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

    private static string StampOf(ImmutableArray<string> files) =>
        string.Join('|', files.Select(StampOf));

    private static string StampOf(string path)
    {
        try
        {
            // Of a link the stamp is its own: what it leads to is what changes.
            var link = new FileInfo(path);
            var file = (FileInfo?)link.ResolveLinkTarget(returnFinalTarget: true) ?? link;
            return file.Exists ? $"{file.LastWriteTimeUtc.Ticks} {file.Length}" : "none";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "none";
        }
    }
}
