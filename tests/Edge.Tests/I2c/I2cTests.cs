using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Drivers.I2c;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

public sealed class I2cTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));

    private static SiteDevice Device(
        string driver, SensorSettings settings, params PointSource.I2cChannel[] channels) => new(
        "sensor",
        new DeviceMap
        {
            Id = "m",
            Title = "m",
            Source = "m",
            Protocol = DeviceProtocol.I2c,
            Driver = driver,
            Sensor = settings,
            Points = [.. channels.Select(channel => new DevicePoint
            {
                Id = channel.Name,
                Quantity = channel.Name,
                Unit = "1",
                Source = channel,
            })],
            StatusRules = [],
            SequencePoint = null,
        },
        "bus", 0x10)
    {
        Every = TimeSpan.FromSeconds(1),
    };

    private static SiteDevice Device(string driver) => Device(
        driver, SensorSettings.Standard,
        [.. SensorChips.Channels[driver].Select(name => new PointSource.I2cChannel(name))]);

    private static SiteDevice Loop(double? shunt, double fullScale = 4.096) => Device(
        SensorChips.Ads1115, SensorSettings.Standard,
        [.. SensorChips.Channels[SensorChips.Ads1115].Select(name =>
            new PointSource.I2cChannel(name) { FullScaleVolts = fullScale, ShuntOhms = shunt })]);

    private I2cDeviceLink Bus(FakeChip chip) => new(
        address =>
        {
            Assert.Equal(0x10, address);
            return chip;
        },
        _time);

    private static void AllAbsent(Reason reason, DeviceSample sample)
    {
        Assert.All(sample.Readings, reading => Assert.Equal(
            (null, Quality.Bad, reason), (reading.Value, reading.Quality, reading.Reason)));
        Assert.Equal(reason, sample.Trouble!.Reason);
    }

    /// <summary>Absent, and nothing to tell a person.</summary>
    private static void NothingNew(DeviceSample sample)
    {
        Assert.All(sample.Readings, reading => Assert.Equal(
            (null, Reason.NotReady), (reading.Value, reading.Reason)));
        Assert.Null(sample.Trouble);
    }

    private static double[] Numbers(DeviceSample sample)
    {
        Assert.All(sample.Readings, reading => Assert.Equal(
            (Quality.Good, Reason.None), (reading.Quality, reading.Reason)));
        Assert.Null(sample.Trouble);
        return [.. sample.Readings.Select(reading => reading.Value!.Value.AsNumber()!.Value)];
    }

    private DeviceSample After(double seconds, I2cDeviceLink bus, SiteDevice device)
    {
        _time.Advance(TimeSpan.FromSeconds(seconds));
        var sample = bus.Read(device, CancellationToken.None);
        Assert.Equal(_time.GetUtcNow().ToUnixTimeMilliseconds(), sample.TimeMs);
        return sample;
    }

    [Fact]
    public void The_checksum_is_that_of_the_data_sheet() =>
        Assert.Equal(0x92, Scd4x.Crc([0xBE, 0xEF]));

    [Fact]
    public void An_scd4x_is_stopped_set_up_started_and_read_every_five_seconds()
    {
        var chip = new FakeScd4x(_time);
        chip.StartMeasuring();
        var settings = new SensorSettings { AmbientPressureHpa = 987 };
        var device = Device(
            SensorChips.Scd4x, settings, new("co2"), new PointSource.I2cChannel("t"), new("rh"));
        using var bus = Bus(chip);

        AllAbsent(Reason.NotReady, After(0, bus, device));
        Assert.False(chip.IsMeasuring);
        AllAbsent(Reason.NotReady, After(0.4, bus, device));
        Assert.False(chip.IsMeasuring);
        var starting = After(0.1, bus, device);
        AllAbsent(Reason.NotReady, starting);
        Assert.Contains("F8969F073BBE", starting.Trouble!.Detail, StringComparison.Ordinal);
        Assert.True(chip.IsMeasuring);
        Assert.Equal([0x00, 0x00, 0x81], chip.AutoCalibration!);
        Assert.Equal([0x03, 0xDB, 0x42], chip.Pressure!);
        NothingNew(After(4.9, bus, device));

        var numbers = Numbers(After(0.1, bus, device));
        Assert.Equal(500, numbers[0]);
        Assert.Equal(25.0, numbers[1], 0.01);
        Assert.Equal(37.0, numbers[2], 0.01);
        NothingNew(After(1, bus, device));
        Numbers(After(4, bus, device));
    }

    [Fact]
    public void An_scd4x_that_learns_from_outdoor_air_is_told_so_only_by_its_map()
    {
        var chip = new FakeScd4x(_time);
        var device = Device(
            SensorChips.Scd4x, new SensorSettings { AutoCalibration = true },
            new PointSource.I2cChannel("co2"));
        using var bus = Bus(chip);
        After(0, bus, device);
        After(0.5, bus, device);
        Assert.Equal([0x00, 0x01, 0xB0], chip.AutoCalibration!);
        Assert.Null(chip.Pressure);
    }

    [Fact]
    public void No_corrupt_byte_of_an_scd4x_becomes_a_reading()
    {
        var chip = new FakeScd4x(_time);
        var device = Device(SensorChips.Scd4x);
        using var bus = Bus(chip);
        After(0, bus, device);
        After(0.5, bus, device);
        for (var i = 0; i < chip.Measurement.Length; i++)
        {
            chip.Measurement[i] ^= 0x10;
            AllAbsent(Reason.Crc, After(5, bus, device));
            chip.Measurement[i] ^= 0x10;
        }

        Numbers(After(5, bus, device));
    }

    [Fact]
    public void An_scd4x_that_was_unplugged_is_set_up_again()
    {
        var chip = new FakeScd4x(_time);
        var device = Device(SensorChips.Scd4x);
        using var bus = Bus(chip);
        After(0, bus, device);
        After(0.5, bus, device);
        Numbers(After(5, bus, device));

        chip.IsPlugged = false;
        var silent = After(5, bus, device);
        AllAbsent(Reason.NotConnected, silent);
        Assert.Contains("address 0x10", silent.Trouble!.Detail, StringComparison.Ordinal);
        chip.IsPlugged = true;
        AllAbsent(Reason.NotReady, After(5, bus, device));
        AllAbsent(Reason.NotReady, After(0.5, bus, device));
        Assert.Equal([0x00, 0x00, 0x81], chip.AutoCalibration!);
        Numbers(After(5, bus, device));
    }

    [Fact]
    public void An_scd4x_that_lost_power_between_two_reads_does_not_stay_silent()
    {
        var chip = new FakeScd4x(_time);
        var device = Device(SensorChips.Scd4x);
        using var bus = Bus(chip);
        After(0, bus, device);
        After(0.5, bus, device);
        Numbers(After(5, bus, device));
        chip.LosePower();
        NothingNew(After(5, bus, device));
        AllAbsent(Reason.NotReady, After(10, bus, device));
        AllAbsent(Reason.NotReady, After(0.5, bus, device));
        Numbers(After(5, bus, device));
    }

    [Fact]
    public void A_bme280_measures_when_it_is_read()
    {
        var chip = new FakeBme280();
        var device = Device(SensorChips.Bme280);
        using var bus = Bus(chip);
        var numbers = Numbers(After(0, bus, device));
        Assert.Equal(25.08, numbers[0], 0.005);
        Assert.Equal(100_653.27, numbers[2], 0.01);
        Assert.InRange(numbers[1], 1, 99);
        Assert.Equal(1, chip.Resets);

        chip.Put(0, 0, 0);
        Assert.Equal(numbers, Numbers(After(1, bus, device)));
        Assert.Equal(1, chip.Resets);
    }

    [Theory]
    [InlineData(20_000)]
    [InlineData(26_000)]
    [InlineData(31_000)]
    [InlineData(36_000)]
    [InlineData(65_535)]
    [InlineData(0)]
    public void Humidity_in_doubles_is_that_of_the_formula_in_integers(int raw)
    {
        var chip = new FakeBme280();
        var calibration = Bme280Calibration.Read(
            chip.Registers.AsSpan(0x88, 26), chip.Registers.AsSpan(0xE1, 7))!;
        Assert.Equal([0, 75, 362, 0, 334, -50, 30], calibration.H);
        const int Fine = 128_422;

        // The data sheet's 32-bit form, from memory; 22.10 bits fixed point.
        var x = Fine - 76_800;
        x = (((raw << 14) - (334 << 20) - (-50 * x) + 16_384) >> 15)
            * (((((((x * 30) >> 10) * (((x * 0) >> 11) + 32_768)) >> 10) + 2_097_152) * 362
                + 8_192) >> 14);
        x -= ((((x >> 15) * (x >> 15)) >> 7) * 75) >> 4;
        x = Math.Clamp(x, 0, 419_430_400);
        var values = calibration.Compensate(FakeBme280.RawTemperature, 0x80000, raw);
        Assert.Equal((x >> 12) / 1024.0, values.RelativeHumidity!.Value, 0.02);
        Assert.Null(values.Pascal);
    }

    [Fact]
    public void What_a_bme280_skipped_has_no_value()
    {
        var chip = new FakeBme280();
        var calibration = Bme280Calibration.Read(
            chip.Registers.AsSpan(0x88, 26), chip.Registers.AsSpan(0xE1, 7))!;
        Assert.Equal((null, null, null), calibration.Compensate(0x80000, 415_148, 28_000));
        Assert.Null(calibration.Compensate(519_888, 415_148, 0x8000).RelativeHumidity);
        Assert.Null(Bme280Calibration.Read(new byte[26], new byte[7]));
    }

    [Fact]
    public void A_bme280_that_is_stuck_gone_or_another_chip_says_so_and_comes_back()
    {
        var chip = new FakeBme280();
        var device = Device(SensorChips.Bme280);
        using var bus = Bus(chip);
        Numbers(After(0, bus, device));
        chip.IsStuck = true;
        AllAbsent(Reason.Timeout, After(1, bus, device));
        AllAbsent(Reason.NotReady, After(1, bus, device));
        chip.IsStuck = false;
        Numbers(After(1, bus, device));

        chip.IsPlugged = false;
        AllAbsent(Reason.NotConnected, After(1, bus, device));
        chip.IsPlugged = true;
        Numbers(After(1, bus, device));

        chip.IsPlugged = false;
        AllAbsent(Reason.NotConnected, After(1, bus, device));
        chip.IsPlugged = true;
        chip.Registers[0xD0] = 0x58;
        var other = After(1, bus, device);
        AllAbsent(Reason.Configuration, other);
        Assert.Contains("0x58", other.Trouble!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void An_ads1115_reads_each_input_in_its_range()
    {
        var chip = new FakeAds1115();
        (chip.Inputs[0], chip.Inputs[1], chip.Inputs[2]) = (1.5, 0.25, 4);
        using var bus = Bus(chip);
        var device = Loop(shunt: null);
        Assert.Equal([1.5, 0.25, 4, 0], Numbers(After(0, bus, device)), Within(0.0002));
        chip.Inputs[3] = 4.2;
        var clipped = After(1, bus, device);
        Assert.Equal(
            (null, Quality.Bad, Reason.OutOfRange),
            (clipped.Readings[3].Value, clipped.Readings[3].Quality, clipped.Readings[3].Reason));
        Assert.Equal(Quality.Good, clipped.Readings[0].Quality);
    }

    [Theory]
    [InlineData(0, null, Quality.Bad, Reason.LineBreak)]
    [InlineData(3.59, null, Quality.Bad, Reason.LineBreak)]
    [InlineData(3.61, 3.61, Quality.Uncertain, Reason.OutOfRange)]
    [InlineData(3.79, 3.79, Quality.Uncertain, Reason.OutOfRange)]
    [InlineData(3.81, 3.81, Quality.Good, Reason.None)]
    [InlineData(4, 4.0, Quality.Good, Reason.None)]
    [InlineData(20, 20.0, Quality.Good, Reason.None)]
    [InlineData(20.49, 20.49, Quality.Good, Reason.None)]
    [InlineData(20.51, 20.51, Quality.Uncertain, Reason.OutOfRange)]
    [InlineData(20.99, 20.99, Quality.Uncertain, Reason.OutOfRange)]
    [InlineData(21.01, null, Quality.Bad, Reason.ShortCircuit)]
    [InlineData(60, null, Quality.Bad, Reason.ShortCircuit)]
    public void A_loop_says_by_its_current_whether_it_can_be_trusted(
        double milliamperes, double? expected, Quality quality, Reason reason)
    {
        var chip = new FakeAds1115();
        chip.Inputs[0] = milliamperes / 1000 * 120;
        using var bus = Bus(chip);
        var reading = After(0, bus, Loop(shunt: 120)).Readings[0];
        Assert.Equal((quality, reason), (reading.Quality, reading.Reason));
        Assert.Equal(expected ?? -1, reading.Value?.AsNumber() ?? -1, 0.002);
    }

    [Fact]
    public void An_ads1115_that_forgot_what_it_was_told_gives_no_number()
    {
        var chip = new FakeAds1115 { IsShaky = true };
        chip.Inputs[0] = 1;
        using var bus = Bus(chip);
        AllAbsent(Reason.Fault, After(0, bus, Loop(shunt: null)));
        (chip.IsShaky, chip.IsStuck) = (false, true);
        AllAbsent(Reason.Timeout, After(1, bus, Loop(shunt: null)));
        chip.IsStuck = false;
        Numbers(After(1, bus, Loop(shunt: null)));
    }

    [Fact]
    public void A_bus_that_is_not_there_is_an_absence()
    {
        using var bus = I2cDeviceLink.Open(new SiteLink.I2c("bus", 250), _time);
        AllAbsent(Reason.NotConnected, After(0, bus, Device(SensorChips.Bme280)));
    }

    private static EqualityComparer<double> Within(double tolerance) =>
        EqualityComparer<double>.Create((a, b) => Math.Abs(a - b) <= tolerance, _ => 0);
}
