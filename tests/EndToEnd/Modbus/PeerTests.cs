using System.Collections.Immutable;
using System.Globalization;
using System.Net.Sockets;
using System.Text.Json;
using Monitoring.Agent;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Modbus;

/// <summary>
/// Values, exceptions and slow answers of servers that nobody here wrote, over each transport.
/// </summary>
public sealed class PeerTests
{
    private const byte Unit = 7;
    private const int SlowFrom = 900;
    private const int RefusedFrom = 3_000;
    private const int Absent = 2_000;

    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(5);
    private static readonly ModbusRequest Plain =
        ModbusRequest.Read(new ReadBlock(RegisterTable.Holding, 0, 2));

    private static readonly (RegisterType Type, string[] Values)[] Types =
    [
        (RegisterType.U16, ["0", "1", "65534"]),
        (RegisterType.I16, ["-32767", "-1", "32767"]),
        (RegisterType.U32, ["65536", "4294967294"]),
        (RegisterType.I32, ["-2147483647", "-2", "305419896"]),
        (RegisterType.F32, ["0.5", "-123456.5", "1.5E-20"]),
        (RegisterType.U64, ["65537", "9223372036854775806"]),
        (RegisterType.I64, ["-9223372036854775807", "81985529216486895"]),
        (RegisterType.F64, ["0.1", "-1.7976931348623157E+300"]),
        (RegisterType.Bcd16, ["7", "9876"]),
        (RegisterType.Bcd32, ["7", "98765432"]),
        (RegisterType.Text, ["GMP252", "x"]),
    ];

    public static TheoryData<string, string> Peers() => new()
    {
        { "pymodbus", "tcp" },
        { "pymodbus", "rtu" },
        { "pymodbus", "rtu-tcp" },
        { "libmodbus", "tcp" },
        { "libmodbus", "rtu" },
        { "libmodbus", "rtu-tcp" },
    };

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task Every_type_and_order_is_read_as_it_was_written(
        string library, string transport)
    {
        var matrix = Matrix();
        await using var peer = await ModbusPeer.Start(library, transport, Plan(matrix), Patient);
        var missing = new Cell(RegisterTable.Holding, Absent, RegisterType.U16, default, "");
        using var link = DeviceLink(peer.Link);
        var sample = Read(link, peer.Link, [.. matrix, missing]);
        Assert.Equal(Reason.IllegalAddress, sample.Readings[^1].Reason);
        Assert.All(matrix.Zip(sample.Readings), pair => Assert.True(
            pair.First.Value == pair.Second.Value,
            $"{pair.First}: {pair.Second}\n{peer.Output}"));
    }

    /// <summary>What libmodbus is told to refuse, and the two that pymodbus comes to itself.
    /// </summary>
    [Theory]
    [InlineData("libmodbus", "tcp", 1, 2, 3, 4, 5, 6, 8, 10, 11)]
    [InlineData("libmodbus", "rtu", 1, 2, 3, 4, 5, 6, 8, 10, 11)]
    [InlineData("libmodbus", "rtu-tcp", 1, 2, 3, 4, 5, 6, 8, 10, 11)]
    [InlineData("pymodbus", "tcp", 2, 4)]
    [InlineData("pymodbus", "rtu", 2, 4)]
    [InlineData("pymodbus", "rtu-tcp", 2, 4)]
    public async Task An_exception_is_what_the_server_said_and_no_value(
        string library, string transport, params int[] codes)
    {
        await using var peer = await ModbusPeer.Start(library, transport, Plan(Matrix()), Patient);
        using var master = Open(peer.Link);
        foreach (var code in codes)
        {
            var refused = new ReadBlock(RegisterTable.Holding, (ushort)(RefusedFrom + code), 1);
            Assert.Equal(
                new ModbusOutcome.Refused((byte)code), Ask(master, ModbusRequest.Read(refused)));
            Assert.Equal([0, 1], Words(Ask(master, Plain)));
        }
    }

    [Fact]
    public async Task Over_IPv6_it_reads_the_same()
    {
        Assert.SkipUnless(Socket.OSSupportsIPv6, "this machine has no IPv6");
        var matrix = Matrix();
        await using var peer = await ModbusPeer.Start("pymodbus", "tcp6", Plan(matrix), Patient);
        Assert.Equal("::1", Assert.IsType<SiteLink.Tcp>(peer.Link).Host);
        using var link = DeviceLink(peer.Link);
        Assert.All(matrix.Zip(Read(link, peer.Link, matrix).Readings), pair =>
            Assert.Equal(pair.First.Value, pair.Second.Value));
    }

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task A_late_answer_is_no_reading(
        string library, string transport)
    {
        await using var peer = await ModbusPeer.Start(library, transport, Plan(Matrix()), Patient);
        var slow = ModbusRequest.Read(new ReadBlock(RegisterTable.Holding, SlowFrom, 2));
        using var hasty = Open(Hasty(peer.Link));
        Assert.Equal(
            Reason.Timeout, Assert.IsType<ModbusOutcome.Failed>(Ask(hasty, slow)).Reason);
        ModbusOutcome outcome;
        for (var tries = 0; (outcome = Ask(hasty, Plain)) is ModbusOutcome.Failed; tries++)
        {
            Assert.True(tries < 200, $"{outcome}\n{peer.Output}");
        }

        Assert.Equal([0, 1], Words(outcome));
    }

