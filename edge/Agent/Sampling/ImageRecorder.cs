using Monitoring.Agent.Journal;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Sampling;

/// <summary>
/// Turns samples into images and appends them, those that come together in one transaction. Only
/// then are they there to be published. One reader; any number of links write to it.
/// </summary>
public sealed class ImageRecorder(
    Guid boot, JournalWriter writer, DeviceClock clock, Log log, TimeProvider time)
{
    // Also the lock of what is below. Its one reader waits for the first sample only.
    private readonly Queue<Sampled> _samples = new();
    private bool _isComplete;
    private long _lost;

    private readonly Dictionary<string, Reason> _lastTrouble = new(StringComparer.Ordinal);
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    private readonly long _bootTimestamp = time.GetTimestamp();
    private readonly SortedSet<string> _skipping = new(StringComparer.Ordinal);
    private long _skipped;
    private long _skippedInAll;
    private long? _skippedSaid;

    // What the clock said at the start, when it was last known to be right.
    private long? _zeroMs;

    /// <summary>Whether the clock is right; the kernel's word unless a test has another.</summary>
    public Func<bool> IsClockSynced { get; init; } = KernelClock.IsSynced;

    /// <summary>Told with the images once a minute; null: of nobody.</summary>
    public GatewayHealth? Health { get; init; }

    public void Take(Sampled sampled)
    {
        lock (_samples)
        {
            if (_samples.Count == AgentLimits.ImagesInMemoryMax)
            {
                // The disk is slower than the instruments. The next append says so.
                _lost++;
                return;
            }

            _samples.Enqueue(sampled);
            if (_samples.Count == 1)
            {
                Monitor.Pulse(_samples);
            }
        }
    }

    /// <summary>No more samples come; <see cref="Run"/> ends after the last one.</summary>
    public void Complete()
    {
        lock (_samples)
        {
            _isComplete = true;
            Monitor.Pulse(_samples);
        }
    }

    /// <param name="appended">Called after each append.</param>
    public Task Run(Action appended) => Task.Factory.StartNew(
        () => Record(appended), CancellationToken.None, TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    /// <summary>Appends all that was taken.</summary>
    public void Append()
    {
        var isSynced = IsClockSynced();
        var nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        var zeroMs = nowMs - SinceBoot(time.GetTimestamp());
        if (isSynced)
        {
            var setBack = TimeSpan.FromMilliseconds((_zeroMs ?? zeroMs) - zeroMs);
            if (setBack > AgentLimits.ClockHeldMax)
            {
                log.ClockSetBack(setBack);
            }

            _zeroMs = zeroMs;
        }

        var images = new List<JournalRecord>();
        var (samples, lost) = TakeAll();
        foreach (var sampled in samples)
        {
            // What was read before the clock was set right has the wrong time still.
            var zeroThenMs = sampled.Sample.TimeMs - SinceBoot(sampled.At);
            var wasSynced =
                isSynced && Math.Abs(zeroThenMs - zeroMs) <= ClockCorrections.ToleranceMs;
            images.Add(ToImage(sampled, wasSynced));
            Health?.Took(sampled);
        }

        if (Health is { IsDue: true } health)
        {
            var (timeMs, state) = clock.Stamp(Gateway.OwnDevice, nowMs, isSynced);
            images.Add(new JournalRecord.Image(
                Gateway.OwnDevice, timeMs, new Boot(boot, SinceBoot(time.GetTimestamp())), state,
                health.Readings(timeMs, isSynced)));
        }

        TellSkipped();
        if (lost > 0)
        {
            writer.Lose(lost, nowMs);
        }

        var start = time.GetTimestamp();
        writer.Write(images, nowMs, isSynced);
        Health?.Appended(time.GetElapsedTime(start));
        if (isSynced && writer.Clock.Synced(zeroMs, nowMs) is { Count: > 0 } corrections)
        {
            foreach (var one in corrections)
            {
                log.ClockCorrected(one.First, one.Last, one.ShiftMs);
            }

            writer.Write(corrections, nowMs, isSynced);
        }
    }

    /// <summary>
    /// On a thread of its own, since it blocks: on a pool each wait would cost more wake-ups.
    /// </summary>
    private void Record(Action appended)
    {
        while (WaitForSamples())
        {
            Append();
            appended();
        }
    }

    /// <summary>False: the last one was taken.</summary>
    private bool WaitForSamples()
    {
        lock (_samples)
        {
            while (_samples.Count == 0 && !_isComplete)
            {
                Monitor.Wait(_samples);
            }

            // The devices of a cycle answer within milliseconds of each other: one fsync for all.
            if (!_isComplete)
            {
                Monitor.Wait(_samples, AgentLimits.AppendGathering);
            }

            return _samples.Count > 0;
        }
    }

    private (Sampled[] Samples, long Lost) TakeAll()
    {
        lock (_samples)
        {
            var taken = (_samples.ToArray(), _lost);
            _samples.Clear();
            _lost = 0;
            return taken;
        }
    }

    private long SinceBoot(long timestamp) =>
        (long)time.GetElapsedTime(_bootTimestamp, timestamp).TotalMilliseconds;

    private JournalRecord.Image ToImage(Sampled sampled, bool isSynced)
    {
        var (id, sample) = (sampled.Device.Id, sampled.Sample);
        var (timeMs, state) = clock.Stamp(id, sample.TimeMs, isSynced);
        var isNews = state == ClockState.Held ? _held.Add(id) : _held.Remove(id);
        if (isNews && state == ClockState.Held)
        {
            log.ClockWentBack(id, timeMs - sample.TimeMs);
        }

        if (sampled.Skipped > 0)
        {
            _skipping.Add(id);
            _skipped += sampled.Skipped;
            _skippedInAll += sampled.Skipped;
        }

        LogChange(id, sample.Trouble);
        var readings = sample.Readings;
        if (sampled.IsOverrun || timeMs != sample.TimeMs)
        {
            var shift = timeMs - sample.TimeMs;
            readings = [.. readings.Select(reading => Marked(reading, sampled.IsOverrun) with
            {
                TimeMs = reading.TimeMs + shift,
            })];
        }

        return new JournalRecord.Image(
            id, timeMs, new Boot(boot, SinceBoot(sampled.At)), state, readings);
    }

    /// <summary>A link that cannot keep its rate would fill the log.</summary>
    private void TellSkipped()
    {
        var now = time.GetTimestamp();
        var isSaid = _skippedSaid is { } said
            && time.GetElapsedTime(said, now) < AgentLimits.SkippedSaidEvery;
        if (_skipped == 0 || isSaid)
        {
            return;
        }

        log.CyclesSkipped(_skipping, _skipped, _skippedInAll);
        _skipping.Clear();
        (_skipped, _skippedSaid) = (0, now);
    }

    private static Reading Marked(Reading reading, bool isOverrun) =>
        isOverrun && reading.Quality == Quality.Good
            ? reading with { Quality = Quality.Uncertain, Reason = Reason.CycleOverrun }
            : reading;

    private void LogChange(string device, Drivers.SampleTrouble? trouble)
    {
        var reason = trouble?.Reason ?? Reason.None;
        var before = _lastTrouble.GetValueOrDefault(device, Reason.None);
        _lastTrouble[device] = reason;
        if (reason == before)
        {
            return;
        }

        if (trouble is null)
        {
            log.DeviceAnswers(device);
        }
        else
        {
            log.DeviceSilent(device, Reasons.NameOf(reason), trouble.Detail);
        }
    }
}
