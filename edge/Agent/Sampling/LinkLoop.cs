using System.Collections.Immutable;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Sampling;

/// <summary>A device's sample and what the loop knows of it.</summary>
/// <param name="At">The monotonic timestamp of the middle of the read.</param>
/// <param name="IsOverrun">It was read too late for its own cycle.</param>
/// <param name="Skipped">Reads of the device that had to be left out after it.</param>
/// <param name="Took">How long the read took.</param>
public sealed record Sampled(
    SiteDevice Device, DeviceSample Sample, long At, bool IsOverrun, long Skipped, TimeSpan Took);

/// <summary>
/// The one owner of a link: reads its devices when they are due. Its calls block: that costs a
/// device's read two system calls. <see cref="LinkThreads"/> says which thread makes them.
/// </summary>
public sealed class LinkLoop : IDisposable
{
    private readonly IDeviceLink _link;
    private readonly ImmutableArray<SiteDevice> _devices;
    private readonly DeviceTurns _turns;
    private readonly Action<Sampled> _take;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _abandon = new();
    private readonly TaskCompletionSource _ended =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="doneUntil">See <see cref="DeviceTurns"/>.</param>
    /// <param name="take">Takes each sample, on the loop's thread.</param>
    public LinkLoop(
        SiteLink site, IDeviceLink link, ImmutableArray<SiteDevice> devices,
        IReadOnlyDictionary<string, DateTimeOffset> doneUntil, Action<Sampled> take,
        TimeProvider time)
    {
        (Site, _link, _devices, _take, _time) = (site, link, devices, take, time);
        _turns = new DeviceTurns(
            devices, time.GetUtcNow(), doneUntil, LinkForecast.BusyShare(site, devices));
    }

    public SiteLink Site { get; }

    /// <summary>Ends after <see cref="Stop"/>, or with the error that ended the reads.</summary>
    public Task Ended => _ended.Task;

    public bool IsStopping => _stop.IsCancellationRequested;

    public bool Serves(SiteLink site, IEnumerable<SiteDevice> devices) =>
        Site == site && _devices.SequenceEqual(devices);

    /// <summary>The read under way is finished, unless it takes longer than that.</summary>
    public void Stop(TimeSpan within)
    {
        _stop.Cancel();
        _abandon.CancelAfter(within);
    }

    /// <summary>The deadlines that were served; after the end only.</summary>
    public IEnumerable<KeyValuePair<string, DateTimeOffset>> DoneUntil() => _turns.DoneUntil();

    /// <summary>No thread reads it any more.</summary>
    public void End() => _ended.TrySetResult();

    /// <summary>Until its next read; never more than a period, whatever the clock does.</summary>
    public TimeSpan UntilDue(DateTimeOffset now)
    {
        _turns.Rebase(now);
        return _turns.First.Deadline - now;
    }

    /// <summary>Waits until a device is due, or for the stop.</summary>
    public void WaitForTurn()
    {
        if (UntilDue(_time.GetUtcNow()) is { Ticks: > 0 } wait)
        {
            // Rounded up: a wait that ends a moment early is followed by another one.
            _stop.Token.WaitHandle.WaitOne((int)Math.Ceiling(wait.TotalMilliseconds));
        }
    }

    /// <summary>Reads what is due.</summary>
    /// <returns>False: that was the last time, for a stop or a bug.</returns>
    public bool TakeTurn()
    {
        try
        {
            ReadDue(_stop.Token);
        }
        catch (Exception e)
        {
            // The cycle hands it to the one place that says it and ends the agent.
            _ended.TrySetException(e);
        }

        if (IsStopping)
        {
            End();
        }

        return !_ended.Task.IsCompleted;
    }

    /// <summary>Reads whatever is due now, each device at most once; for one thread.</summary>
    public void ReadDue(CancellationToken stop)
    {
        var now = _time.GetUtcNow();
        _turns.Rebase(now);
        for (var read = 0; read < _devices.Length && !stop.IsCancellationRequested; read++)
        {
            var (index, deadline) = _turns.First;
            if (deadline > now)
            {
                return;
            }

            var device = _devices[index];
            var isOverrun = _turns.IsOverrun(index, _time.GetUtcNow());
            var start = _time.GetTimestamp();
            var sample = _link.Read(device, _abandon.Token);
            var end = _time.GetTimestamp();
            var skipped = _turns.Done(index, _time.GetUtcNow(), sample.Trouble is not null);
            _take(new Sampled(
                device, sample, start + (end - start) / 2, isOverrun, skipped,
                _time.GetElapsedTime(start, end)));
        }
    }

    public void Dispose()
    {
        _link.Dispose();
        _stop.Dispose();
        _abandon.Dispose();
    }
}
