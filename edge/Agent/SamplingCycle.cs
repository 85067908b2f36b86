using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Journal;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent;

/// <summary>
/// Reads every device of the gateway once a cycle, links side by side and the devices of one link
/// in turn, then appends all images in one transaction. Only then are they there to be published.
/// </summary>
public sealed class SamplingCycle(
    Gateway gateway, Guid boot, JournalWriter writer, DeviceClock clock, Log log, TimeProvider time)
    : IDisposable
{
    private readonly ImmutableArray<ModbusLink> _links =
        [.. gateway.Links.Select(link => new ModbusLink((SiteLink.Tcp)link, time))];

    private readonly Dictionary<string, Reason> _lastFault = new(StringComparer.Ordinal);
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    private readonly long _bootTimestamp = time.GetTimestamp();
    private long _skippedInAll;

    private readonly record struct Sample(SiteDevice Device, ReadOutcome Outcome, long TimeMs);

    /// <summary>Runs until the stop; the cycle under way is finished and journalled.</summary>
    /// <param name="appended">Called after each append.</param>
    public async Task Run(Action appended, CancellationToken stop)
    {
        using var abandon = new CancellationTokenSource();
        await using var late = stop.Register(() => abandon.CancelAfter(AgentLimits.LastPublishing));
        var deadline = CycleSchedule.Next(time.GetUtcNow(), gateway.Cycle);
        while (await WaitUntil(deadline, stop))
        {
            await RunOnce(abandon.Token);
            appended();
            var now = time.GetUtcNow();
            if (deadline - now > AgentLimits.ClockHeldMax)
            {
                log.ClockSetBack(deadline - now);
            }

            (deadline, var skipped) = CycleSchedule.After(deadline, now, gateway.Cycle);
            if (skipped > 0)
            {
                _skippedInAll += skipped;
                log.CyclesSkipped(skipped, _skippedInAll);
            }
        }
    }

    /// <summary>One cycle: read, stamp, append.</summary>
    public async Task RunOnce(CancellationToken abandon)
    {
        var perLink = await Task.WhenAll(
            gateway.Links.Select((link, index) => ReadLink(link, _links[index], abandon)));
        var isSynced = KernelClock.IsSynced();
        var monotonicMs = (long)time.GetElapsedTime(_bootTimestamp).TotalMilliseconds;
        var images = perLink.SelectMany(samples => samples)
            .Select(sample => ToImage(sample, new Boot(boot, monotonicMs), isSynced))
            .ToList();
        writer.Write(images, time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    public void Dispose()
    {
        foreach (var link in _links)
        {
            link.Dispose();
        }
    }

    private async Task<bool> WaitUntil(DateTimeOffset deadline, CancellationToken stop)
    {
        try
        {
            var wait = deadline - time.GetUtcNow();
            if (wait > TimeSpan.Zero)
            {
                // Never longer than a cycle, should the clock be set back while waiting.
                await Task.Delay(wait < gateway.Cycle ? wait : gateway.Cycle, time, stop);
            }

            return !stop.IsCancellationRequested;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private async Task<List<Sample>> ReadLink(
        SiteLink link, ModbusLink master, CancellationToken abandon)
    {
        var samples = new List<Sample>();
        foreach (var device in gateway.Devices.Where(device => device.Link == link.Id))
        {
            var (utc, start) = (time.GetUtcNow(), time.GetTimestamp());
            var outcome = await ReadDevice(device, master, abandon);
            var middle = utc + time.GetElapsedTime(start) / 2;
            samples.Add(new Sample(device, outcome, middle.ToUnixTimeMilliseconds()));
        }

        return samples;
    }

    private static async Task<ReadOutcome> ReadDevice(
        SiteDevice device, ModbusLink master, CancellationToken abandon)
    {
        try
        {
            return await master.Read((byte)device.Address, device.Map.Block, abandon);
        }
        catch (OperationCanceledException)
        {
            return new ReadOutcome.Failed(Reason.Timeout, "the agent stops");
        }
    }

    private JournalRecord.Image ToImage(Sample sample, Boot at, bool isSynced)
    {
        var (id, map) = (sample.Device.Id, sample.Device.Map);
        var (timeMs, state) = clock.Stamp(id, sample.TimeMs, isSynced);
        var isNews = state == ClockState.Held ? _held.Add(id) : _held.Remove(id);
        if (isNews && state == ClockState.Held)
        {
            log.ClockWentBack(id, timeMs - sample.TimeMs);
        }

        LogChange(id, sample.Outcome);
        var readings = sample.Outcome is ReadOutcome.Words words
            ? ImageDecoder.Decode(map, words.Values, timeMs)
            : ImageDecoder.Absent(map, sample.Outcome.Fault().Reason, timeMs);
        return new JournalRecord.Image(id, timeMs, at, state, readings);
    }

    private void LogChange(string device, ReadOutcome outcome)
    {
        var (reason, detail) = outcome.Fault();
        var before = _lastFault.GetValueOrDefault(device, Reason.None);
        _lastFault[device] = reason;
        if (reason == before)
        {
            return;
        }

        if (reason == Reason.None)
        {
            log.DeviceAnswers(device);
        }
        else
        {
            log.DeviceSilent(device, Reasons.NameOf(reason), detail);
        }
    }
}
