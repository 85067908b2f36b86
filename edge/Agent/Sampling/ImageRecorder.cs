using System.Threading.Channels;
using Monitoring.Agent.Journal;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Sampling;

/// <summary>
/// Turns samples into images and appends them, those that come together in one transaction. Only
/// then are they there to be published. One reader; any number of links write to it.
/// </summary>
public sealed class ImageRecorder(
    Guid boot, JournalWriter writer, DeviceClock clock, Log log, TimeProvider time)
{
    private readonly Channel<Sampled> _samples = Channel.CreateUnbounded<Sampled>(
        new UnboundedChannelOptions { SingleReader = true });

    private readonly Dictionary<string, Reason> _lastTrouble = new(StringComparer.Ordinal);
    private readonly HashSet<string> _held = new(StringComparer.Ordinal);
    private readonly long _bootTimestamp = time.GetTimestamp();
    private long _skippedInAll;

    public void Take(Sampled sampled) => _samples.Writer.TryWrite(sampled);

    /// <summary>No more samples come; <see cref="Run"/> ends after the last one.</summary>
    public void Complete() => _samples.Writer.TryComplete();

    /// <param name="appended">Called after each append.</param>
    public async Task Run(Action appended)
    {
        while (await _samples.Reader.WaitToReadAsync())
        {
            // The devices of a cycle answer within milliseconds of each other: one fsync for all.
            await Task.Delay(AgentLimits.AppendGathering, time);
            Append();
            appended();
        }
    }

    /// <summary>Appends all that was taken.</summary>
    public void Append()
    {
        var isSynced = KernelClock.IsSynced();
        var images = new List<JournalRecord.Image>();
        while (_samples.Reader.TryRead(out var sampled))
        {
            images.Add(ToImage(sampled, isSynced));
        }

        writer.Write(images, time.GetUtcNow().ToUnixTimeMilliseconds());
    }

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
            _skippedInAll += sampled.Skipped;
            log.CyclesSkipped(id, sampled.Skipped, _skippedInAll);
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

        var elapsed = time.GetElapsedTime(_bootTimestamp, sampled.At);
        return new JournalRecord.Image(
            id, timeMs, new Boot(boot, (long)elapsed.TotalMilliseconds), state, readings);
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
