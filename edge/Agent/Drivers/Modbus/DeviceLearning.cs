using System.Collections.Immutable;
using Monitoring.Agent.Devices;

namespace Monitoring.Agent.Drivers.Modbus;

/// <summary>
/// What a device's answers taught about the requests it bears. A plan made with it never asks
/// again for what was refused. Where an answer changes nothing, asking again at once is no use. Of
/// a device that was away for long it may all be wrong: forget it.
/// </summary>
public sealed record DeviceLearning
{
    public static readonly DeviceLearning None = new();

    /// <summary>
    /// Sizes that devices are known to stop at, in registers; of bits there are 16 times as many.
    /// </summary>
    private static readonly ImmutableArray<int> Sizes =
        [123, 120, 118, 100, 64, 60, 50, 32, 16, 8, 4, 2, 1];

    /// <summary>
    /// Ranges that the device refused, none within another: what contains one is not asked for.
    /// </summary>
    public ImmutableArray<RegisterRange> Refused { get; private init; } = [];

    /// <summary>Ranges that the device served, none within another.</summary>
    public ImmutableArray<RegisterRange> Served { get; private init; } = [];

    private int RegistersMax { get; init; } = int.MaxValue;

    private int BitsMax { get; init; } = int.MaxValue;

    /// <summary>Values of a request, unless it is for a single larger value.</summary>
    public int CountMax(RegisterTable table) =>
        ModbusRequest.IsBits(table) ? BitsMax : RegistersMax;

    /// <summary>Whether the device has served all of these before.</summary>
    public bool HasServed(RegisterRange range) => Served.Any(known => known.Contains(range));

    /// <summary>The device answered with values.</summary>
    public DeviceLearning AfterServed(ReadBlock block)
    {
        var served = RegisterRange.Of(block);
        return HasServed(served) ? this : this with
        {
            Served = [.. Served.Where(known => !served.Contains(known)), served],
        };
    }

    /// <summary>The device has no such registers, or not all of them.</summary>
    public DeviceLearning AfterIllegalAddress(ReadBlock block)
    {
        // What it has served before, it has: it is not itself just now, and nothing is learned.
        var refused = RegisterRange.Of(block);
        return HasServed(refused) ? this : this with
        {
            Refused = [.. Refused.Where(known => !known.Contains(refused)), refused],
        };
    }

    /// <summary>The device does not like the request, most often its size.</summary>
    public DeviceLearning AfterIllegalValue(ReadBlock block)
    {
        // It has served as many, or it was one value that cannot be had in parts: then the size
        // is not to blame, or nothing can be done about it.
        var isBits = ModbusRequest.IsBits(block.Table);
        var hasServedAsMany = Served.Any(known =>
            ModbusRequest.IsBits(known.Table) == isBits && known.Count >= block.Count);
        if (hasServedAsMany || block.Count == 1 || block.Count > CountMax(block.Table))
        {
            return AfterIllegalAddress(block);
        }

        var unit = isBits ? 16 : 1;
        var smaller = Math.Max(1, Sizes.FirstOrDefault(size => size * unit < block.Count) * unit);
        return isBits ? this with { BitsMax = smaller } : this with { RegistersMax = smaller };
    }
}
