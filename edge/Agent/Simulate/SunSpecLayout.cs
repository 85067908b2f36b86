using System.Collections.Immutable;
using Monitoring.Agent.Devices;

namespace Monitoring.Agent.Simulate;

/// <summary>
/// Gives a SunSpec map registers, as a device of that kind would: the mark, the models that the
/// map wants one after the other, the end. Mark and heads of models are points of their own.
/// </summary>
internal static class SunSpecLayout
{
    private const int MarkAt = 40_000;
    private const long Mark = 0x5375_6E53;
    private const int HeadRegisters = 2;
    private const int Common = 1;
    private const int CommonLength = 66;
    private const int EndId = ushort.MaxValue;
    private const string Prefix = "sunspec-";

    /// <summary>The map with registers; one that has them already is left as it is.</summary>
    public static DeviceMap Place(DeviceMap map)
    {
        if (!map.IsSunSpec)
        {
            return map;
        }

        var models = Chain(map).ToImmutableArray();
        var placed = SunSpec.Resolve(map, new SunSpecDiscovery.Found(models, "", "", ""));
        var end = models[^1].Start + HeadRegisters + models[^1].Length;
        return placed with
        {
            Points =
            [
                .. placed.Points,
                Head(MarkAt, RegisterType.U32, Mark),
                .. models.Append(new SunSpecModel(EndId, end, 0)).SelectMany(model => new[]
                {
                    Head(model.Start, RegisterType.U16, model.Id),
                    Head(model.Start + 1, RegisterType.U16, model.Length),
                }),
            ],
        };
    }

    /// <summary>What the points of mark and heads always show.</summary>
    public static IEnumerable<Act> Acts(DeviceMap map) =>
        from point in map.Points
        where point.Id.StartsWith(Prefix, StringComparison.Ordinal)
        let value = decimal.Parse(point.Id[(point.Id.LastIndexOf('-') + 1)..], null)
        select new Act(
            null, null, point.Id, TimeSpan.Zero, TimeSpan.MaxValue, new Behaviour.Constant(value));

    private static IEnumerable<SunSpecModel> Chain(DeviceMap map)
    {
        var wanted = map.Points.Select(point => point.Source).OfType<PointSource.ModelPoint>()
            .GroupBy(point => point.Models[0]).OrderBy(group => group.Key)
            .Where(group => group.Key != Common)
            .Select(group => (Id: group.Key, Length: group.Max(
                point => point.Within.Address + point.Within.Count) - HeadRegisters));
        var start = MarkAt + HeadRegisters;
        foreach (var (id, length) in wanted.Prepend((Common, CommonLength)))
        {
            yield return new SunSpecModel(id, start, length);
            start += HeadRegisters + length;
        }
    }

    private static DevicePoint Head(int address, RegisterType type, long value) => new()
    {
        Id = $"{Prefix}{address}-{value}",
        Quantity = "head",
        Unit = "1",
        Source = new PointSource.Registers(RegisterTable.Holding, address, type),
    };
}