    [Theory]
    [MemberData(nameof(Peers))]
    public async Task What_is_written_can_be_read_back(string library, string transport)
    {
        await using var peer = await ModbusPeer.Start(library, transport, Plan(Matrix()), Patient);
        using var master = Open(peer.Link);
        Assert.IsType<ModbusOutcome.Answered>(Ask(master, ModbusRequest.Write(0, 4711)));
        Assert.Equal([4711, 1], Words(Ask(master, Plain)));
        Assert.IsType<ModbusOutcome.Answered>(Ask(master, ModbusRequest.Write(0, [1, 0xFFFE])));
        Assert.Equal([1, 0xFFFE], Words(Ask(master, Plain)));
        Assert.Equal(
            [5, 6], Words(Ask(master, ModbusRequest.ReadWrite(0, 2, 0, [5, 6]))));
        Assert.Equal(
            new ModbusOutcome.Refused(2), Ask(master, ModbusRequest.Write(Absent, 1)));
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("rtu")]
    [InlineData("rtu-tcp")]
    public async Task A_device_says_what_it_is(string transport)
    {
        await using var peer = await ModbusPeer.Start(
            "pymodbus", transport, Plan(Matrix()), Patient);
        using var master = Open(peer.Link);
        var answer = Assert.IsType<ModbusOutcome.Answered>(
            Ask(master, ModbusRequest.Identify(1, 0)));
        Assert.Equal([0, 4, .. "peer"u8], answer.Pdu[7..13]);
    }

    private static IModbusExchange Open(SiteLink link)
    {
        var master = ModbusExchange.Over(link, TimeProvider.System);
        Assert.Null(master.Open());
        return master;
    }

    private static SiteLink Hasty(SiteLink link)
    {
        var timeout = TimeSpan.FromMilliseconds(100);
        return link switch
        {
            SiteLink.Tcp tcp => new SiteLink.Tcp(
                tcp.Id, tcp.Host, tcp.Port, tcp.IsRtu, timeout),
            SiteLink.Serial bus => new SiteLink.Serial(
                bus.Id, bus.Path, bus.Baud, bus.Parity, bus.StopBits, timeout),
            _ => link,
        };
    }

    private static ModbusOutcome Ask(IModbusExchange master, ModbusRequest request) =>
        master.Ask(Unit, request, TestContext.Current.CancellationToken);

    private static ushort[] Words(ModbusOutcome outcome)
    {
        var words = new ushort[2];
        Assert.IsType<ModbusOutcome.Answered>(outcome).Take(
            new ReadBlock(RegisterTable.Holding, 0, 2), words);
        return words;
    }

    private static ModbusDeviceLink DeviceLink(SiteLink link) => new(
        link, ModbusExchange.Over(link, TimeProvider.System), Log.Silent(TimeProvider.System),
        TimeProvider.System);

    private static DeviceSample Read(
        ModbusDeviceLink link, SiteLink site, IEnumerable<Cell> cells)
    {
        var map = new DeviceMap
        {
            Id = "matrix",
            Title = "matrix",
            Source = "made for a test",
            Protocol = DeviceProtocol.Modbus,
            Points = [.. cells.Select((cell, index) => new DevicePoint
            {
                Id = $"p{index}",
                Quantity = "x",
                Unit = "1",
                Source = cell.Source,
            })],
            StatusRules = [],
            SequencePoint = null,
        };
        var device = new SiteDevice("peer", map, site.Id, Unit) { Every = Patient };
        return link.Read(device, TestContext.Current.CancellationToken);
    }

    /// <summary>
    /// Two registers that hold their address, then every type in every order in both tables of
    /// registers, bits in both tables of bits, and two slow registers.
    /// </summary>
    private static ImmutableArray<Cell> Matrix()
    {
        var cells = ImmutableArray.CreateBuilder<Cell>();
        foreach (var address in new[] { 0, 1, SlowFrom, SlowFrom + 1 })
        {
            cells.Add(new Cell(
                RegisterTable.Holding, address, RegisterType.U16, default,
                address.ToString(CultureInfo.InvariantCulture)));
        }

        var next = 2;
        foreach (var (type, values) in Types)
        {
            foreach (var order in Enum.GetValues<ByteOrder>())
            {
                foreach (var value in values)
                {
                    var cell = new Cell(RegisterTable.Holding, next, type, order, value);
                    cells.Add(cell);
                    cells.Add(cell with { Table = RegisterTable.Input });
                    next += cell.Source.Count;
                }
            }
        }

        foreach (var address in Enumerable.Range(0, 20))
        {
            var bit = new Cell(
                RegisterTable.Coil, address, RegisterType.Bit, default,
                address % 3 == 0 ? "1" : "0");
            cells.Add(bit);
            cells.Add(bit with { Table = RegisterTable.Discrete, Text = $"{address % 2}" });
        }

        return cells.ToImmutable();
    }

    private static string Plan(IEnumerable<Cell> cells) => JsonSerializer.Serialize(new
    {
        unit = (int)Unit,
        slow_from = SlowFrom,
        slow_seconds = 0.4,
        refused_from = RefusedFrom,
        points = cells.Select(cell => new
        {
            table = $"{cell.Table}",
            address = cell.Address,
            type = $"{cell.Type}",
            order = $"{cell.Order}",
            value = cell.Text,
            count = cell.Source.Count,
        }),
    });

    private sealed record Cell(
        RegisterTable Table, int Address, RegisterType Type, ByteOrder Order, string Text)
    {
        public PointSource.Registers Source => new(Table, Address, Type)
        {
            Order = Order,
            TextRegisters = Type == RegisterType.Text ? 4 : 0,
        };

        public PointValue Value => Type switch
        {
            RegisterType.F32 => PointValue.Real(float.Parse(Text, CultureInfo.InvariantCulture)),
            RegisterType.F64 => PointValue.Real(double.Parse(Text, CultureInfo.InvariantCulture)),
            RegisterType.Text => PointValue.Of(Text),
            RegisterType.Bit => PointValue.Flag(Text == "1"),
            _ => PointValue.Integer(long.Parse(Text, CultureInfo.InvariantCulture)),
        };
    }
}
