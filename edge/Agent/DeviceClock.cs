using Monitoring.Wire.Records;

namespace Monitoring.Agent;

/// <summary>
/// Gives each image of a device a later time than the one before while a synced clock stands or is
/// set back a little. Set back by more, the clock was wrong before or is now: to hold times then
/// would stamp hours, or years, of images with one instant. So they follow it, and the hub counts
/// those that come too late. A clock that is not synced is followed as it is: a correction puts
/// its times right.
/// </summary>
public sealed class DeviceClock(IReadOnlyDictionary<string, long> lastTimes)
{
    private readonly Dictionary<string, long> _last = new(lastTimes, StringComparer.Ordinal);

    /// <param name="timeMs">What the clock says, in UTC milliseconds.</param>
    public (long TimeMs, ClockState State) Stamp(string device, long timeMs, bool isSynced)
    {
        if (!isSynced)
        {
            return (timeMs, ClockState.Unsynced);
        }

        var state = ClockState.Synced;
        if (_last.TryGetValue(device, out var last) && timeMs <= last
            && last - timeMs <= AgentLimits.ClockHeldMax.TotalMilliseconds)
        {
            timeMs = last + 1;
            state = ClockState.Held;
        }

        _last[device] = timeMs;
        return (timeMs, state);
    }
}
