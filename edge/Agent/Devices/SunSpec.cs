using System.Collections.Immutable;
using Monitoring.Wire;

namespace Monitoring.Agent.Devices;

/// <summary>One model of a SunSpec device.</summary>
/// <param name="Start">Of the register with its id; the length and the points follow.</param>
/// <param name="Length">Registers after the length.</param>
public readonly record struct SunSpecModel(int Id, int Start, int Length);

/// <summary>What a device says of itself when it is asked for its SunSpec models.</summary>
public abstract record SunSpecDiscovery
{
    private SunSpecDiscovery()
    {
    }

    /// <summary>
    /// The chain of models, and what the first of them tells; empty where it is silent.
    /// </summary>
    public sealed record Found(
        ImmutableArray<SunSpecModel> Models, string Manufacturer, string Model, string Serial)
        : SunSpecDiscovery;

    /// <summary>No chain of models, and why it is thought so.</summary>
    public sealed record Nothing(string Why) : SunSpecDiscovery;
}

/// <summary>
/// SunSpec devices list their models in their own registers: a mark, then (id, length) of each
/// model. A map names model and place; discovery turns that into addresses.
/// </summary>
public static class SunSpec
{
    private const ushort MarkHigh = 0x5375;
    private const ushort MarkLow = 0x6E53;
    private const ushort EndId = 0xFFFF;
    private const int CommonId = 1;

    // Where the mark may be; the neighbours, for devices that count from 1.
    private static readonly int[] Bases = [40000, 50000, 0, 40001, 39999, 50001, 49999, 1];

    // Of the common model: place and registers.
    private static readonly PointSource.Registers Manufacturer = CommonText(2);
    private static readonly PointSource.Registers ModelName = CommonText(18);
    private static readonly PointSource.Registers Serial = CommonText(50);

    /// <summary>Reads the chain, by at most a few hundred small requests.</summary>
    /// <param name="read">The holding registers of a block; null: they cannot be read.</param>
    public static SunSpecDiscovery Discover(Func<ReadBlock, ushort[]?> read)
    {
        foreach (var start in Bases)
        {
            if (Holding(read, start, 2) is [MarkHigh, MarkLow])
            {
                return Walk(read, start + 2);
            }
        }

        return new SunSpecDiscovery.Nothing(
            $"there is no 'SunS' at register {string.Join(", ", Bases)}");
    }

    /// <summary>
    /// The map with the addresses of this device. A point whose models the device does not have,
    /// or too short, stays without registers.
    /// </summary>
    public static DeviceMap Resolve(DeviceMap map, SunSpecDiscovery.Found found) => map with
    {
        Points = [.. map.Points.Select(point => point with
        {
            Source = Place(point.Source, found.Models) ?? point.Source,
        })],
    };

    private static PointSource.Registers? Place(
        PointSource source, ImmutableArray<SunSpecModel> models)
    {
        if (source is not PointSource.ModelPoint point)
        {
            return null;
        }

        foreach (var model in models.Where(model => point.Models.Contains(model.Id)))
        {
            var within = point.Within;
            return within.Address + within.Count <= model.Length + 2
                ? within with { Address = model.Start + within.Address }
                : null;
        }

        return null;
    }

    private static SunSpecDiscovery Walk(Func<ReadBlock, ushort[]?> read, int start)
    {
        var models = ImmutableArray.CreateBuilder<SunSpecModel>();
        while (Holding(read, start, 2) is [var id, var length] && id != EndId)
        {
            if (models.Count == AgentLimits.SunSpecModelsMax)
            {
                return new SunSpecDiscovery.Nothing(
                    $"the chain of models has no end after {models.Count}");
            }

            if (start + 2 + length > ushort.MaxValue + 1)
            {
                return new SunSpecDiscovery.Nothing(
                    $"model {id} at register {start} ends after register 65535");
            }

            models.Add(new SunSpecModel(id, start, length));
            start += 2 + length;
        }

        if (models.FirstOrDefault() is not { Id: CommonId } common)
        {
            return new SunSpecDiscovery.Nothing("the chain does not begin with model 1");
        }

        return new SunSpecDiscovery.Found(
            models.ToImmutable(), Text(read, common, Manufacturer),
            Text(read, common, ModelName), Text(read, common, Serial));
    }

    private static ushort[]? Holding(Func<ReadBlock, ushort[]?> read, int start, int count)
    {
        if (start + count > ushort.MaxValue + 1)
        {
            return null;
        }

        var words = read(new ReadBlock(RegisterTable.Holding, start, count));
        Invariant.That(words is null || words.Length == count);
        return words;
    }

    private static string Text(
        Func<ReadBlock, ushort[]?> read, SunSpecModel common, PointSource.Registers source)
    {
        var words = source.Address + source.Count <= common.Length + 2
            ? Holding(read, common.Start + source.Address, source.Count)
            : null;
        return words is null ? "" : RegisterCodec.Decode(source, words, 0).Value?.Text ?? "";
    }

    private static PointSource.Registers CommonText(int address) =>
        new(RegisterTable.Holding, address, RegisterType.Text) { TextRegisters = 16 };
}
