using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sampling;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Modbus;

/// <summary>
/// The instruments of a link, over a line with virtual time: what is learned from refusals, and
/// what the silent ones cost the others. A register holds ten times its address.
/// </summary>
public sealed class DeviceLinkTests : IDisposable
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(10);
    private static readonly SiteLink.Tcp Site = new("lan", "none", 502, IsRtu: false, Timeout);

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly HashSet<int> _dead = [];
    private readonly List<(int Unit, byte[] Pdu, DateTimeOffset At)> _asked = [];
    private readonly StringWriter _log = new();
    private TimeSpan _delay = Delay;
    private readonly FakeByteLink _line;
    private readonly ModbusDeviceLink _link;

    /// <summary>Answers to requests that are not just answered; null: nothing comes.</summary>
    private Func<byte[], byte[]?> _quirk = pdu => Values(pdu);

    public DeviceLinkTests()
    {
        _line = new FakeByteLink(_time, Answer);
        _link = new ModbusDeviceLink(
            Site, new TcpExchange(_line, Site, _time),
            new Log(_log, _time, TimeZoneInfo.Utc), _time);
    }

    public void Dispose()
    {
        _link.Dispose();
        _line.Dispose();
        _log.Dispose();
    }

    [Fact]
    public void Points_of_all_tables_are_read_by_several_requests()
    {
        var device = Device(1, Holding(0), Holding(400), Word(RegisterTable.Input, 7),
            Bit(RegisterTable.Coil, 3), Bit(RegisterTable.Discrete, 4));
        Assert.Equal("0 4000 70 1 0", Text(Read(device)));
        Assert.Equal(5, _asked.Count);
    }

    [Fact]
    public void A_reading_is_of_the_middle_between_request_and_answer()
    {
        _delay = TimeSpan.FromMilliseconds(300);
        var sample = Read(Device(1, Holding(0), Holding(400)));
        Assert.Equal(2, _asked.Count);
        Assert.Equal(
            _asked.Select(it => (it.At + (_delay / 2)).ToUnixTimeMilliseconds()),
            sample.Readings.Select(reading => reading.TimeMs));
    }

    [Fact]
    public void What_is_refused_costs_its_own_points_only_and_is_not_asked_again()
    {
        _quirk = pdu => Covers(pdu, 5) ? [0x83, 2] : Values(pdu);
        var device = Device(1, [.. Enumerable.Range(0, 10).Select(Holding)]);
        var first = Read(device);
        Assert.Equal("0 10 20 30 40 IllegalAddress 60 70 80 90", Text(first));
        Assert.Equal(Reason.IllegalAddress, first.Trouble!.Reason);
        _asked.Clear();
        Assert.Equal(Text(first), Text(Read(device)));
        Assert.DoesNotContain(_asked, asked => Covers(asked.Pdu, 5));
    }

    [Fact]
    public void A_device_that_takes_few_registers_is_asked_for_few()
    {
        _quirk = pdu => pdu[4] > 16 ? [0x83, 3] : Values(pdu);
        var device = Device(1, [.. Enumerable.Range(0, 60).Select(Holding)]);
        var expected = string.Join(' ', Enumerable.Range(0, 60).Select(i => i * 10));
        Assert.Equal(expected, Text(Read(device)));
        _asked.Clear();
        Assert.Equal(expected, Text(Read(device)));
        Assert.All(_asked, asked => Assert.InRange(asked.Pdu[4], 1, 16));
    }

    [Fact]
    public void A_function_that_is_not_there_rests_and_the_others_go_on()
    {
        _quirk = pdu => pdu[0] == 4 ? [0x84, 1] : Values(pdu);
        var device = Device(1, Holding(3), Word(RegisterTable.Input, 7));
        Assert.Equal("30 IllegalFunction", Text(Read(device)));
        Assert.Equal("30 IllegalFunction", Text(Read(device)));
        Assert.Single(_asked, asked => asked.Pdu[0] == 4);
        _time.Advance(AgentLimits.UnitBackoffMax);
        _quirk = pdu => Values(pdu);
        Assert.Equal("30 70", Text(Read(device)));
    }

    [Fact]
    public void A_function_that_was_there_does_not_rest_for_a_refusal()
    {
        var device = Device(1, Holding(3));
        Assert.Equal("30", Text(Read(device)));
        _quirk = _ => [0x83, 1];
        Assert.Equal("IllegalFunction", Text(Read(device)));
        _quirk = pdu => Values(pdu);
        Assert.Equal("30", Text(Read(device)));
    }

    [Fact]
    public void Lessons_are_forgotten_after_a_while()
    {
        _quirk = _ => [0x83, 2];
        var device = Device(1, Holding(3));
        Assert.Equal("IllegalAddress", Text(Read(device)));
        _quirk = pdu => Values(pdu);
        Assert.Equal("IllegalAddress", Text(Read(device)));
        _time.Advance(AgentLimits.LessonsForgottenAfter + Delay);
        Assert.Equal("30", Text(Read(device)));
    }

    [Theory]
    [InlineData(4, Reason.DeviceFailure)]
    [InlineData(7, Reason.NegativeAcknowledge)]
    [InlineData(8, Reason.MemoryParity)]
    [InlineData(99, Reason.ModbusException)]
    public void Another_exception_costs_one_cycle(byte code, Reason reason)
    {
        _quirk = _ => [0x83, code];
        var device = Device(1, Holding(3));
        Assert.Equal($"{reason}", Text(Read(device)));
        Assert.Single(_asked);
        _quirk = pdu => Values(pdu);
        Assert.Equal("30", Text(Read(device)));
    }

    [Theory]
    [InlineData(5, Reason.Acknowledge)]
    [InlineData(6, Reason.DeviceBusy)]
    public void A_busy_device_is_asked_again_a_moment_later_once(byte code, Reason reason)
    {
        _quirk = _ => [0x83, code];
        var device = Device(1, Holding(3));
        Assert.Equal($"{reason}", Text(Read(device)));
        Assert.True(_asked[1].At - _asked[0].At >= AgentLimits.BusyPause);
        Assert.Equal($"{reason}", Text(Read(device)));
        Assert.Equal(3, _asked.Count);
        _quirk = pdu => Values(pdu);
        Assert.Equal("30", Text(Read(device)));
    }

    [Fact]
    public void A_lost_answer_is_asked_for_once_more_at_once()
    {
        var lost = 1;
        _quirk = pdu => lost-- > 0 ? null : Values(pdu);
        Assert.Equal("30", Text(Read(Device(1, Holding(3)))));
        Assert.Equal(2, _asked.Count);
    }

    [Fact]
    public void A_gateway_without_a_path_rests_with_all_its_units()
    {
        _quirk = _ => [0x83, 10];
        Assert.Equal("GatewayPath", Text(Read(Device(1, Holding(3)))));
        Assert.Equal("GatewayPath", Text(Read(Device(2, Holding(3)))));
        Assert.Single(_asked);
        _time.Advance(AgentLimits.UnitBackoffMin);
        _quirk = pdu => Values(pdu);
        Assert.Equal("30", Text(Read(Device(2, Holding(3)))));
    }

    [Fact]
    public void A_unit_that_its_gateway_cannot_reach_rests_alone()
    {
        _quirk = _ => [0x83, 11];
        var device = Device(1, Holding(3), Holding(900));
        Assert.Equal("GatewayTarget GatewayTarget", Text(Read(device)));
        Assert.Single(_asked);
        _quirk = pdu => Values(pdu);
        Assert.Equal("GatewayTarget GatewayTarget", Text(Read(device)));
        Assert.Equal("30", Text(Read(Device(2, Holding(3)))));
    }

    [Fact]
    public void A_connection_that_the_device_closed_meanwhile_costs_no_reading()
    {
        var device = Device(1, Holding(3));
        Assert.Equal("30", Text(Read(device)));
        _line.ClosesWhenEmpty = true;
        _quirk = pdu => _line.ClosesWhenEmpty ? null : Values(pdu);
        Assert.Equal("30", Text(Read(device)));
        Assert.Equal(2, _line.Opened);
    }

    [Fact]
    public void A_connection_that_cannot_be_made_is_tried_more_and_more_seldom()
    {
        _line.Close();
        _line.Unreachable = "no route";
        var device = Device(1, Holding(3));
        for (var i = 0; i < 600; i++)
        {
            Assert.Equal("NotConnected", Text(Read(device)));
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.InRange(_line.Opened, 6, 12);
        _line.Unreachable = null;
        _time.Advance(AgentLimits.LinkBackoffMax);
        Assert.Equal("30", Text(Read(device)));
    }

    [Fact]
    public void Dead_units_leave_the_living_their_rate_and_the_link_its_time()
    {
        SiteDevice[] devices = [.. Enumerable.Range(1, 20).Select(
            unit => Device(unit, Holding(3)))];
        var images = new List<(int Unit, bool IsGood)>();
        using var loop = new LinkLoop(
            Site, _link, [.. devices], new Dictionary<string, DateTimeOffset>(),
            sampled => images.Add((
                sampled.Device.Address,
                sampled.Sample.Readings[0].Quality == Quality.Good && !sampled.IsOverrun)),
            _time);
        Run(loop, TimeSpan.FromMinutes(1));
        var healthy = images.Count(image => image.IsGood) * 15 / 20;
        Assert.Equal(60 * 15, healthy);

        _dead.UnionWith([2, 7, 8, 13, 20]);
        (images, var asked) = ([], _asked.Count);
        int Living() => images.Count(image => image.IsGood && !_dead.Contains(image.Unit));
        Run(loop, TimeSpan.FromMinutes(1));
        Assert.True(Living() >= 0.95 * healthy, $"{Living()} of {healthy} in the first minute");
        Run(loop, TimeSpan.FromMinutes(9));
        Assert.True(Living() >= 0.99 * 10 * healthy, $"{Living()} of {10 * healthy}");
        Assert.DoesNotContain(images, image => image.IsGood && _dead.Contains(image.Unit));

        var probes = _asked.Skip(asked).Count(request => _dead.Contains(request.Unit));
        Assert.InRange(probes * Timeout / TimeSpan.FromMinutes(10), 0.001, 0.1);
    }

    [Fact]
    public void A_quick_unit_is_not_waited_for_as_long_as_a_slow_one_may_take()
    {
        var device = Device(1, Holding(3));
        ReadOften(device);
        _dead.Add(1);
        var start = _time.GetUtcNow();
        Assert.Equal("Timeout", Text(Read(device)));
        Assert.Equal(2 * AgentLimits.PatienceMin, _time.GetUtcNow() - start);
    }

    [Fact]
    public void A_unit_that_became_slow_is_soon_known_as_a_slow_one()
    {
        var device = Device(1, Holding(3));
        for (var i = 0; i < 20; i++)
        {
            ReadOften(device);
        }

        _delay = Timeout * 0.9;
        var lost = 0;
        for (var i = 0; i < 100; i++)
        {
            var isLost = Text(Read(device)) == "Timeout";
            lost += isLost ? 1 : 0;
            _time.Advance(isLost ? AgentLimits.UnitBackoffMin : Timeout);
        }

        Assert.InRange(lost, 1, 2);
    }

    [Fact]
    public void A_unit_that_is_slow_now_and_then_is_taken_for_dead_more_and_more_seldom()
    {
        var device = Device(1, Holding(3));
        ReadOften(device);
        var lost = 0;
        for (var i = 0; i < 20; i++)
        {
            // Whatever it is asked just now it answers late, but never as late as the timeout.
            _delay = Timeout * 0.8;
            lost += Text(Read(device)) == "Timeout" ? 1 : 0;
            _delay = Delay;
            _time.Advance(AgentLimits.UnitBackoffMin);
            Assert.Equal("30", Text(Read(device)));
        }

        Assert.InRange(lost, 1, 4);
    }

    private void ReadOften(SiteDevice device)
    {
        for (var i = 0; i < AgentLimits.AnswersToBeQuick; i++)
        {
            Assert.Equal("30", Text(Read(device)));
        }
    }

    [Fact]
    public void A_long_plan_is_read_to_its_end()
    {
        var device = Device(1, [.. Enumerable.Range(0, 400).Select(Holding)]);
        device = device with
        {
            Map = device.Map with
            {
                Limits = RequestLimits.Standard with { MergeAllowed = false },
            },
        };
        Assert.Null(Read(device).Trouble);
    }

    [Fact]
    public void A_unit_that_came_back_is_read_again()
    {
        var device = Device(1, Holding(3));
        _dead.Add(1);
        Assert.Equal("Timeout", Text(Read(device)));
        Assert.Equal("Timeout", Text(Read(device)));
        Assert.Equal(2, _asked.Count);
        _dead.Clear();
        _time.Advance(Timeout * 2 * AgentLimits.SilentShareOfLink);
        Assert.Equal("30", Text(Read(device)));
    }

    [Fact]
    public void A_sunspec_device_is_asked_once_where_its_models_are()
    {
        // 'SunS', model 1 with 66 registers, model 103 with 50, the end.
        var registers = new Dictionary<int, int>
        {
            [40000] = 0x5375, [40001] = 0x6E53, [40002] = 1, [40003] = 66,
            [40070] = 103, [40071] = 50, [40072] = 4711, [40122] = 0xFFFF, [40123] = 0,
        };
        _quirk = pdu =>
        {
            var start = (pdu[1] << 8) + pdu[2];
            return start < 40000 ? [0x83, 2] : [3, (byte)(2 * pdu[4]),
                .. Enumerable.Range(start, pdu[4]).Select(at => registers.GetValueOrDefault(at))
                    .SelectMany(word => new[] { (byte)(word >> 8), (byte)(word & 0xFF) })];
        };
        var map = Plans.Map(RequestLimits.Standard, Holding(2));
        var device = Device(1) with
        {
            Map = map with
            {
                Points = [.. map.Points.Select(point => point with
                {
                    Source = new PointSource.ModelPoint([103], point.Registers),
                })],
            },
        };
        _dead.Add(1);
        Assert.Equal("Timeout", Text(Read(device)));
        _dead.Clear();
        _time.Advance(Timeout * 2 * AgentLimits.SilentShareOfLink);

        // A device that is busy half way has not told where its chain ends.
        var (answer, asked) = (_quirk, 0);
        _quirk = pdu => asked++ == 2 ? [0x83, 6] : answer(pdu);
        Assert.NotEqual("4711", Text(Read(device)));
        Assert.Equal("4711", Text(Read(device)));
        _asked.Clear();
        Assert.Equal("4711", Text(Read(device)));
        Assert.Single(_asked);
    }

    [Fact]
    public void A_device_without_sunspec_says_so()
    {
        _quirk = _ => [0x83, 2];
        var map = Plans.Map(RequestLimits.Standard, Holding(2));
        var device = Device(1) with
        {
            Map = map with
            {
                Points = [map.Points[0] with
                {
                    Source = new PointSource.ModelPoint([103], map.Points[0].Registers),
                }],
            },
        };
        Assert.Contains("SunS", Read(device).Trouble!.Detail);
        _asked.Clear();
        Assert.Equal("Configuration", Text(Read(device)));
        Assert.Empty(_asked);
    }

    [Fact]
    public void A_timeout_far_from_what_is_measured_is_said_with_a_better_one()
    {
        var device = Device(1, Holding(3));
        for (var i = 0; i < ResponseTimes.AnswersToPropose; i++)
        {
            Read(device);
        }

        Assert.Contains("The timeout of link lan is 500 ms", _log.ToString());
        Assert.Equal(Delay, _link.TimesOf("d1")!.Longest);
    }

    private void Run(LinkLoop loop, TimeSpan duration)
    {
        for (var until = _time.GetUtcNow() + duration; _time.GetUtcNow() < until;)
        {
            loop.ReadDue(CancellationToken.None);
            _time.Advance(TimeSpan.FromMilliseconds(5));
        }
    }

    private DeviceSample Read(SiteDevice device) => _link.Read(device, CancellationToken.None);

    private IEnumerable<Arrival> Answer(byte[] request)
    {
        var pdu = request[7..];
        _asked.Add((request[6], pdu, _time.GetUtcNow()));
        if (_dead.Contains(request[6]) || _quirk(pdu) is not { } answer)
        {
            return [];
        }

        var frame = new byte[MbapFrame.BytesMax];
        var length = MbapFrame.Write(frame, MbapFrame.TransactionOf(request), request[6], answer);
        return [new(_delay, frame[..length])];
    }

    private static byte[] Values(byte[] pdu)
    {
        var (start, count) = ((pdu[1] << 8) + pdu[2], (pdu[3] << 8) + pdu[4]);
        if (pdu[0] <= 2)
        {
            // Odd addresses are set.
            var bits = Enumerable.Range(start, count).Select(
                address => (address & 1) << (address - start));
            return [pdu[0], 1, (byte)bits.Sum()];
        }

        var words = Enumerable.Range(start, count).SelectMany(address =>
            new[] { (byte)(10 * address >> 8), (byte)(10 * address & 0xFF) });
        return [pdu[0], (byte)(2 * count), .. words];
    }

    private static bool Covers(byte[] pdu, int address) =>
        pdu[2] <= address && address < pdu[2] + pdu[4];

    private static string Text(DeviceSample sample) => string.Join(' ', sample.Readings.Select(
        reading => reading.Value?.AsNumber()?.ToString(CultureInfo.InvariantCulture)
            ?? $"{reading.Reason}"));

    private static PointSource.Registers Holding(int address) =>
        Word(RegisterTable.Holding, address);

    private static PointSource.Registers Word(RegisterTable table, int address) =>
        new(table, address, RegisterType.U16);

    private static PointSource.Registers Bit(RegisterTable table, int address) =>
        new(table, address, RegisterType.Bit);

    private static SiteDevice Device(int unit, params PointSource.Registers[] sources) =>
        new($"d{unit}", Plans.Map(RequestLimits.Standard, sources), "lan", unit)
        {
            Every = TimeSpan.FromSeconds(1),
        };
}
