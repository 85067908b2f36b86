using System.Collections.Immutable;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Sampling;

/// <summary>A device's sample and what the loop knows of it.</summary>
/// <param name="At">The monotonic timestamp of the middle of the read.</param>
/// <param name="IsOverrun">It was read too late for its own cycle.</param>
/// <param name="Skipped">Reads of the device that had to be left out after it.</param>
public sealed record Sampled(
    SiteDevice Device, DeviceSample Sample, long At, bool IsOverrun, long Skipped);

/// <summary>
/// The one owner of a link: a thread that reads its devices when they are due. A thread, since
/// its calls block: that costs a device's read two system calls and no wake-up of another thread.
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
    private readonly Thread _thread;

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
        _thread = new Thread(Run, maxStackSize: 256 * 1024)
        {
            Name = $"link {site.Id}",
            IsBackground = true,
        };
    }

    public SiteLink Site { get; }

    /// <summary>Ends after <see cref="Stop"/>, or with the error that ended the thread.</summary>
    public Task Ended => _ended.Task;

    public bool Serves(SiteLink site, IEnumerable<SiteDevice> devices) =>
        Site == site && _devices.SequenceEqual(devices);

    public void Start() => _thread.Start();

    /// <summary>The read under way is finished, unless it takes longer than that.</summary>
    public void Stop(TimeSpan within)
    {
        _stop.Cancel();
        _abandon.CancelAfter(within);
    }

    /// <summary>The deadlines that were served; after the end only.</summary>
    public IEnumerable<KeyValuePair<string, DateTimeOffset>> DoneUntil() => _turns.DoneUntil();

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
            var middle = start + (_time.GetTimestamp() - start) / 2;
            var skipped = _turns.Done(index, _time.GetUtcNow(), sample.Trouble is not null);
            _take(new Sampled(device, sample, middle, isOverrun, skipped));
        }
    }

    public void Dispose()
    {
        _link.Dispose();
        _stop.Dispose();
        _abandon.Dispose();
    }

    private void Run()
    {
        try
        {
            while (WaitForTurn())
            {
                ReadDue(_stop.Token);
            }

            _ended.SetResult();
        }
        catch (Exception e)
        {
            // A bug; the cycle hands it to the one place that says it and ends the agent.
            _ended.SetException(e);
        }
    }

    private bool WaitForTurn()
    {
        var wait = _turns.First.Deadline - _time.GetUtcNow();
        if (wait <= TimeSpan.Zero)
        {
            return !_stop.IsCancellationRequested;
        }

        // Never for longer than a period, should the clock be set back while waiting; rounded up,
        // since a wait that ends a moment early is followed by another one.
        var longest = _devices[_turns.First.Index].Every;
        var milliseconds = Math.Ceiling((wait < longest ? wait : longest).TotalMilliseconds);
        return !_stop.Token.WaitHandle.WaitOne((int)milliseconds);
    }
}
