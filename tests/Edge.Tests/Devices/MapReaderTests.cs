using Monitoring.Agent.Devices;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Devices;

public sealed class MapReaderTests
{
    private const string Head =
        """
        id: demo
        title: Demo
        source: made for a test
        protocol: modbus
        function: holding

        """;

    private static DeviceMap Read(string yaml, params string[] problems)
    {
        var faults = new Faults();
        var map = DeviceMapReader.Read("demo.yaml", Head + yaml, faults);
        Assert.Equal(problems.Length, faults.All.Count);
        Assert.All(faults.All.Zip(problems), pair =>
        {
            Assert.Contains(pair.Second, pair.First.ToString(), StringComparison.Ordinal);
            Assert.NotEmpty(pair.First.Remedy);
        });
        return map;
    }

    private static PointSource.Registers Source(DeviceMap map, string id) =>
        map.Points.Single(point => point.Id == id).Registers;

    [Fact]
    public void A_bound_that_is_no_number_is_one_fault() =>
        Read(
            """
            address_base: 0
            points:
              - {id: a, quantity: a, unit: "1", address: 1, type: u16, range: {min: 0, max: .inf}}
            """,
            "'max' is '.inf'");

    [Theory]
    [InlineData(0, 400011, "'address: 10'; 'address_base' is 0 here")]
    [InlineData(1, 400011, "'address: 11'; 'address_base' is 1 here")]
    [InlineData(1, 365536, "'address: 65536' and 'function: input';")]
    [InlineData(0, 100001, "'address: 0' and 'function: discrete';")]
    [InlineData(0, 400000, "'address' is '400000'")]
    [InlineData(0, 200001, "'address' is '200001'")]
    [InlineData(0, 70000, "'address' is '70000'")]
    public void A_number_of_a_manual_is_no_address(int start, int address, string said) => Read(
        $"""
        address_base: {start}
        points:
          - {"{"}id: a, quantity: a, unit: "1", address: {address}, type: u16{"}"}
        """,
        said);

    [Fact]
    public void One_map_may_mix_tables_types_and_bits()
    {
        var map = Read(
            """
            address_base: 1
            points:
              - {id: a, quantity: a, unit: "1", address: 11, type: f64, order: CDAB}
              - {id: b, quantity: b, unit: "1", address: 1, function: input, type: bcd32}
              - {id: c, quantity: c, unit: "1", address: 20, function: discrete, type: bit}
              - {id: d, quantity: d, unit: "1", address: 30, type: bit, bit: 15}
              - {id: e, quantity: e, unit: "1", address: 31, type: text, registers: 4}
              - {id: f, quantity: f, unit: "1", address: 65536, type: u16, sentinels: 0xFFFF}
            """);
        Assert.Equal((RegisterTable.Holding, 10, 4), Place(Source(map, "a")));
        Assert.Equal((RegisterTable.Input, 0, 2), Place(Source(map, "b")));
        Assert.Equal((RegisterTable.Discrete, 19, 1), Place(Source(map, "c")));
        Assert.Equal(15, Source(map, "d").Bit);
        Assert.Equal((RegisterTable.Holding, 30, 4), Place(Source(map, "e")));
        Assert.Equal((RegisterTable.Holding, 65535, 1), Place(Source(map, "f")));
        Assert.Equal(
            [ValueKind.Real, ValueKind.Integer, ValueKind.Flag, ValueKind.Flag, ValueKind.Text,
                ValueKind.Integer],
            map.Points.Select(point => point.Kind));
    }

    private static (RegisterTable Table, int Address, int Count) Place(
        PointSource.Registers source) => (source.Table, source.Address, source.Count);

    [Fact]
    public void Points_within_each_other_are_lawful_and_those_that_cross_are_not() => Read(
        """
        address_base: 0
        points:
          - {id: word, quantity: a, unit: "1", address: 10, type: u32}
          - {id: same, quantity: a, unit: "1", address: 10, type: f32}
          - {id: half, quantity: a, unit: "1", address: 11, type: u16}
          - {id: low, quantity: a, unit: "1", address: 11, type: bit, bit: 0}
          - {id: other-table, quantity: a, unit: "1", address: 11, function: input, type: u32}
          - {id: crossing, quantity: a, unit: "1", address: 11, type: u32}
        """,
        "demo.yaml:13: point 'crossing' begins or ends within 'word'");

