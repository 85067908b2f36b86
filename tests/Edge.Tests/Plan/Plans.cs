using System.Collections.Immutable;
using CsCheck;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;

namespace Monitoring.Tests;

/// <summary>A device map with the link that it is read on.</summary>
public sealed record PlanCase(DeviceMap Map, LinkCost Cost)
{
    public ReadPlan Plan(DeviceLearning? learned = null) =>
        ReadPlan.For(Map, Cost, learned ?? DeviceLearning.None);

    public TimeSpan TimeOf(IEnumerable<ReadBlock> blocks) =>
        blocks.Aggregate(TimeSpan.Zero, (sum, block) => sum + Cost.TimeOf(block, Map.Limits));

    public override string ToString() =>
        $"{Cost.PerByte.TotalMicroseconds} us/B, {Map.Limits} "
        + $"forbidden [{string.Join(", ", Map.Limits.Forbidden)}] points "
        + string.Join(", ", Map.Points.Select(point =>
            $"{point.Registers.Table} {point.Registers.Address}+{point.Registers.Count}"));
}

/// <summary>Maps, links and plans for the tests of the plan.</summary>
internal static class Plans
{
    public static readonly SiteLink.Serial Bus9600 = new SiteLink.Serial(
        "bus", "/dev/ttyS0", 9600, SerialParity.None, 1, TimeSpan.FromSeconds(1));

    public static readonly SiteLink Network = new SiteLink.Tcp(
        "lan", "10.0.0.5", 502, IsRtu: false, TimeSpan.FromSeconds(1));

    private static readonly Gen<PointSource.Registers> Source = Gen.Select(
        Gen.Enum<RegisterTable>(), Gen.Int[0, 60], Gen.Int[0, 5],
        (table, address, kind) => IsBits(table)
            ? new PointSource.Registers(table, address, RegisterType.Bit)
            : kind switch
            {
                0 => new PointSource.Registers(table, address, RegisterType.U16),
                1 => new PointSource.Registers(table, address, RegisterType.F32),
                2 => new PointSource.Registers(table, address, RegisterType.I64),
                3 => new PointSource.Registers(table, address, RegisterType.Bit) { Bit = 3 },
                4 => new PointSource.Registers(table, address, RegisterType.Text)
                {
                    TextRegisters = 1 + address % 9,
                },
                _ => new PointSource.Registers(table, address, RegisterType.Bcd32),
            });

    private static readonly Gen<RequestLimits> Limits = Gen.Select(
        Gen.Int[1, 40], Gen.Int[1, 60], Gen.Int[0, 9], Gen.Int[0, 40],
        Gen.Select(
            Gen.Enum<RegisterTable>(), Gen.Int[0, 60], Gen.Int[0, 3],
            (table, first, more) => new RegisterRange(table, first, first + more)).Array[0, 3],
        (registers, bits, flags, delay, forbidden) => new RequestLimits
        {
            RegistersMax = registers,
            BitsMax = bits,
            MergeAllowed = flags != 0,
            HolesAllowed = flags is not (1 or 2),
            Forbidden = [.. forbidden],
            TypicalDelay = TimeSpan.FromMilliseconds(delay),
        });

    private static readonly Gen<LinkCost> Cost = Gen.Int[0, 4]
        .Select(i => new[] { 0, 300, 1200, 9600, 115_200 }[i])
        .Select(baud => LinkCost.Of(
            baud == 0 ? Network : Bus9600 with { Baud = baud }));

    public static Gen<PlanCase> Cases(int pointsMax) => Gen.Select(
        Source.Array[1, pointsMax], Limits, Cost,
        (sources, limits, cost) => new PlanCase(Map(limits, sources), cost));

    public static bool IsBits(RegisterTable table) =>
        table is RegisterTable.Coil or RegisterTable.Discrete;

    public static DeviceMap Map(RequestLimits limits, params PointSource.Registers[] sources) =>
        new()
        {
            Id = "m",
            Title = "m",
            Source = "made for a test",
            Protocol = DeviceProtocol.Modbus,
            Limits = limits,
            Points = [.. sources.Select((source, index) => new DevicePoint
            {
                Id = $"p{index}",
                Quantity = "x",
                Unit = "1",
                Source = source,
            })],
            StatusRules = [],
            SequencePoint = null,
        };

    /// <summary>Blocks as people write them: H0+4 is four holding registers from 0.</summary>
    public static string Text(ReadPlan plan) => string.Join(' ', plan.Reads.Select(
        read => $"{read.Block.Table.ToString()[0]}{read.Block.Start}+{read.Block.Count}"));

    /// <summary>Whether a request may hold these points together; written once more.</summary>
    public static bool IsLawful(RequestLimits limits, IReadOnlyList<PointSource.Registers> points)
    {
        var block = Hull(points);
        var own = points.SelectMany(point => Enumerable.Range(point.Address, point.Count)).ToSet();
        var isOneValue = points.Any(point => point.Count == block.Count);
        return points.All(point => point.Table == block.Table)
            && block.Count <= (IsBits(block.Table) ? limits.BitsMax : limits.RegistersMax)
            && (limits.HolesAllowed || own.Count == block.Count)
            && (limits.MergeAllowed || isOneValue)
            && !limits.Forbidden.Any(range =>
                range.Table == block.Table && range.First < block.Start + block.Count
                && block.Start <= range.Last);
    }

    public static ReadBlock Hull(IReadOnlyList<PointSource.Registers> points)
    {
        var start = points.Min(point => point.Address);
        return new ReadBlock(
            points[0].Table, start, points.Max(point => point.Address + point.Count) - start);
    }

    private static HashSet<int> ToSet(this IEnumerable<int> registers) => [.. registers];
}
