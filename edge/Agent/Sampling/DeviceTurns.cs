using System.Collections.Immutable;
using Monitoring.Agent.Sites;

namespace Monitoring.Agent.Sampling;

/// <summary>
/// Whose turn it is on one link: the device with the earliest deadline, of several with the same
/// deadline the first in the site file, but after the sound ones those that were in trouble last
/// time: what waiting for them costs then falls into the rest of the cycle. No I/O and no clock.
/// </summary>
public sealed class DeviceTurns
{
    private readonly ImmutableArray<SiteDevice> _devices;
    private readonly TimeSpan[] _phases;
    private readonly DateTimeOffset[] _deadlines;
    private readonly bool[] _hasSkipped;
    private readonly bool[] _isTroubled;

    /// <param name="doneUntil">
    /// Deadlines already served by an earlier owner of the link, by device id; others start now.
    /// </param>
    /// <param name="busy">The share of its time that the link needs for its reads.</param>
    public DeviceTurns(
        ImmutableArray<SiteDevice> devices, DateTimeOffset now,
        IReadOnlyDictionary<string, DateTimeOffset> doneUntil, double busy)
    {
        _devices = devices;
        (_hasSkipped, _isTroubled) = (new bool[devices.Length], new bool[devices.Length]);
        _phases = [.. devices.Select(device => CycleSchedule.Phase(device.Every, busy))];
        _deadlines = [.. devices.Zip(_phases, (device, phase) =>
            doneUntil.TryGetValue(device.Id, out var done) && done < now
                ? CycleSchedule.InCycleAfter(done, device.Every, phase)
                : CycleSchedule.Next(now, device.Every, phase))];
    }

    /// <summary>The device whose turn comes first, and when.</summary>
    public (int Index, DateTimeOffset Deadline) First
    {
        get
        {
            var first = 0;
            for (var i = 1; i < _deadlines.Length; i++)
            {
                if (_deadlines[i] < _deadlines[first]
                    || (_deadlines[i] == _deadlines[first]
                        && _isTroubled[first] && !_isTroubled[i]))
                {
                    first = i;
                }
            }

            return (first, _deadlines[first]);
        }
    }

    /// <summary>
    /// Deadlines further away than a period are of a clock that was set back since; they start
    /// again from now.
    /// </summary>
    public void Rebase(DateTimeOffset now)
    {
        for (var i = 0; i < _deadlines.Length; i++)
        {
            if (_deadlines[i] > now + _devices[i].Every)
            {
                _deadlines[i] = CycleSchedule.Next(now, _devices[i].Every, _phases[i]);
            }
        }
    }

    /// <summary>
    /// True where a read that starts now does not stand for its own cycle any more, since that
    /// is over, or comes after cycles that were skipped.
    /// </summary>
    public bool IsOverrun(int index, DateTimeOffset start) => _hasSkipped[index]
        || start > _deadlines[index] + _devices[index].Every - _phases[index];

    /// <summary>A read has ended.</summary>
    /// <param name="isTroubled">The device gave no good answer.</param>
    /// <returns>How many reads of the device were skipped since its deadline.</returns>
    public long Done(int index, DateTimeOffset now, bool isTroubled)
    {
        (_deadlines[index], var skipped) =
            CycleSchedule.After(_deadlines[index], now, _devices[index].Every);
        (_hasSkipped[index], _isTroubled[index]) = (skipped > 0, isTroubled);
        return skipped;
    }

    /// <summary>The last deadline of each device that was served, for the next owner.</summary>
    public IEnumerable<KeyValuePair<string, DateTimeOffset>> DoneUntil() =>
        _devices.Select((device, index) => new KeyValuePair<string, DateTimeOffset>(
            device.Id, _deadlines[index] - device.Every));
}