    [Fact]
    public void What_a_point_cannot_be_is_told_by_its_line() => Read(
        """
        address_base: 1
        points:
          - {id: a, quantity: a, unit: "1", address: 0, type: u16}
          - {id: b, quantity: b, unit: "1", address: 1, function: coil, type: u16}
          - {id: c, quantity: c, unit: "1", address: 2, type: bit}
          - {id: d, quantity: d, unit: "1", address: 3, type: bit, bit: 16}
          - {id: e, quantity: e, unit: "1", address: 4, type: text, registers: 33}
          - {id: f, quantity: f, unit: "1", address: 65536, type: u32}
          - {id: g, quantity: g, unit: "1", address: 5, type: u16, sentinels: "0x10000 65535"}
          - {id: h, quantity: h, unit: "1", address: 6, type: u16, bit: 1}
          - {id: i, quantity: i, unit: "1", address: 7, type: f32, model: 1, scale_factor: 9}
          - {id: j, quantity: j, unit: "1", address: 7, type: f32, model: 1 x}
        """,
        ":8: 'address' is '0'", ":9: coils and discrete inputs are single bits",
        ":10: 'bit' is missing", ":11: 'bit' is '16'", ":12: 'registers' is '33'",
        ":13: the point ends after register 65535", ":14: '0x10000' is not lawful",
        ":14: '65535' is not lawful", ":15: 'bit' is not known here",
        ":16: a value of type f32 has no factor", ":17: '1 x' is no list of SunSpec models");

    [Fact]
    public void Limits_are_those_of_the_device_and_its_points_keep_them()
    {
        var map = Read(
            """
            address_base: 1
            limits:
              registers_max: 3
              bits_max: 100
              holes: false
              merge: false
              gap: 5 ms
              pause_after_connect: 1 s
              typical_delay: 40 ms
              forbidden:
                - {function: holding, first: 101, last: 200}
            points:
              - {id: a, quantity: a, unit: "1", address: 200, type: u32}
              - {id: b, quantity: b, unit: "1", address: 1, type: f64}
              - {id: c, quantity: c, unit: "1", address: 202, type: f32}
            """,
            "point 'a' lies in a forbidden range", "point 'b' takes 4 registers");
        Assert.Equal(3, map.Limits.RegistersMax);
        Assert.Equal(100, map.Limits.BitsMax);
        Assert.False(map.Limits.HolesAllowed);
        Assert.False(map.Limits.MergeAllowed);
        Assert.Equal(TimeSpan.FromMilliseconds(5), map.Limits.Gap);
        Assert.Equal(TimeSpan.FromSeconds(1), map.Limits.PauseAfterConnect);
        Assert.Equal(TimeSpan.FromMilliseconds(40), map.Limits.TypicalDelay);
        Assert.Equal(
            new RegisterRange(RegisterTable.Holding, 100, 199),
            Assert.Single(map.Limits.Forbidden));
    }

