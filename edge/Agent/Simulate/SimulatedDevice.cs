using System.Buffers.Binary;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;
using Monitoring.Wire;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// One instrument: answers reads of its block with the row of the moment, encoded as its map says,
/// and counts the images it served.
/// </summary>
public sealed class SimulatedDevice(
    SiteDevice device, ReplayTable table, TimeSpan step, ServedLog log)
{
    private const byte IllegalFunction = 1;
    private const byte IllegalAddress = 2;
    private const byte IllegalCount = 3;

    private readonly Lock _lock = new();
    private long _sequence;

    public string Id => device.Id;

    /// <summary>The answer to a whole request frame.</summary>
    public byte[] Answer(ReadOnlySpan<byte> request, DateTimeOffset now)
    {
        var function = request[7];
        var block = device.Map.Block;
        if (function != ModbusFrame.FunctionOf(block.Table))
        {
            return ModbusFrame.Exception(request, function, IllegalFunction);
        }

        int start = BinaryPrimitives.ReadUInt16BigEndian(request[8..]);
        int count = BinaryPrimitives.ReadUInt16BigEndian(request[10..]);
        if (count is 0 or > AgentLimits.RegistersPerReadMax)
        {
            return ModbusFrame.Exception(request, function, IllegalCount);
        }

        if (start < block.Start || start + count > block.Start + block.Count)
        {
            return ModbusFrame.Exception(request, function, IllegalAddress);
        }

        lock (_lock)
        {
            var words = Serve(start, count, now);
            return ModbusFrame.Answer(request, function, words);
        }
    }

    private ushort[] Serve(int start, int count, DateTimeOffset now)
    {
        var map = device.Map;
        var counter = map.Points.FirstOrDefault(point => point.Id == map.SequencePoint);
        var isImage = counter is not null && counter.Registers.Address >= start
            && counter.Registers.Address + counter.Registers.Count <= start + count;
        var next = isImage ? _sequence + 1 : _sequence;
        var row = table.RowAt(now, step);
        var values = new Dictionary<string, double>(StringComparer.Ordinal);
        var block = new ushort[map.Block.Count];
        foreach (var point in map.Points)
        {
            var value = point == counter ? next : table.Value(row, device.Id, point.Id);
            var words = RegisterCodec.Encode(point, value);
            Invariant.That(words is not null);
            words!.CopyTo(block, point.Registers.Address - map.Block.Start);
        }

        foreach (var reading in ImageDecoder.Decode(map, block, now.ToUnixTimeMilliseconds()))
        {
            if (reading.Point != map.SequencePoint && reading.Value is { } value)
            {
                values[reading.Point] = value.AsNumber()!.Value;
            }
        }

        if (isImage)
        {
            // Logged before it is sent: what an edge has seen is always in the log.
            _sequence = next;
            log.Append(now.ToUnixTimeMilliseconds(), device.Id, next, row, values);
        }

        return block[(start - map.Block.Start)..(start - map.Block.Start + count)];
    }
}
