using System.Collections.Immutable;
using Monitoring.Agent;
using Monitoring.Agent.Commands;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests;

/// <summary>What an engineer sees before anything is read.</summary>
public sealed class CheckReportTests
{
    public static TheoryData<string> Shipped(string folder)
    {
        var files = Directory.GetFiles(Path.Combine(TestFiles.Config, folder), "*.yaml");
        return [.. files.Select(file => Path.GetFileName(file))];
    }

    [Theory]
    [MemberData(nameof(Shipped), "sites")]
    public void Shipped_sites_can_be_met_and_every_point_is_shown(string name)
    {
        var site = TestFiles.Site(name);
        var faults = new Faults();
        Assert.All(site.Gateways, gateway => LinkForecast.Refuse(name, gateway, faults));
        Assert.Empty(faults.All);
        var lines = Report(site).Split('\n', StringSplitOptions.TrimEntries);
        Assert.All(
            site.Gateways.SelectMany(gateway => gateway.Devices)
                .SelectMany(device => device.Map.Points),
            point => Assert.Contains(
                lines, line => line.StartsWith(point.Id + " ", StringComparison.Ordinal)));
        Assert.DoesNotContain(lines, line => line.StartsWith("Not read", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Shipped), "devices")]
    public void Every_point_of_a_shipped_register_map_can_be_read_on_a_line_and_on_a_network(
        string name)
    {
        var path = Path.Combine(TestFiles.Config, "devices", name);
        var faults = new Faults();
        var map = DeviceMapReader.Read(path, File.ReadAllText(path), faults);
        Assert.Empty(faults.All);
        SiteLink[] links = map.Protocol == DeviceProtocol.Modbus
            ? [Plans.Bus9600, Plans.Network]
            : [];
        foreach (var link in links)
        {
            var report = Report(SiteOf(link, map));
            Assert.Contains($"\n    {map.Title}\n", report, StringComparison.Ordinal);
            Assert.DoesNotContain("Not read", report, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_bus_is_shown_with_its_requests_holes_and_load()
    {
        var limits = RequestLimits.Standard with
        {
            Forbidden = [new RegisterRange(RegisterTable.Holding, 40, 49)],
        };
        var map = Plans.Map(
            limits,
            new PointSource.Registers(RegisterTable.Holding, 0, RegisterType.F64)
            {
                Order = ByteOrder.Cdab,
            },
            new PointSource.Registers(RegisterTable.Holding, 9, RegisterType.Bit) { Bit = 3 },
            new PointSource.Registers(RegisterTable.Holding, 100, RegisterType.Text)
            {
                TextRegisters = 8,
            },
            new PointSource.Registers(RegisterTable.Holding, 45, RegisterType.U16),
            new PointSource.Registers(RegisterTable.Discrete, 16, RegisterType.Bit));
        Assert.Equal(
            """
            plant p: P (UTC)

            gateway g, cycle 1 s

              link bus: Modbus RTU, 9600 baud 8N1, /dev/ttyS0
                device        unit  every  requests  bytes out  back   about    busy
                d                7    1 s         3         24    52  116 ms  11.6 %
                all together                      3         24    52  116 ms  11.6 %
                All together 1116 ms where one answer is awaited in vain for 1 s.
                Registers are counted from 0, as in the request.

                m
                  devices: d
                  from: made for a test
                  request           first  last  count  bytes out  back    about  reads over
                  holding register      0     9     10          8    25  46.7 ms  4 to 8
                  holding register    100   107      8          8    21  42.5 ms
                  discrete input       16    16      1          8     6  26.9 ms
                  point  what  unit  where                 read as                then
                  p0     x     1     holding register 0    f64 CDAB
                  p1     x     1     holding register 9    bit 3
                  p2     x     1     holding register 100  text of 16 characters
                  p3     x     1     holding register 45   u16
                  p4     x     1     discrete input 16     bit
                  Not read: p3, since the device map forbids to ask for its registers.

            """,
            Report(SiteOf(Plans.Bus9600, map)));
    }

    [Theory]
    [InlineData(40_010, RegisterTable.Holding, "every holding register is at 40000 or above")]
    [InlineData(30_000, RegisterTable.Input, "If the manual's 30011 means number 11 of them")]
    [InlineData(10_001, RegisterTable.Discrete, "every discrete input is at 10000 or above")]
    [InlineData(40_010, RegisterTable.Input, null)]
    [InlineData(50_000, RegisterTable.Holding, null)]
    [InlineData(39_999, RegisterTable.Holding, null)]
    [InlineData(1, RegisterTable.Coil, null)]
    public void Addresses_that_look_like_numbers_of_a_manual_are_pointed_out(
        int address, RegisterTable table, string? note)
    {
        var type = table is RegisterTable.Holding or RegisterTable.Input
            ? RegisterType.U16
            : RegisterType.Bit;
        var report = Report(SiteOf(
            Plans.Network, Plans.Map(
                RequestLimits.Standard, new PointSource.Registers(table, address, type))));
        Assert.Equal(note is not null, report.Contains("Note:", StringComparison.Ordinal));
        Assert.Contains(note ?? "", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Sensors_and_pulses_are_shown_too()
    {
        DevicePoint Point(string id, string unit, PointSource source) => new()
        {
            Id = id,
            Quantity = id,
            Unit = unit,
            Source = source,
        };
        var map = Plans.Map(RequestLimits.Standard);
        var loop = map with
        {
            Protocol = DeviceProtocol.I2c,
            Driver = "ads1115",
            Points =
            [
                Point("p", "kPa", new PointSource.I2cChannel("ain0")
                {
                    FullScaleVolts = 2.048,
                    ShuntOhms = 100,
                }) with { Scale = 0.5m, Offset = -2 },
            ],
        };
        var meter = map with
        {
            Protocol = DeviceProtocol.Gpio,
            Points =
            [
                Point("volume", "m3", new PointSource.GpioCounter(
                    OnRising: false, TimeSpan.FromMilliseconds(30), 17)),
                Point("door", "1", new PointSource.GpioLevel(ActiveLow: true, TimeSpan.Zero)),
            ],
        };
        var wired = SiteOf(new SiteLink.Gpio("pins", 0), meter, device => device with
        {
            Lines = ImmutableDictionary<string, int>.Empty.Add("volume", 17).Add("door", 4),
        });
        var report = Report(SiteOf(new SiteLink.I2c("i2c", 1), loop)) + Report(wired);
        Assert.All(
            [
                "link i2c: I2C, /dev/i2c-1", "d       ads1115 at 0x07    1 s",
                "p      p     kPa   channel ain0  up to 2.048 V, mA over 100 ohm  x 0.5, - 2",
                "link pins: GPIO, /dev/gpiochip0",
                "d       volume on line 17, door on line 4    1 s",
                "volume  volume  m3    line   falling edges, debounced 30 ms, at most 17 a second",
                "door    door    1     line   on when low, not debounced",
            ],
            expected => Assert.Contains(expected, report, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("1 s", ExitCode.BadInput)]
    [InlineData("2 s", ExitCode.Ok)]
    public void A_period_that_a_link_cannot_keep_is_refused(string every, int expected)
    {
        var folder = TestFiles.Folder();
        var sites = Directory.CreateDirectory(Path.Combine(folder, "sites")).FullName;
        var devices = Directory.CreateDirectory(Path.Combine(folder, "devices")).FullName;
        const string map = "demo-gas-analyser.yaml";
        File.Copy(Path.Combine(TestFiles.Config, "devices", map), Path.Combine(devices, map));
        var path = Path.Combine(sites, "bus.yaml");
        const string head =
            """
            id: p
            title: P
            time_zone: UTC
            gateways:
              - id: g
                cycle: 1 s
                links:
                  - {id: bus, kind: modbus-rtu, path: /dev/ttyS0, baud: 9600, framing: 8N1}
                devices:
            """;
        var units = Enumerable.Range(1, 30).Select(unit =>
            $"\n      - {{id: d{unit}, map: {map}, link: bus, unit: {unit}, every: {every}}}");
        File.WriteAllText(path, head + string.Concat(units) + "\n");
        Assert.Equal(expected, CheckCommand.Create().Parse(["--site", path]).Invoke());
    }

    private static string Report(Site site)
    {
        var text = new StringWriter { NewLine = "\n" };
        new CheckReport(text).Write(site);
        return text.ToString();
    }

    private static Site SiteOf(
        SiteLink link, DeviceMap map, Func<SiteDevice, SiteDevice>? wire = null)
    {
        var device = new SiteDevice("d", map, link.Id, 7) { Every = TimeSpan.FromSeconds(1) };
        return new Site(
            "p", "P", TimeZoneInfo.Utc,
            [new Gateway("g", TimeSpan.FromSeconds(1), [link], [wire?.Invoke(device) ?? device])])
        {
            Files = [],
        };
    }
}
