using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>A Modbus link as its own thread uses it: each call blocks until it is done.</summary>
public sealed class ModbusDeviceLink(ModbusLink link, TimeProvider time) : IDeviceLink
{
    public DeviceSample Read(SiteDevice device, CancellationToken abandon)
    {
        var (utc, start) = (time.GetUtcNow(), time.GetTimestamp());
        var outcome = ReadBlock(device, abandon);
        var middle = utc + time.GetElapsedTime(start) / 2;
        var timeMs = middle.ToUnixTimeMilliseconds();
        if (outcome is ReadOutcome.Words words)
        {
            return new DeviceSample(
                timeMs, ImageDecoder.Decode(device.Map, words.Values, timeMs), null);
        }

        var (reason, detail) = outcome.Fault();
        return new DeviceSample(
            timeMs, ImageDecoder.Absent(device.Map, reason, timeMs),
            new SampleTrouble(reason, detail));
    }

    public void Dispose() => link.Dispose();

    private ReadOutcome ReadBlock(SiteDevice device, CancellationToken abandon)
    {
        try
        {
            return link.Read((byte)device.Address, device.Map.Block, abandon)
                .GetAwaiter().GetResult();
        }
        catch (OperationCanceledException)
        {
            return new ReadOutcome.Failed(Reason.Timeout, "the agent stops");
        }
    }
}
