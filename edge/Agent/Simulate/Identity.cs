using System.Text;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;

namespace Monitoring.Agent.Simulate;

/// <summary>Function 43/14: what a simulated instrument says it is.</summary>
internal static class Identity
{
    private const byte Basic = 1;
    private const byte One = 4;

    /// <summary>Regular identification, by stream and one by one.</summary>
    private const byte Conformity = 0x82;
    private const int BasicObjects = 3;
    private const int TextBytesMax = 60;

    public static byte[] Answer(ReadOnlySpan<byte> pdu, DeviceMap map)
    {
        if (pdu.Length != 4 || pdu[1] != ModbusRequest.IdentifyType)
        {
            return SimulatedDevice.Exception(pdu[0], ExceptionCode.IllegalFunction);
        }

        var (level, first) = (pdu[2], pdu[3]);
        if (level is < Basic or > One)
        {
            return SimulatedDevice.Exception(pdu[0], ExceptionCode.IllegalValue);
        }

        // Vendor, product, revision; vendor's page, product name.
        string[] objects = ["Monitoring", map.Id, "simulated", "none", map.Title];
        var end = level == Basic ? BasicObjects : objects.Length;
        if (level == One && first >= end)
        {
            return SimulatedDevice.Exception(pdu[0], ExceptionCode.IllegalAddress);
        }

        // A stream that is asked for from nowhere on begins at its beginning.
        var start = first < end ? first : 0;
        var count = level == One ? 1 : end - start;
        List<byte> answer =
            [pdu[0], ModbusRequest.IdentifyType, level, Conformity, 0, 0, (byte)count];
        for (var id = start; id < start + count; id++)
        {
            var text = Encoding.ASCII.GetBytes(objects[id]);
            var length = Math.Min(text.Length, TextBytesMax);
            answer.AddRange([(byte)id, (byte)length, .. text.AsSpan(0, length)]);
        }

        return [.. answer];
    }
}
