using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>What became of the requests of all links; counted from any thread.</summary>
public sealed class RequestCounts
{
    private long _asked;
    private long _unanswered;
    private long _damaged;

    public long Asked => Interlocked.Read(ref _asked);

    public long Unanswered => Interlocked.Read(ref _unanswered);

    /// <summary>An answer came that was damaged, or none to the request.</summary>
    public long Damaged => Interlocked.Read(ref _damaged);

    public void Add(ModbusOutcome outcome)
    {
        Interlocked.Increment(ref _asked);
        switch (outcome)
        {
            case ModbusOutcome.Failed { Reason: Reason.Timeout }:
                Interlocked.Increment(ref _unanswered);
                break;
            case ModbusOutcome.Failed { Reason: Reason.Crc or Reason.BadFrame }:
                Interlocked.Increment(ref _damaged);
                break;
        }
    }
}
