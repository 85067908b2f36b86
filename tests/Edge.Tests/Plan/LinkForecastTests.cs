using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests;

public sealed class LinkForecastTests
{
    /// <summary>
    /// Of 8 registers: 29 characters of 1.0416 ms, two silences of 3.6456 ms, 5 ms of delay.
    /// </summary>
    private const double ReadMs = 29 * 1.0416 + 2 * 3.6456 + 5;

    private static readonly DeviceMap Map = Plans.Map(
        RequestLimits.Standard, [.. Enumerable.Range(0, 4).Select(
            i => new PointSource.Registers(RegisterTable.Holding, 2 * i, RegisterType.F32))]);

    private static Gateway Bus(int devices, double everySeconds) =>
        new("gateway-1", TimeSpan.FromSeconds(1), [Plans.Bus9600],
            [.. Enumerable.Range(1, devices).Select(unit => new SiteDevice(
                $"d{unit}", Map, Plans.Bus9600.Id, unit)
            {
                Every = TimeSpan.FromSeconds(everySeconds),
            })]);

    [Fact]
    public void Time_and_load_are_those_of_the_bytes()
    {
        var link = Assert.Single(LinkForecast.Of(Bus(4, 2)));
        Assert.All(link.Devices, device =>
        {
            Assert.Equal((8, 21), (device.RequestBytes, device.AnswerBytes));
            Assert.Equal(ReadMs, device.Time.TotalMilliseconds, 0.01);
        });
        Assert.Equal(4 * ReadMs, link.Together.TotalMilliseconds, 0.01);
        Assert.Equal(4 * ReadMs / 20, link.LoadPercent, 0.01);
        Assert.Empty(link.LatestStarts);
    }

    /// <summary>Each device counts with its own period.</summary>
    [Fact]
    public void A_slow_device_takes_little_of_a_fast_link()
    {
        var bus = Bus(2, 1);
        var slow = bus.Devices[1] with { Every = TimeSpan.FromSeconds(10) };
        var link = Assert.Single(LinkForecast.Of(bus with { Devices = [bus.Devices[0], slow] }));
        Assert.Equal(ReadMs * (0.1 + 0.01), link.LoadPercent, 0.01);
    }

    [Theory]
    [InlineData(21, false)]
    [InlineData(22, true)]
    [InlineData(60, true)]
    public void A_link_that_is_busy_nine_tenths_of_the_time_is_refused(int devices, bool isRefused)
    {
        var faults = new Faults();
        LinkForecast.Refuse("site.yaml", Bus(devices, 1), faults);
        Assert.Equal(isRefused, faults.Any);
    }

    [Fact]
    public void The_refusal_names_gateway_link_load_and_remedy()
    {
        var faults = new Faults();
        LinkForecast.Refuse("site.yaml", Bus(40, 1), faults);
        var fault = Assert.Single(faults.All);
        Assert.Equal(
            "link 'bus' of gateway 'gateway-1' would be busy 170 % of the time, and 90 % is the "
            + "most that leaves room for repeated requests", fault.Problem);
        Assert.Equal(
            "set 'baud: 38400' here and in the instruments (64 % then), or make the periods "
            + "('cycle', 'every') 2 times as long, or give what changes slowly a longer 'every', "
            + "or leave out points ('d1' alone takes 4 %)", fault.Remedy);
    }

    /// <summary>The reads of a link stand around the middle of the cycle.</summary>
    [Fact]
    public void Devices_that_take_nearly_all_of_the_time_all_come_in_time() =>
        Assert.Empty(Assert.Single(LinkForecast.Of(Bus(21, 1))).LatestStarts);

    /// <summary>A long read now and then keeps a fast device waiting for more than its cycle.
    /// </summary>
    [Fact]
    public void Devices_that_wait_too_long_for_their_turn_are_foreseen()
    {
        var bus = Bus(2, 0.2);
        var far = Plans.Map(
            RequestLimits.Standard, [.. Enumerable.Range(0, 10).Select(
                i => new PointSource.Registers(RegisterTable.Holding, 200 * i, RegisterType.F32))]);
        var slow = bus.Devices[1] with { Map = far, Every = TimeSpan.FromSeconds(10) };
        var link = Assert.Single(LinkForecast.Of(bus with { Devices = [bus.Devices[0], slow] }));
        Assert.Equal("d1", Assert.Single(link.LatestStarts).Device.Id);
    }
}
