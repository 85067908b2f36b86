using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// Which registers and bits an instrument has: those of its points, and the holes between them
/// where its map says that they may be read.
/// </summary>
public sealed class RegisterSpace(DeviceMap map)
{
    private readonly ILookup<RegisterTable, DevicePoint> _points =
        map.Points.ToLookup(point => point.Registers.Table);

    public bool Has(RegisterTable table) => _points.Contains(table);

    /// <summary>The exception that a request for these gets; null: they can be read.</summary>
    public ExceptionCode? Refusal(RegisterTable table, int start, int count)
    {
        var limits = map.Limits;
        var countMax = ModbusRequest.IsBits(table) ? limits.BitsMax : limits.RegistersMax;
        if (count < 1 || count > countMax)
        {
            return ExceptionCode.IllegalValue;
        }

        var concerned = Points(table, start, count);
        if (!limits.MergeAllowed && concerned.Length > 1)
        {
            return ExceptionCode.IllegalValue;
        }

        var isForbidden = limits.Forbidden.Any(range =>
            range.Table == table && range.First < start + count && range.Last >= start);
        return !isForbidden && Exists(table, start, count)
            ? null
            : ExceptionCode.IllegalAddress;
    }

    /// <summary>The points that have registers in a span.</summary>
    public ImmutableArray<DevicePoint> Points(RegisterTable table, int start, int count) =>
    [
        .. _points[table].Where(point => point.Registers.Address < start + count
            && point.Registers.Address + point.Registers.Count > start),
    ];

    private bool Exists(RegisterTable table, int start, int count)
    {
        var sources = _points[table].Select(point => point.Registers).ToList();
        return map.Limits.HolesAllowed
            ? start >= sources.Min(source => source.Address)
                && start + count <= sources.Max(source => source.Address + source.Count)
            : Enumerable.Range(start, count).All(address => sources.Any(source =>
                address >= source.Address && address < source.Address + source.Count));
    }
}
