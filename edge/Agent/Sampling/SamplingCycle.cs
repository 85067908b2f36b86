using System.Collections.Immutable;
using System.Threading.Channels;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Sampling;

/// <summary>Opens the driver of a link for its devices.</summary>
public delegate IDeviceLink OpenLink(SiteLink link, ImmutableArray<SiteDevice> devices);

/// <summary>
/// The loops of all links of a gateway. Another configuration takes effect while they run: only
/// the links that changed are handed over, each between two reads.
/// </summary>
public sealed class SamplingCycle(OpenLink open, ImageRecorder recorder, TimeProvider time)
{
    private readonly List<LinkLoop> _loops = [];
    private readonly LinkThreads _threads = new(time);
    private readonly Channel<Gateway> _changes = Channel.CreateBounded<Gateway>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    /// <summary>From now on the gateway is this one.</summary>
    public void Change(Gateway gateway) => _changes.Writer.TryWrite(gateway);

    /// <summary>
    /// Reads until the stop; what is being read then is finished and journalled.
    /// </summary>
    /// <param name="appended">Called after each append to the journal.</param>
    public async Task Run(Gateway gateway, Action appended, CancellationToken stop)
    {
        var recording = recorder.Run(appended);
        try
        {
            await HandOver(gateway);
            while (await NextChange(recording, stop) is { } next)
            {
                await HandOver(next);
            }
        }
        finally
        {
            await End(_loops);
            _threads.Close();
            recorder.Complete();
            await recording;
        }
    }

    /// <summary>The next configuration; null: the stop came. Throws what ended a loop.</summary>
    private async Task<Gateway?> NextChange(Task recording, CancellationToken stop)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var change = _changes.Reader.ReadAsync(either.Token).AsTask();
        await Task.WhenAny([recording, change, .. _loops.Select(loop => loop.Ended)]);
        if (change.IsCompletedSuccessfully)
        {
            return await change;
        }

        await either.CancelAsync();
        foreach (var loop in _loops.Where(loop => loop.Ended.IsCompleted))
        {
            await loop.Ended;
        }

        return null;
    }

    private async Task HandOver(Gateway gateway)
    {
        var wanted = gateway.Links.ToDictionary(
            link => link, link => gateway.Devices.Where(device => device.Link == link.Id)
                .ToImmutableArray());
        var changed = _loops.Where(loop =>
            !wanted.TryGetValue(loop.Site, out var devices) || !loop.Serves(loop.Site, devices))
            .ToList();
        var doneUntil = await End(changed);
        foreach (var (link, devices) in wanted)
        {
            if (!devices.IsEmpty && _loops.All(loop => loop.Site != link))
            {
                var loop = new LinkLoop(
                    link, open(link, devices), devices, doneUntil, recorder.Take, time);
                _loops.Add(loop);
                _threads.Add(loop);
            }
        }
    }

    /// <returns>What the loops had done, by device.</returns>
    private async Task<Dictionary<string, DateTimeOffset>> End(List<LinkLoop> ending)
    {
        var doneUntil = new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal);
        foreach (var loop in ending)
        {
            _threads.End(loop, AgentLimits.LastPublishing);
        }

        foreach (var loop in ending.ToList())
        {
            await loop.Ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var (device, done) in loop.DoneUntil())
            {
                doneUntil[device] = done;
            }

            loop.Dispose();
            _loops.Remove(loop);
        }

        return doneUntil;
    }
}
