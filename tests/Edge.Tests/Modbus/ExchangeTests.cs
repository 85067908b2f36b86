using Microsoft.Extensions.Time.Testing;
using Monitoring.Agent;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Modbus;

/// <summary>One exchange against a server that misbehaves, one way a test.</summary>
public sealed class ExchangeTests : IDisposable
{
    private const byte Unit = 1;

    private static readonly TimeSpan Timeout = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Soon = TimeSpan.FromMilliseconds(5);
    private static readonly ModbusRequest Two =
        ModbusRequest.Read(new ReadBlock(RegisterTable.Holding, 10, 2));

    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch.AddDays(20_000));
    private readonly Queue<Func<byte[], Arrival[]>> _script = new();
    private readonly FakeByteLink _line;

    public ExchangeTests() => _line = new FakeByteLink(
        _time, request => _script.TryDequeue(out var line) ? line(request) : []);

    public void Dispose() => _line.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_right_answer_is_read_and_says_when(bool isRtu)
    {
        Plan(isRtu, [3, 4, 0x12, 0x34, 0x56, 0x78]);
        var answer = Assert.IsType<ModbusOutcome.Answered>(Ask(Master(isRtu), Two));
        Assert.Equal([0x1234, 0x5678], Words(answer));
        Assert.Equal(Soon, _time.GetElapsedTime(answer.Sent, answer.Came));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_exception_is_an_outcome_and_the_link_goes_on(bool isRtu)
    {
        Plan(isRtu, [0x83, 2]);
        Plan(isRtu, [3, 4, 0, 1, 0, 2]);
        using var master = Master(isRtu);
        Assert.Equal(new ModbusOutcome.Refused(2), Ask(master, Two));
        Assert.Equal([1, 2], Words(Ask(master, Two)));
    }

    public static TheoryData<byte[], byte[]> Functions() => new()
    {
        { ModbusRequest.Read(new(RegisterTable.Coil, 3, 10)).Pdu, [1, 2, 0x55, 1] },
        { ModbusRequest.Read(new(RegisterTable.Discrete, 3, 8)).Pdu, [2, 1, 0x55] },
        { ModbusRequest.Read(new(RegisterTable.Input, 3, 1)).Pdu, [4, 2, 0x55, 1] },
        { ModbusRequest.Write(5, 0x1234).Pdu, [6, 0, 5, 0x12, 0x34] },
        { ModbusRequest.Write(5, [1, 2]).Pdu, [16, 0, 5, 0, 2] },
        { ModbusRequest.ReadWrite(9, 1, 5, [1, 2]).Pdu, [23, 2, 0x55, 1] },
        {
            ModbusRequest.Identify(1, 0).Pdu,
            [43, 14, 1, 1, 0, 0, 2, 0, 2, 65, 66, 1, 1, 67]
        },
    };

    [Theory]
    [MemberData(nameof(Functions))]
    public void Every_function_is_asked_and_answered(byte[] request, byte[] answer)
    {
        foreach (var isRtu in new[] { false, true })
        {
            Plan(isRtu, answer);
            using var master = Master(isRtu);
            var outcome = Ask(master, new ModbusRequest(request));
            Assert.Equal(answer, Assert.IsType<ModbusOutcome.Answered>(outcome).Pdu);
            var sent = _line.Sent[^1];
            Assert.Equal(request, isRtu ? sent[1..^2] : sent[7..]);
        }
    }

    [Fact]
    public void Bits_come_lowest_first()
    {
        var block = new ReadBlock(RegisterTable.Coil, 3, 10);
        var words = new ushort[10];
        new ModbusOutcome.Answered([1, 2, 0b0101_0101, 0b10], 0, 0).Take(block, words);
        Assert.Equal([1, 0, 1, 0, 1, 0, 1, 0, 0, 1], words);
    }

    [Fact]
    public void A_late_answer_over_tcp_is_never_the_next_reading()
    {
        byte[] late = [];
        _script.Enqueue(request =>
        {
            late = Framed(false, request, [3, 4, 0, 66, 0, 66]);
            return [];
        });
        _script.Enqueue(request =>
            [new(Soon, [.. late, .. Framed(false, request, [3, 4, 0, 1, 0, 2])])]);
        using var master = Master(isRtu: false);
        Assert.Equal(Reason.Timeout, Failure(Ask(master, Two)));
        Assert.Equal([1, 2], Words(Ask(master, Two)));
        Assert.Equal(1, master.Strays);
    }

    [Theory]
    [InlineData(1.2)]
    [InlineData(2.5)]
    [InlineData(3.5)]
    public void A_late_answer_over_rtu_is_never_the_next_reading(double timeouts)
    {
        _script.Enqueue(request =>
            [new(Timeout * timeouts, Framed(true, request, [3, 4, 0, 66, 0, 66]))]);
        using var master = Master(isRtu: true);
        Assert.Equal(Reason.Timeout, Failure(Ask(master, Two)));

        // From now on it is asked again and again; it answers each, but behind the late one.
        var lateAt = _time.GetUtcNow() + Timeout * (timeouts - 1);
        ModbusOutcome outcome;
        do
        {
            for (var i = 0; i < 3; i++)
            {
                _script.Enqueue(request => [new(
                    TimeSpan.FromTicks(Math.Max(Soon.Ticks, (lateAt - _time.GetUtcNow()).Ticks)),
                    Framed(true, request, request[5] == 2
                        ? [3, 4, 0, 1, 0, 2] : [request[1], 2, 0, 77]))]);
            }

            outcome = Ask(master, Two);
            _script.Clear();
        }
        while (outcome is not ModbusOutcome.Answered && _line.Sent.Count < 100);

        Assert.Equal([1, 2], Words(outcome));
    }

    [Fact]
    public void After_a_silence_a_unit_is_asked_another_thing_before_the_next_reading()
    {
        _script.Enqueue(_ => []);
        Plan(true, [0x84, 1]);
        Plan(true, [3, 4, 0, 1, 0, 2]);
        using var master = Master(isRtu: true);
        Assert.Equal(Reason.Timeout, Failure(Ask(master, Two)));
        Assert.Equal([1, 2], Words(Ask(master, Two)));
        Assert.Equal([3, 4, 3], _line.Sent.Select(frame => frame[1]));
    }

    [Fact]
    public void A_unit_that_leaves_the_other_thing_unanswered_is_read_after_a_quarantine()
    {
        using var master = Master(isRtu: true);
        Assert.Equal(Reason.Timeout, Failure(Ask(master, Two)));
        Assert.Equal(Reason.Timeout, Failure(Ask(master, Two)));
        Assert.Equal([3, 4], _line.Sent.Select(frame => frame[1]));
        master.Idle(Timeout * (AgentLimits.TimeoutsToSettle + 1));
        Plan(true, [3, 4, 0, 1, 0, 2]);
        Assert.Equal([1, 2], Words(Ask(master, Two)));
        Assert.Equal(3, _line.Sent.Count);
    }

    [Fact]
    public void Noise_echo_and_frames_of_others_before_an_answer_are_passed_over()
    {
        _script.Enqueue(request =>
        [
            new(Soon, [0, 0xFF, .. request]),
            new(Soon, Frame(2, [3, 4, 0, 66, 0, 66])),
            new(Soon, Frame(Unit, [3, 2, 0, 66])),
            new(Soon * 2, Frame(Unit, [3, 4, 0, 1, 0, 2])),
        ]);
        Assert.Equal([1, 2], Words(Ask(Master(isRtu: true), Two)));
    }

    [Fact]
    public void An_answer_in_single_bytes_is_put_together()
    {
        _script.Enqueue(request =>
            [.. Framed(true, request, [3, 4, 0, 1, 0, 2]).Select(
                (one, index) => new Arrival(Soon * (index + 1), [one]))]);
        Assert.Equal([1, 2], Words(Ask(Master(isRtu: true), Two)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_answer_in_time_counts_although_the_agent_itself_stood_still(bool isRtu)
    {
        using var master = Master(isRtu);
        _script.Enqueue(request =>
        {
            _line.AfterWaiting = () => _time.Advance(Timeout * 3);
            return [new(Timeout * 0.9, Framed(isRtu, request, [3, 4, 0, 1, 0, 2]))];
        });
        Assert.Equal([1, 2], Words(Ask(master, Two)));
    }

    [Fact]
    public void A_damaged_answer_is_known_by_its_sum_before_the_timeout()
    {
        _script.Enqueue(request =>
        {
            var frame = Framed(true, request, [3, 4, 0, 1, 0, 2]);
            frame[4] ^= 0x10;
            return [new(Soon, frame)];
        });
        var start = _time.GetTimestamp();
        Assert.Equal(Reason.Crc, Failure(Ask(Master(isRtu: true), Two)));
        Assert.InRange(_time.GetElapsedTime(start), Soon, Timeout / 2);
    }

    [Fact]
    public void A_line_that_is_never_silent_is_a_bad_frame()
    {
        for (var i = 0; i < 1_000; i++)
        {
            _line.Inject(new(TimeSpan.FromMilliseconds(i), [0x55]));
        }

        Assert.Equal(Reason.BadFrame, Failure(Ask(Master(isRtu: true), Two)));
        Assert.Empty(_line.Sent);
    }

    [Fact]
    public void The_deadline_grows_with_the_bytes_on_a_slow_line()
    {
        // 255 characters of 11 bits at 1200 baud take 2.3 s.
        var block = new ReadBlock(RegisterTable.Holding, 0, 125);
        var after = Timeout + TimeSpan.FromSeconds(2);
        _script.Enqueue(request =>
            [new(after, Framed(true, request, [3, 250, .. new byte[250]]))]);
        var line = new SiteLink.Serial("bus", "none", 1_200, SerialParity.Even, 1, Timeout);
        using var master = new RtuExchange(_line, line, _time);
        Assert.Null(master.Open());
        Assert.IsType<ModbusOutcome.Answered>(Ask(master, ModbusRequest.Read(block)));
    }

    public static TheoryData<string, byte[]> Wrong() => new()
    {
        { "another unit", [0, 1, 0, 0, 0, 7, 2, 3, 4, 0, 1, 0, 2] },
        { "another function", [0, 1, 0, 0, 0, 7, 1, 4, 4, 0, 1, 0, 2] },
        { "fewer registers", [0, 1, 0, 0, 0, 5, 1, 3, 2, 0, 1] },
        { "a wrong byte count", [0, 1, 0, 0, 0, 7, 1, 3, 2, 0, 1, 0, 2] },
        { "another protocol", [0, 1, 0, 9, 0, 7, 1, 3, 4, 0, 1, 0, 2] },
        { "an impossible length", [0, 1, 0, 0, 9, 7, 1, 3, 4, 0, 1, 0, 2] },
        { "text", "HTTP/1.1 400 Bad Request"u8.ToArray() },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_answer_over_tcp_is_a_bad_frame(string what, byte[] answer)
    {
        _script.Enqueue(_ => [new(Soon, answer)]);
        Assert.True(Failure(Ask(Master(isRtu: false), Two)) == Reason.BadFrame, what);
    }

    [Fact]
    public void A_stream_that_lost_its_step_is_closed()
    {
        _script.Enqueue(_ => [new(Soon, "HTTP/1.1 400 Bad Request"u8.ToArray())]);
        Ask(Master(isRtu: false), Two);
        Assert.False(_line.IsOpen);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_answer_cut_off_by_a_close_is_a_lost_connection(bool isRtu)
    {
        _script.Enqueue(request =>
        {
            _line.ClosesWhenEmpty = true;
            return [new(Soon, Framed(isRtu, request, [3, 4, 0, 1, 0, 2])[..^1])];
        });
        Assert.Equal(Reason.NotConnected, Failure(Ask(Master(isRtu), Two)));
        Assert.False(_line.IsOpen);
    }

    private IModbusExchange Master(bool isRtu)
    {
        var site = new SiteLink.Tcp("lan", "none", 502, isRtu, Timeout);
        IModbusExchange master = isRtu
            ? new RtuExchange(_line, site, _time) : new TcpExchange(_line, site, _time);
        Assert.Null(master.Open());
        return master;
    }

    private void Plan(bool isRtu, byte[] pdu) =>
        _script.Enqueue(request => [new(Soon, Framed(isRtu, request, pdu))]);

    private static ModbusOutcome Ask(IModbusExchange master, ModbusRequest request) =>
        master.Ask(Unit, request, CancellationToken.None);

    private static byte[] Framed(bool isRtu, byte[] request, byte[] pdu)
    {
        if (isRtu)
        {
            return Frame(request[0], pdu);
        }

        var frame = new byte[MbapFrame.BytesMax];
        var transaction = MbapFrame.TransactionOf(request);
        return frame[..MbapFrame.Write(frame, transaction, request[6], pdu)];
    }

    private static byte[] Frame(byte unit, byte[] pdu)
    {
        var frame = new byte[RtuFrame.BytesMax];
        return frame[..RtuFrame.Write(frame, unit, pdu)];
    }

    private static ushort[] Words(ModbusOutcome outcome)
    {
        var words = new ushort[2];
        Assert.IsType<ModbusOutcome.Answered>(outcome).Take(
            new ReadBlock(RegisterTable.Holding, 10, 2), words);
        return words;
    }

    private static Reason Failure(ModbusOutcome outcome) =>
        Assert.IsType<ModbusOutcome.Failed>(outcome).Reason;
}
