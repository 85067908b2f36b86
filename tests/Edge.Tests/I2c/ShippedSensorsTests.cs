using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Gpio;
using Monitoring.Agent.Drivers.I2c;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;
using NJsonSchema;

namespace Monitoring.Tests;

/// <summary>The shipped maps of sensors and contacts, from a site to their readings.</summary>
public sealed class ShippedSensorsTests
{
    private const string Plant =
        """
        id: plant-x
        title: X
        time_zone: Europe/Berlin
        gateways:
          - id: gateway-1
            cycle: 1 s
            links:
              - {id: sensors, kind: i2c, bus: 1}
              - {id: pins, kind: gpio, chip: 0}
            devices:
              - {id: cabinet, map: bosch-bme280.yaml, link: sensors, address: 0x76}
              - {id: co2, map: sensirion-scd4x.yaml, link: sensors, address: 0x62, every: 5 s}
              - {id: loops, map: ads1115-loops.yaml, link: sensors, address: 0x48}
              - id: meter
                map: pulse-gas-meter.yaml
                link: pins
                lines: {volume: 1, maintenance: 2}
              - id: doors
                map: digital-inputs.yaml
                link: pins
                lines: {door: 3, calibrates: 4, plant-runs: 5}
        """;

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly Gateway _gateway;

    public ShippedSensorsTests()
    {
        var faults = new Faults();
        var site = SiteReader.Read(
            "x.yaml", Plant, path => File.ReadAllText(path), faults,
            Path.Combine(TestFiles.Config, "devices"));
        Assert.Empty(faults.All);
        _gateway = site.Gateways[0];
    }

    private SiteDevice Device(string id) => _gateway.Devices.Single(device => device.Id == id);

    [Fact]
    public void Sensors_read_in_their_units()
    {
        var converter = new FakeAds1115();
        converter.Inputs[0] = 0.012 * 100;
        var scd = new FakeScd4x(_time);
        using var bus = new I2cDeviceLink(
            address => address switch
            {
                0x76 => new FakeBme280(),
                0x62 => scd,
                0x48 => converter,
                _ => throw new IOException("nobody"),
            },
            _time);
        var climate = bus.Read(Device("cabinet"), CancellationToken.None).Readings;
        Assert.Equal(25.08, climate[0].Value!.Value.AsNumber()!.Value, 0.005);
        Assert.Equal(100.653, climate[2].Value!.Value.AsNumber()!.Value, 0.001);

        var loops = bus.Read(Device("loops"), CancellationToken.None).Readings;
        Assert.Equal(50, loops[0].Value!.Value.AsNumber()!.Value, 0.02);
        Assert.Equal(Quality.Good, loops[0].Quality);
        Assert.Equal(Reason.LineBreak, loops[1].Reason);

        foreach (var wait in new[] { 0, 0.5, 5 })
        {
            _time.Advance(TimeSpan.FromSeconds(wait));
            var readings = bus.Read(Device("co2"), CancellationToken.None).Readings;
            Assert.Equal(wait < 5 ? null : 500, readings[0].Value?.AsNumber());
        }

        Assert.Equal([0x00, 0x00, 0x81], scd.AutoCalibration!);
    }

    [Fact]
    public void Meters_count_in_their_unit_and_their_switch_marks_them()
    {
        var folder = TestFiles.Folder();
        var driver = new FakeGpioDriver(_time);
        for (var line = 1; line <= 5; line++)
        {
            driver.Edge(line, true);
        }

        using var pins = new GpioDeviceLink(
            driver.Open, [Device("meter"), Device("doors")],
            PulseCounts.Open(Path.Combine(folder, "pulse-counts.bin")), _time);
        for (var pulse = 0; pulse < 3; pulse++)
        {
            foreach (var level in new[] { false, true })
            {
                driver.Edge(1, level);
                _time.Advance(TimeSpan.FromSeconds(0.5));
            }
        }

        var meter = pins.Read(Device("meter"), CancellationToken.None).Readings;
        Assert.Equal(
            (PointValue.Real(0.3), Quality.Good), (meter[0].Value!.Value, meter[0].Quality));
        driver.Edge(2, false);
        driver.Edge(5, false);
        _time.Advance(TimeSpan.FromSeconds(1));
        meter = pins.Read(Device("meter"), CancellationToken.None).Readings;
        Assert.Equal((Quality.Bad, Reason.Maintenance), (meter[0].Quality, meter[0].Reason));
        Assert.Equal(Quality.Good, meter[1].Quality);

        var doors = pins.Read(Device("doors"), CancellationToken.None).Readings;
        Assert.Equal([true, false, true], doors.Select(door => door.Value!.Value.Bits == 1));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("bosch-bme280", "channel: rh", "channel: co2", true)]
    [InlineData("bosch-bme280", "driver: bme280", "driver: bmp085", false)]
    [InlineData("bosch-bme280", "driver: bme280", "", false)]
    [InlineData("bosch-bme280", "channel: rh", "address: 1", false)]
    [InlineData("sensirion-scd4x", "auto_calibration: false", "auto_calibration: yes", false)]
    [InlineData("sensirion-scd4x", "auto_calibration: false", "ambient_pressure: 2000", false)]
    [InlineData("ads1115-loops", "full_scale: 4.096", "full_scale: 5", false)]
    [InlineData("ads1115-loops", "shunt: 100", "shunt: 200", true)]
    [InlineData("ads1115-loops", "shunt: 100", "shunt: 0", false)]
    [InlineData("pulse-gas-meter", "edge: falling", "edge: both", false)]
    [InlineData("pulse-gas-meter", "debounce: 20 ms", "debounce: 20", false)]
    [InlineData("pulse-gas-meter", "bias: up", "bias: left", false)]
    [InlineData("pulse-gas-meter", "pulses_per_second_max: 2", "rate: 2", false)]
    [InlineData("pulse-gas-meter", "active: low", "active: on", false)]
    [InlineData("pulse-gas-meter", "edge: falling, ", "", true)]
    public async Task A_fault_of_a_map_is_said(
        string map, string part, string instead, bool isForTheReaderAlone)
    {
        var text = await File.ReadAllTextAsync(
            Path.Combine(TestFiles.Config, "devices", $"{map}.yaml"),
            TestContext.Current.CancellationToken);
        var at = text.IndexOf(part, text.IndexOf("\nprotocol", StringComparison.Ordinal),
            StringComparison.Ordinal);
        var yaml = text[..at] + instead + text[(at + part.Length)..];
        var faults = new Faults();
        DeviceMapReader.Read("x.yaml", yaml, faults);
        Assert.NotEmpty(faults.All);
        Assert.All(faults.All, fault => Assert.NotEmpty(fault.Remedy));
        var schema = await JsonSchema.FromFileAsync(
            Path.Combine(TestFiles.Config, "schemas", "device-map.schema.json"),
            TestContext.Current.CancellationToken);
        Assert.Equal(isForTheReaderAlone, schema.Validate(TestFiles.Json(yaml)).Count == 0);
    }
}