    [Fact]
    public void A_variant_says_only_what_differs_and_faults_of_the_map_are_told_once()
    {
        var map = Read(
            """
            address_base: 0
            limits: {registers_max: 50, gap: 5 ms}
            points:
              - {id: a, quantity: a, unit: mg/m3, address: 0, type: u16, scale: 0.1, colour: red}
              - {id: s, quantity: s, unit: "1", address: 1, type: u16}
              - {id: b, quantity: b, unit: "1", address: 2, type: u16}
            status:
              - {point: s, mask: 1, quality: bad, reason: fault, applies_to: a b}
            variants:
              - id: eu
                limits: {gap: 9 ms}
                without: b
                points:
                  - {id: a, address: 40}
                  - {id: c, quantity: c, unit: "1", address: 41, type: u16}
              - id: eu
                without: z
              - title: no id
            """,
            "colour", ":21: 'demo-eu' is there twice", ":22: 'z' is no point of the map",
            ":23: 'id' is missing");
        var variant = map.Variants[0];
        Assert.Equal(["a", "s", "c"], variant.Points.Select(point => point.Id));
        Assert.Equal(40, Source(variant, "a").Address);
        Assert.Equal((0.1m, "mg/m3"), (variant.Points[0].Scale, variant.Points[0].Unit));
        Assert.Equal(TimeSpan.FromMilliseconds(9), variant.Limits.Gap);
        Assert.Equal(50, variant.Limits.RegistersMax);
        Assert.Equal(["a"], Assert.Single(variant.StatusRules).AppliesTo);
        Assert.Equal(TimeSpan.FromMilliseconds(5), map.Limits.Gap);
        Assert.Equal(0, Source(map, "a").Address);
    }

    [Fact]
    public void A_status_rule_names_what_can_be() => Read(
        """
        address_base: 0
        points:
          - {id: a, quantity: a, unit: "1", address: 0, type: f32}
          - {id: s, quantity: s, unit: "1", address: 2, type: u16}
        status:
          - {point: a, mask: 1, quality: bad, reason: fault}
          - {point: s, quality: bad, reason: fault}
          - {point: s, mask: 0x0F, equals: 0x10, quality: bad, reason: fault}
          - {point: s, mask: 1, quality: good, reason: timeout, applies_to: a z}
        """,
        ":11: 'a' is no status", ":12: 'mask' is missing", ":13: 0x10 has bits outside",
        ":14: 'quality' is 'good'", ":14: 'reason' is 'timeout'", ":14: 'z' is no point");

    [Fact]
    public void A_new_instrument_is_a_file_and_no_code()
    {
        var folder = TestFiles.Folder();
        Directory.CreateDirectory(Path.Combine(folder, "devices"));
        Directory.CreateDirectory(Path.Combine(folder, "sites"));
        File.WriteAllText(
            Path.Combine(folder, "devices", "new.yaml"),
            Head +
            """
            address_base: 0
            points:
              - {id: dust, quantity: dust, unit: mg/m3, address: 8, type: f32, order: DCBA}
              - {id: ready, quantity: status, unit: "1", address: 10, type: bit, bit: 3}
            status:
              - {point: ready, equals: 0, quality: bad, reason: warm-up}
            vectors:
              - title: example of the manual
                origin: manual
                holding: [{address: 8, words: 0000 2841 0008}]
                expect: [{point: dust, value: 10.5}]
            variants:
              - id: old
                points: [{id: dust, order: BADC}]
            """);
        var site = Path.Combine(folder, "sites", "site.yaml");
        const string yaml =
            """
            id: plant-x
            title: X
            time_zone: Europe/Berlin
            gateways:
              - id: gateway-1
                cycle: 1 s
                links:
                  - {id: lan, kind: modbus-tcp, host: localhost, port: 502}
                devices:
                  - {id: stack, map: new.yaml, variant: old, link: lan, unit: 1}
            """;
        File.WriteAllText(site, yaml);
        var faults = new Faults();
        var map = SiteReader.ReadFile(site, faults)!.Gateways[0].Devices[0].Map;
        Assert.Empty(faults.All);
        Assert.Equal("demo-old", map.Id);
        Assert.NotEmpty(map.Digest);
        var dust = TestFiles.Decode(map, 0x2841, 0, 8)[0];
        Assert.Equal(
            new Reading("dust", PointValue.Real(10.5), Quality.Good, Reason.None, 1), dust);
        var cold = TestFiles.Decode(map, 0x2841, 0, 0)[0];
        Assert.Equal((Quality.Bad, Reason.WarmUp), (cold.Quality, cold.Reason));

        File.WriteAllText(site, yaml.Replace("old", "new", StringComparison.Ordinal));
        SiteReader.ReadFile(site, faults);
        Assert.Contains(
            "use one of: old", Assert.Single(faults.All).Remedy, StringComparison.Ordinal);
    }
}
