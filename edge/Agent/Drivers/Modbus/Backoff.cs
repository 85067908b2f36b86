namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>What failed is tried again after a time that doubles with each failure.</summary>
public sealed class Backoff(TimeSpan min, TimeSpan max, TimeProvider time)
{
    private long _since;
    private TimeSpan _wait;

    /// <summary>The last try failed.</summary>
    public bool HasFailed => _wait > TimeSpan.Zero;

    /// <summary>The try after a failure failed too.</summary>
    public bool HasFailedAgain => _wait > min;

    public bool IsWaiting => HasFailed && time.GetElapsedTime(_since) < _wait;

    public void Fail()
    {
        var doubled = _wait * 2;
        _wait = !HasFailed ? min : doubled < max ? doubled : max;
        _since = time.GetTimestamp();
    }

    public void Succeed() => _wait = TimeSpan.Zero;
}
