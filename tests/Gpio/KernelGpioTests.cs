using System.Collections.Immutable;
using System.Device.Gpio;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Drivers.Gpio;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>The agent's driver on a real kernel's GPIO device, inside a small machine.</summary>
public sealed class KernelGpioTests : IDisposable
{
    private const int MeterLine = 1;
    private const int DoorLine = 2;

    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(2);

    private readonly string _folder = Directory.CreateTempSubdirectory("gpio-").FullName;
    private int _chip;
    private GpioDeviceLink? _link;

    public KernelGpioTests()
    {
        SimulatedChip.Plug(isIn: true);
        _chip = SimulatedChip.Number;
        for (var line = 0; line < 8; line++)
        {
            SimulatedChip.Pull(line, up: false);
        }
    }

    public void Dispose()
    {
        _link?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static SiteDevice Device(params PointSource[] sources) => new(
        "meter",
        new DeviceMap
        {
            Id = "m",
            Title = "m",
            Source = "m",
            Protocol = DeviceProtocol.Gpio,
            Points = [.. sources.Select(source => new DevicePoint
            {
                Id = source is PointSource.GpioCounter ? "volume" : "door",
                Quantity = "volume",
                Unit = "1",
                Source = source,
            })],
            StatusRules = [],
            SequencePoint = null,
        },
        "chip", 0)
    {
        Every = TimeSpan.FromSeconds(1),
        Lines = ImmutableDictionary.CreateRange<string, int>(
            [new("volume", MeterLine), new("door", DoorLine)]),
    };

    private static PointSource.GpioCounter Counter(TimeSpan debounce) =>
        new(OnRising: true, debounce, PulsesPerSecondMax: null);

    private static Task Pass(TimeSpan time) =>
        Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);

    private static async Task Pulses(int count)
    {
        // The kernel merges what comes closer than it can look.
        for (var i = 0; i < count; i++)
        {
            SimulatedChip.Pull(MeterLine, up: true);
            await Pass(TimeSpan.FromMilliseconds(20));
            SimulatedChip.Pull(MeterLine, up: false);
            await Pass(TimeSpan.FromMilliseconds(20));
        }
    }

    private void Start(SiteDevice device)
    {
        _link?.Dispose();
        _link = new GpioDeviceLink(
            () => new KernelGpioDriver(_chip), [device],
            PulseCounts.Open(Path.Combine(_folder, "pulse-counts.bin")), TimeProvider.System);
    }

    private Reading Read(SiteDevice device, int point = 0)
    {
        var sample = _link!.Read(device, CancellationToken.None);
        TestContext.Current.SendDiagnosticMessage($"{sample.Readings[point]} {sample.Trouble}");
        return sample.Readings[point];
    }

    private static void Is(long? count, Quality quality, Reason reason, Reading reading) =>
        Assert.Equal(
            (count, quality, reason),
            (reading.Value?.Bits, reading.Quality, reading.Reason));

    [Fact]
    public async Task Pulses_are_counted_exactly_and_a_restart_keeps_them()
    {
        var device = Device(Counter(Short));
        Start(device);
        Is(0, Quality.Good, Reason.None, Read(device));
        await Pulses(25);
        Is(25, Quality.Good, Reason.None, Read(device));
        await Pulses(5);
        Is(30, Quality.Good, Reason.None, Read(device));

        Start(device);
        Is(30, Quality.Uncertain, Reason.EdgesLost, Read(device));
        await Pulses(3);
        Is(33, Quality.Good, Reason.None, Read(device));
    }

    [Fact]
    public async Task What_is_shorter_than_the_debounce_is_no_pulse()
    {
        var device = Device(Counter(Long));
        Start(device);
        await Pulses(10);
        Is(0, Quality.Good, Reason.None, Read(device));
        SimulatedChip.Pull(MeterLine, up: true);
        await Pass(Long);
        Is(1, Quality.Good, Reason.None, Read(device));
    }

    [Fact]
    public async Task A_digital_input_follows_its_line()
    {
        var device = Device(Counter(Short), new PointSource.GpioLevel(ActiveLow: true, Short));
        Start(device);
        Assert.Equal(PointValue.Flag(true), Read(device, 1).Value);
        SimulatedChip.Pull(DoorLine, up: true);
        await Pass(TimeSpan.FromMilliseconds(50));
        Assert.Equal(PointValue.Flag(false), Read(device, 1).Value);
    }

    [Fact]
    public void A_line_can_be_held_up_by_the_chip()
    {
        var device = Device(
            new PointSource.GpioLevel(ActiveLow: false, Short) { Bias = LineBias.Up });
        Start(device);
        Assert.Equal(PointValue.Flag(true), Read(device).Value);
    }

    [Fact]
    public async Task Edges_that_the_kernel_could_not_keep_are_known_by_number()
    {
        using var chip = KernelGpio.OpenChip(_chip);
        Assert.Equal(8, KernelGpio.LinesOf(chip));
        using var line = KernelGpio.OpenLine(chip, MeterLine, PinMode.Input);
        const int Edges = KernelGpio.EdgesKept + 40;
        for (var i = 1; i <= Edges; i++)
        {
            SimulatedChip.Pull(MeterLine, up: i % 2 == 1);
            await Pass(Short);
        }

        var edges = new List<KernelEdge>();
        KernelGpio.TakeEdges(line, MeterLine, edges.Add);
        Assert.Equal(KernelGpio.EdgesKept, edges.Count);
        Assert.Equal(Edges, (int)edges[^1].Sequence);
        Assert.Equal(41u, edges[0].Sequence);
        Assert.All(edges.Zip(edges.Skip(1)), pair =>
        {
            Assert.Equal(pair.First.Sequence + 1, pair.Second.Sequence);
            Assert.True(pair.First.Timestamp < pair.Second.Timestamp);
            Assert.NotEqual(pair.First.ChangeType, pair.Second.ChangeType);
        });
        var age = TimeProvider.System.GetElapsedTime(edges[^1].Timestamp);
        Assert.InRange(age, TimeSpan.Zero, TimeSpan.FromSeconds(60));
    }

    [Fact]
    public async Task Another_user_of_the_line_and_a_chip_that_goes_are_absences()
    {
        var device = Device(Counter(Short));
        using (var chip = KernelGpio.OpenChip(_chip))
        using (KernelGpio.OpenLine(chip, MeterLine, PinMode.Input))
        {
            Start(device);
            Is(null, Quality.Bad, Reason.NotConnected, Read(device));
        }

        Is(0, Quality.Good, Reason.None, Read(device));
        await Pulses(2);
        Is(2, Quality.Good, Reason.None, Read(device));
        SimulatedChip.Plug(isIn: false);
        Is(null, Quality.Bad, Reason.NotConnected, Read(device));
        Is(null, Quality.Bad, Reason.NotConnected, Read(device));
        SimulatedChip.Plug(isIn: true);
        _chip = SimulatedChip.Number;
        Is(2, Quality.Uncertain, Reason.EdgesLost, Read(device));
        await Pulses(2);
        Is(4, Quality.Good, Reason.None, Read(device));
    }
}
