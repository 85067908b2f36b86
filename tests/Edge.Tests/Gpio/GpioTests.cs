using System.Collections.Immutable;
using System.Device.Gpio;
using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Drivers.Gpio;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

public sealed class GpioTests : IDisposable
{
    private const int Pin = 3;
    private const int DoorPin = 5;

    private static readonly PointSource.GpioCounter Counter =
        new(OnRising: true, TimeSpan.FromMilliseconds(20), PulsesPerSecondMax: 10);

    private static readonly PointSource.GpioLevel Door =
        new(ActiveLow: true, TimeSpan.FromMilliseconds(50)) { Bias = LineBias.Up };

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly string _folder = TestFiles.Folder();
    private readonly FakeGpioDriver _driver;
    private GpioDeviceLink? _link;

    public GpioTests() => _driver = new FakeGpioDriver(_time);

    private string CountsFile => Path.Combine(_folder, "pulse-counts.bin");

    public void Dispose()
    {
        _link?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static SiteDevice Device(params PointSource[] sources)
    {
        var points = sources.Select((source, index) => new DevicePoint
        {
            Id = source is PointSource.GpioCounter ? "volume" : "door",
            Quantity = "volume",
            Unit = "1",
            Source = source,
        }).ToImmutableArray();
        return new SiteDevice(
            "meter",
            new DeviceMap
            {
                Id = "m",
                Title = "m",
                Source = "m",
                Protocol = DeviceProtocol.Gpio,
                Points = points,
                StatusRules = sources.Length == 1 ? [] : [new StatusRule(
                    "door", 1, 1, Quality.Bad, Reason.Maintenance, ["volume"])],
                SequencePoint = null,
            },
            "chip", 0)
        {
            Every = TimeSpan.FromSeconds(1),
            Lines = ImmutableDictionary.CreateRange<string, int>(
                [new("volume", Pin), new("door", DoorPin)]),
        };
    }

    /// <summary>As at a start of the agent.</summary>
    private void Start(SiteDevice device)
    {
        _link?.Dispose();
        _link = new GpioDeviceLink(
            _driver.Open, [device], PulseCounts.Open(CountsFile), _time);
    }

    private void Hold(bool level, double milliseconds, int pin = Pin)
    {
        _driver.Edge(pin, level);
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds));
    }

    private void Pulses(int count)
    {
        for (var i = 0; i < count; i++)
        {
            Hold(true, 100);
            Hold(false, 100);
        }
    }

    private DeviceSample Read(SiteDevice device)
    {
        var sample = _link!.Read(device, CancellationToken.None);
        Assert.Equal(_time.GetUtcNow().ToUnixTimeMilliseconds(), sample.TimeMs);
        return sample;
    }

    private void Counts(long? expected, Quality quality, Reason reason, SiteDevice device)
    {
        var sample = Read(device);
        var reading = sample.Readings[0];
        Assert.Equal(
            (expected, quality, reason),
            (reading.Value?.Bits, reading.Quality, reading.Reason));
        Assert.Equal(reason, sample.Trouble?.Reason ?? Reason.None);
    }

    private void Counts(long expected, SiteDevice device) =>
        Counts(expected, Quality.Good, Reason.None, device);

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Pulses_are_counted_exactly(bool onRising, bool isPlain)
    {
        var device = Device(Counter with { OnRising = onRising });
        _driver.IsPlain = isPlain;
        Start(device);
        Counts(0, device);
        Pulses(25);
        _time.Advance(TimeSpan.FromSeconds(1));
        Counts(25, device);
        Counts(25, device);

        // One that is under way counts with its own edge.
        Hold(true, 100);
        Counts(onRising ? 26 : 25, device);
        Hold(false, 100);
        Counts(26, device);
    }

    [Fact]
    public void What_bounces_is_one_pulse_and_what_is_short_is_none()
    {
        var device = Device(Counter);
        Start(device);
        for (var i = 0; i < 5; i++)
        {
            foreach (var level in new[] { true, false, true, false, true })
            {
                Hold(level, 3);
            }

            _time.Advance(TimeSpan.FromMilliseconds(100));
            foreach (var level in new[] { false, true, false })
            {
                Hold(level, 3);
            }

            _time.Advance(TimeSpan.FromMilliseconds(200));
            Hold(true, 19);
            Hold(false, 200);
        }

        Counts(5, device);
    }

    [Fact]
    public void A_restart_keeps_the_count_and_says_that_nobody_counted_meanwhile()
    {
        var device = Device(Counter);
        Start(device);
        Pulses(7);
        Counts(7, device);
        Start(device);
        Counts(7, Quality.Uncertain, Reason.EdgesLost, device);
        Pulses(2);
        Counts(9, device);

        // What was counted after the last image is gone with a crash, and the image says so.
        Pulses(3);
        Start(device);
        Counts(9, Quality.Uncertain, Reason.EdgesLost, device);
    }

    [Fact]
    public void Edges_that_the_kernel_lost_make_one_count_uncertain()
    {
        var device = Device(Counter);
        Start(device);
        Pulses(2);
        _driver.Lose(Pin, 4);
        Pulses(2);
        var sample = Read(device);
        Assert.Equal(
            (4L, Quality.Uncertain, Reason.EdgesLost),
            (sample.Readings[0].Value!.Value.Bits, sample.Readings[0].Quality,
                sample.Readings[0].Reason));
        Assert.Contains("4 edges of line 3", sample.Trouble!.Detail, StringComparison.Ordinal);
        Pulses(1);
        Counts(5, device);
    }

    [Fact]
    public void A_line_whose_callbacks_fell_silent_is_opened_again()
    {
        var device = Device(Counter);
        Start(device);
        Pulses(3);
        Counts(3, device);
        _driver.IsSilent = true;
        Hold(true, 1_000);

        // The edge may be on its way still; after another look it is not.
        Counts(3, device);
        _time.Advance(TimeSpan.FromSeconds(1));
        Counts(3, Quality.Uncertain, Reason.EdgesLost, device);
        Hold(false, 1_000);
        Counts(3, Quality.Uncertain, Reason.EdgesLost, device);
        Pulses(2);
        Counts(5, device);
    }

    [Fact]
    public void More_pulses_than_there_can_be_are_doubtful()
    {
        var device = Device(Counter with { Debounce = TimeSpan.Zero });
        Start(device);
        Counts(0, device);
        for (var i = 0; i < 30; i++)
        {
            Hold(true, 10);
            Hold(false, 10);
        }

        Counts(30, Quality.Uncertain, Reason.OutOfRange, device);
        _time.Advance(TimeSpan.FromSeconds(1));
        Pulses(4);
        Counts(34, device);
    }

    [Fact]
    public void A_digital_input_is_read_and_marks_the_points_of_its_device()
    {
        var device = Device(Counter, Door);
        _driver.Edge(DoorPin, true);
        Start(device);
        Assert.Equal(PinMode.InputPullUp, _driver.Modes[DoorPin]);
        var closed = Read(device);
        Assert.Equal(PointValue.Flag(false), closed.Readings[1].Value);
        Assert.Equal(Quality.Good, closed.Readings[0].Quality);

        Hold(false, 49, DoorPin);
        Assert.Equal(PointValue.Flag(false), Read(device).Readings[1].Value);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var open = Read(device);
        Assert.Equal(PointValue.Flag(true), open.Readings[1].Value);
        Assert.Equal(Quality.Good, open.Readings[1].Quality);
        Assert.Equal(
            (Quality.Bad, Reason.Maintenance),
            (open.Readings[0].Quality, open.Readings[0].Reason));
    }

    [Fact]
    public void A_digital_input_that_fell_silent_still_shows_its_level()
    {
        var device = Device(Door);
        _driver.Edge(DoorPin, true);
        Start(device);
        Read(device);
        _driver.IsSilent = true;
        Hold(false, 1_000, DoorPin);
        Read(device);
        Assert.Equal(PointValue.Flag(true), Read(device).Readings[0].Value);
        Assert.Equal(PointValue.Flag(true), Read(device).Readings[0].Value);
    }

    [Fact]
    public void A_chip_that_is_pulled_out_and_comes_back_goes_on_counting()
    {
        var device = Device(Counter);
        Start(device);
        Pulses(3);
        Counts(3, device);
        _driver.IsPulledOut = true;
        Counts(null, Quality.Bad, Reason.NotConnected, device);
        Counts(null, Quality.Bad, Reason.NotConnected, device);
        _driver.IsPulledOut = false;
        Counts(3, Quality.Uncertain, Reason.EdgesLost, device);
        Pulses(1);
        Counts(4, device);
    }

    [Fact]
    public void A_line_that_another_program_has_leaves_the_others_alone()
    {
        var device = Device(Counter, Door);
        _driver.Busy = Pin;
        _driver.Edge(DoorPin, true);
        Start(device);
        var sample = Read(device);
        Assert.Equal(
            (null, Quality.Bad, Reason.NotConnected),
            (sample.Readings[0].Value, sample.Readings[0].Quality, sample.Readings[0].Reason));
        Assert.Contains("line 3 (volume)", sample.Trouble!.Detail, StringComparison.Ordinal);
        Assert.Equal(Quality.Good, sample.Readings[1].Quality);
        _driver.Busy = null;
        Counts(0, device);
        Pulses(1);
        Counts(1, device);
    }

    [Fact]
    public void A_chip_that_is_not_there_is_an_absence()
    {
        var device = Device(Counter);
        using var link = new GpioDeviceLink(
            () => new KernelGpioDriver(250), [device], PulseCounts.Open(CountsFile), _time);
        var sample = link.Read(device, CancellationToken.None);
        Assert.Equal(Reason.NotConnected, sample.Readings[0].Reason);
        Assert.Contains("gpiochip250", sample.Trouble!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_count_that_cannot_be_kept_is_doubtful()
    {
        var device = Device(Counter);
        using var link = new GpioDeviceLink(
            () => _driver, [device],
            PulseCounts.Open(Path.Combine(_folder, "missing", "pulse-counts.bin")), _time);
        Pulses(2);
        var sample = link.Read(device, CancellationToken.None);
        Assert.Equal(
            (2L, Quality.Uncertain, Reason.JournalWriteFailed),
            (sample.Readings[0].Value!.Value.Bits, sample.Readings[0].Quality,
                sample.Readings[0].Reason));
        Directory.CreateDirectory(Path.Combine(_folder, "missing"));
        sample = link.Read(device, CancellationToken.None);
        Assert.Equal(Quality.Good, sample.Readings[0].Quality);
    }
}
