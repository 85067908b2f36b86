using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;
using YamlDotNet.RepresentationModel;

namespace Monitoring.Tests.Devices;

/// <summary>
/// Every device map that is shipped, as the reader sees it: it checks the vectors of a map too.
/// </summary>
public sealed class ShippedMapsTests
{
    private const int InstrumentsMin = 14;

    public static TheoryData<string> Names()
    {
        var folder = Path.Combine(TestFiles.Config, "devices");
        return new(Directory.GetFiles(folder, "*.yaml").Select(path => Path.GetFileName(path)));
    }

    private static string TextOf(string name) =>
        File.ReadAllText(Path.Combine(TestFiles.Config, "devices", name));

    private static DeviceMap Read(string name)
    {
        var faults = new Faults();
        var map = DeviceMapReader.Read(name, TextOf(name), faults);
        Assert.Empty(faults.All);
        return map;
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_map_has_no_fault_and_its_vectors_hold(string name)
    {
        var map = Read(name);
        Assert.Equal(Path.GetFileNameWithoutExtension(name), map.Id);
        Assert.NotNull(map.Label);
    }

    [Fact]
    public void There_are_enough_instruments_and_each_has_vectors_for_values_and_status()
    {
        var instruments = Names().Select(row => row.Data)
            .Where(name => Read(name)
                is { Protocol: DeviceProtocol.Modbus, Label: not "simulated" })
            .ToList();
        Assert.True(instruments.Count >= InstrumentsMin, $"{instruments.Count} instruments");
        Assert.All(instruments, name =>
        {
            var expected = Expectations(TextOf(name));
            Assert.Contains(expected, row => row.HasValue && !row.HasReason);
            Assert.True(
                Read(name).StatusRules.IsEmpty || expected.Any(row => row.HasReason), name);
        });
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_plan_reads_every_point_once(string name)
    {
        var map = Read(name);
        if (map.Protocol != DeviceProtocol.Modbus)
        {
            return;
        }

        foreach (var own in map.Variants.Prepend(map).Select(LinkForecast.Placed))
        {
            var plan = ReadPlan.For(own, LinkCost.Of(Plans.Bus9600), DeviceLearning.None);
            Assert.Empty(plan.Unreadable);
            Assert.Equal(
                Enumerable.Range(0, own.Points.Length),
                plan.Reads.SelectMany(read => read.Points).Order());
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_map_and_its_variants_can_be_devices_of_a_site(string name)
    {
        var map = Read(name);
        if (map.Protocol != DeviceProtocol.Modbus)
        {
            return;
        }

        var devices = map.Variants.Select((variant, i) =>
            $"      - {{id: d{i}, map: {name}, variant: {variant.Id[(map.Id.Length + 1)..]}, "
            + $"link: lan, unit: {i}}}");
        var site =
            $"""
            id: plant-x
            title: X
            time_zone: Europe/Berlin
            gateways:
              - id: gateway-1
                cycle: 1 s
                links:
                  - {"{"}id: lan, kind: modbus-tcp, host: h, port: 502{"}"}
                devices:
                  - {"{"}id: d, map: {name}, link: lan, unit: 99{"}"}
            {string.Join('\n', devices)}
            """;
        var faults = new Faults();
        var read = SiteReader.Read("site.yaml", site, _ => TextOf(name), faults);
        Assert.Empty(faults.All);
        Assert.Equal(
            map.Variants.Prepend(map).Select(own => own.Id),
            read.Gateways[0].Devices.Select(device => device.Map.Id));
    }

    [Fact]
    public void A_wrong_vector_is_a_fault_with_its_line()
    {
        var yaml = TextOf("vaisala-gmp252.yaml").Replace(
            "value: 465.66", "value: 465.7", StringComparison.Ordinal);
        var faults = new Faults();
        DeviceMapReader.Read("x.yaml", yaml, faults);
        var fault = Assert.Single(faults.All);
        Assert.Equal(
            yaml.Split('\n').Index()
                .First(line => line.Item.Contains("465.7}", StringComparison.Ordinal)).Index + 1,
            fault.Line);
        Assert.Contains("465.659", fault.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variant_reads_the_same_bit_by_its_own_address()
    {
        var map = Read("teledyne-t100.yaml");
        var eu = Assert.Single(map.Variants);
        Assert.Equal("teledyne-t100-eu", eu.Id);
        int AddressOf(DeviceMap of, string id) =>
            of.Points.Single(point => point.Id == id).Registers.Address;
        Assert.Equal(16, AddressOf(map, "zero-calibration"));
        Assert.Equal(19, AddressOf(eu, "zero-calibration"));
        Assert.Equal(AddressOf(map, "so2"), AddressOf(eu, "so2"));
    }

    [Theory]
    [InlineData("one", 3)]
    [InlineData("two", 6)]
    [InlineData("three", 9)]
    public void An_analyser_with_fewer_measurements_is_a_variant(string variant, int points)
    {
        var map = Read("servomex-4100.yaml");
        Assert.Equal(12, map.Points.Length);
        var chosen = map.Variants.Single(other => other.Id == $"servomex-4100-{variant}");
        Assert.Equal(points, chosen.Points.Length);
    }

    [Fact]
    public void Units_are_of_the_few_that_we_know_to_be_ucum()
    {
        string[] known =
        [
            "1", "%", "[ppm]", "[ppb]", "[ppm]/%", "mg/m3", "m3/h", "m3/s", "kg/h", "kg/s", "kg",
            "kg/m3", "cm3/min", "m3", "L", "m/s", "Cel", "hPa", "kPa", "bar", "[in_i'Hg]", "A",
            "V", "W", "W.h", "Hz",
        ];
        var used = Names().Select(row => Read(row.Data)).Where(
                map => map.Protocol == DeviceProtocol.Modbus)
            .SelectMany(map => map.Points).Select(point => point.Unit).Distinct();
        Assert.Empty(used.Except(known));
    }

    private static List<(bool HasValue, bool HasReason)> Expectations(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        var map = (YamlMappingNode)stream.Documents[0].RootNode;
        return
        [
            .. from vector in ((YamlSequenceNode)map["vectors"]).Children
               from row in ((YamlSequenceNode)vector["expect"]).Children
               let keys = ((YamlMappingNode)row).Children
               select (keys.ContainsKey("value"), keys.ContainsKey("reason")),
        ];
    }
}
