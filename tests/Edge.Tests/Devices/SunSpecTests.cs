using CsCheck;
using Monitoring.Agent;
using Monitoring.Agent.Devices;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Devices;

/// <summary>A register space with a chain of models, as a SunSpec device has it.</summary>
public sealed class SunSpecTests
{
    private readonly Dictionary<int, ushort> _space = [];
    private int _reads;

    private ushort[]? Read(ReadBlock block)
    {
        _reads++;
        Assert.Equal(RegisterTable.Holding, block.Table);
        Assert.InRange(block.Count, 1, AgentLimits.RegistersPerReadMax);
        var addresses = Enumerable.Range(block.Start, block.Count).ToList();
        return addresses.TrueForAll(_space.ContainsKey)
            ? [.. addresses.Select(address => _space[address])]
            : null;
    }

    private int Put(int start, params ushort[] words)
    {
        foreach (var word in words)
        {
            _space[start++] = word;
        }

        return start;
    }

    /// <summary>The mark and the common model; the place of the next model.</summary>
    private int PutCommon(int start)
    {
        var model = new ushort[68];
        (model[0], model[1]) = (1, 66);
        var text = new PointSource.Registers(RegisterTable.Holding, 0, RegisterType.Text)
        {
            TextRegisters = 16,
        };
        RegisterCodec.WriteText(text, "Maker", model.AsSpan(2, 16));
        RegisterCodec.WriteText(text, "Meter 3", model.AsSpan(18, 16));
        RegisterCodec.WriteText(text, "A-17", model.AsSpan(50, 16));
        return Put(Put(start, 0x5375, 0x6E53), model);
    }

    private SunSpecDiscovery.Found Found() =>
        Assert.IsType<SunSpecDiscovery.Found>(SunSpec.Discover(Read));

    private string Nothing() =>
        Assert.IsType<SunSpecDiscovery.Nothing>(SunSpec.Discover(Read)).Why;

    private static DeviceMap Map(string points)
    {
        var faults = new Faults();
        var map = DeviceMapReader.Read(
            "demo.yaml",
            "id: demo\ntitle: Demo\nsource: test\nprotocol: modbus\naddress_base: 0\npoints:\n"
            + points, faults);
        Assert.Empty(faults.All);
        return map;
    }

    [Theory]
    [InlineData(40000)]
    [InlineData(50000)]
    [InlineData(0)]
    [InlineData(40001)]
    [InlineData(49999)]
    [InlineData(1)]
    public void The_chain_is_found_at_any_of_its_lawful_places(int start)
    {
        var at = Put(Put(PutCommon(start), 103, 50), new ushort[50]);
        Put(Put(Put(at, 160, 8), new ushort[8]), 0xFFFF, 0);
        var found = Found();
        Assert.Equal(
            [
                new SunSpecModel(1, start + 2, 66),
                new SunSpecModel(103, start + 70, 50),
                new SunSpecModel(160, start + 122, 8),
            ],
            found.Models);
        Assert.Equal(("Maker", "Meter 3", "A-17"), (found.Manufacturer, found.Model, found.Serial));
    }

    [Fact]
    public void A_chain_without_an_end_is_refused_and_one_cut_off_is_used()
    {
        var at = PutCommon(40000);
        Put(at, 103, 50);
        Assert.Equal([1, 103], Found().Models.Select(model => model.Id));

        Put(at, [.. Enumerable.Repeat((ushort)0, 60_000 - at)]);
        Assert.Contains("has no end", Nothing(), StringComparison.Ordinal);
        Put(at, 103, 0xFFFE);
        Assert.Contains("ends after register 65535", Nothing(), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_other_device_is_told_from_one_with_models()
    {
        Assert.Contains("no 'SunS'", Nothing(), StringComparison.Ordinal);
        Put(40000, 0x5375, 0x6E53, 103, 50);
        Assert.Contains("model 1", Nothing(), StringComparison.Ordinal);
    }

    [Fact]
    public void Any_registers_end_in_a_finding_after_few_reads() =>
        Gen.UShort.Array[300].Sample(
            words =>
            {
                _space.Clear();
                _reads = 0;
                Put(PutCommon(40000), words);
                Assert.NotNull(SunSpec.Discover(Read));
                Assert.InRange(_reads, 1, AgentLimits.SunSpecModelsMax + 20);
            }, threads: 1);

    [Fact]
    public void A_value_and_its_factor_are_read_together_wherever_the_model_is()
    {
        var map = Map(
            """
            - {id: p, quantity: p, unit: W, model: 9 103, address: 14, type: i16, scale_factor: 15}
            - {id: v, quantity: v, unit: V, model: 103, address: 10, type: u16, scale_factor: 6}
            - {id: far, quantity: x, unit: "1", model: 103, address: 51, type: u32}
            - {id: none, quantity: x, unit: "1", model: 204, address: 2, type: u16}
            """);
        Assert.True(map.IsSunSpec);
        Assert.Equal(ValueKind.Real, map.Points[0].Kind);
        var at = PutCommon(40000);
        Put(Put(Put(at, 103, 50), new ushort[50]), 0xFFFF, 0);
        Put(at + 14, 1234, 1);
        Put(at + 6, 0xFFFE, 0, 0, 0, 0x5A3C);
        var resolved = SunSpec.Resolve(map, Found());
        var (power, voltage) = (resolved.Points[0].Registers, resolved.Points[1].Registers);
        Assert.Equal((at + 14, 2), (power.Address, power.Count));
        Assert.Equal((at + 6, 5), (voltage.Address, voltage.Count));
        Assert.Equal(12340, Decode(power).Value!.Value.AsNumber());
        Assert.Equal(231, Decode(voltage).Value!.Value.AsNumber());

        // Register 53 of a model of 50 + 2, and a model that the device does not have.
        Assert.IsType<PointSource.ModelPoint>(resolved.Points[2].Source);
        Assert.IsType<PointSource.ModelPoint>(resolved.Points[3].Source);
    }

    [Theory]
    [InlineData("u16", 0xFFFF, 0)]
    [InlineData("i16", 0x8000, 0)]
    [InlineData("u32", 0xFFFF, 0xFFFF)]
    [InlineData("i32", 0x8000, 0)]
    [InlineData("text, registers: 2", 0, 0)]
    public void What_a_model_does_not_implement_is_no_value(string type, int first, int second)
    {
        var map = Map(
            $"  - {{id: x, quantity: x, unit: \"1\", model: 1, address: 2, type: {type}}}");
        var within = ((PointSource.ModelPoint)map.Points[0].Source).Within with { Address = 0 };
        Put(0, (ushort)first, (ushort)second);
        Assert.Equal(Reason.Sentinel, Decode(within).Reason);
    }

    private RawPoint Decode(PointSource.Registers source) => RegisterCodec.Decode(
        source, Read(new ReadBlock(source.Table, source.Address, source.Count)), 1);
}
