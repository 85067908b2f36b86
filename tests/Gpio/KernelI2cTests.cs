using System.Device.I2c;
using System.Globalization;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Drivers.I2c;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>A sensor's registers behind a real kernel's I2C bus, inside a small machine.</summary>
public sealed class KernelI2cTests
{
    private const int Chip = 0x76;
    private const int Nobody = 0x77;

    private static readonly int Bus = Directory.GetDirectories("/sys/class/i2c-adapter")
        .Where(folder => File.ReadAllText(Path.Combine(folder, "name")).Trim() == "registers")
        .Select(folder => int.Parse(folder.Split('-')[^1], CultureInfo.InvariantCulture))
        .Single();

    private static DeviceSample Read(int address)
    {
        var device = new SiteDevice(
            "cabinet",
            new DeviceMap
            {
                Id = "m",
                Title = "m",
                Source = "m",
                Protocol = DeviceProtocol.I2c,
                Driver = SensorChips.Bme280,
                Points = [.. SensorChips.Channels[SensorChips.Bme280].Select(name =>
                    new DevicePoint
                    {
                        Id = name,
                        Quantity = name,
                        Unit = "1",
                        Source = new PointSource.I2cChannel(name),
                    })],
                StatusRules = [],
                SequencePoint = null,
            },
            "bus", address)
        {
            Every = TimeSpan.FromSeconds(1),
        };
        using var link = I2cDeviceLink.Open(new SiteLink.I2c("bus", Bus), TimeProvider.System);
        return link.Read(device, CancellationToken.None);
    }

    [Fact]
    public void A_bme280_is_read_register_by_register()
    {
        var model = new FakeBme280();
        model.Put(FakeBme280.RawTemperature, FakeBme280.RawPressure, FakeBme280.RawHumidity);
        using (var chip = I2cDevice.Create(new I2cConnectionSettings(Bus, Chip)))
        {
            for (var register = 0x80; register < 0x100; register++)
            {
                chip.Write([(byte)register, model.Registers[register]]);
            }
        }

        var readings = Read(Chip).Readings;
        Assert.All(readings, reading => Assert.Equal(Quality.Good, reading.Quality));
        Assert.Equal(25.08, readings[0].Value!.Value.AsNumber()!.Value, 0.005);
        Assert.Equal(100_653.27, readings[2].Value!.Value.AsNumber()!.Value, 0.01);
    }

    [Fact]
    public void Where_nobody_acknowledges_there_is_an_absence()
    {
        var sample = Read(Nobody);
        Assert.All(sample.Readings, reading => Assert.Equal(
            (null, Quality.Bad, Reason.NotConnected),
            (reading.Value, reading.Quality, reading.Reason)));
        Assert.Contains("0x77", sample.Trouble!.Detail, StringComparison.Ordinal);
    }
}
