namespace Monitoring.Tests.Simulate;

/// <summary>Simulated instruments, read by masters that nobody here wrote.</summary>
public sealed class SimulateTests
{
    internal const string Map = """
        id: analyser
        title: Analyser of a test
        source: made for a test
        protocol: modbus
        function: holding
        address_base: 0
        points:
          - {id: nox, quantity: nox, unit: mg/m3, address: 0, type: u32, scale: 0.001}
          - {id: co, quantity: co, unit: mg/m3, address: 2, type: f32, order: CDAB}
          - {id: o2, quantity: o2, unit: "%", address: 4, type: u16, scale: 0.01, sentinels: 0xFFFF}
          - {id: t, quantity: t, unit: Cel, address: 6, type: i32, order: DCBA}
          - {id: p, quantity: p, unit: hPa, address: 8, type: f32, order: BADC}
        """;

    private const string Constants = """
        title: Values that stay
        acts:
          - {point: nox, does: constant, value: 123.456}
          - {point: co, does: constant, value: 12.5}
          - {point: o2, does: sentinel}
          - {point: t, does: constant, value: -2}
          - {point: p, does: constant, value: 100.5}
        """;

    private const string Wrong = """
        title: Each unit has a fault of its own
        acts:
          - {point: nox, does: constant, value: 0.007}
          - {unit: 2, does: dead}
          - {unit: 3, does: bad-crc}
          - {unit: 4, does: truncated}
          - {unit: 5, does: foreign-unit}
          - {unit: 6, does: wrong-function}
          - {unit: 7, does: wrong-transaction}
          - {unit: 8, does: exception, code: 4}
          - {unit: 9, does: late}
          - {unit: 10, does: slow, delay: 30 s}
        """;

    private const string TimedOut = "Connection timed out";

    /// <summary>For answers that come.</summary>
    private static readonly TimeSpan Patient = TimeSpan.FromSeconds(20);

    /// <summary>For answers that never do.</summary>
    private static readonly TimeSpan Impatient = TimeSpan.FromMilliseconds(300);

    [Theory]
    [InlineData("tcp", "exception 11")]
    [InlineData("rtu-tcp", "none")]
    [InlineData("line", "none")]
    public async Task Pymodbus_reads_and_writes_it(string kind, string ofForeignUnit)
    {
        await using var instrument = await SimulatedInstrument.Start(Map, "1,3", Constants);
        string[] questions =
        [
            "holding:1:0:5", "holding:3:6:4", "holding:1:5:1", "holding:2:0:1", "holding:1:9:2",
            "holding:1:0:126", "input:1:0:1", "coil:1:0:1", "write:3:4:77", "holding:3:4:1",
            "write-many:3:0:1,2", "read-write:3:2:5,6", "holding:3:0:4", "write:3:10:1",
            "identify:1:0:1",
        ];
        string[] expected =
        [
            "1 57920 0 16712 65535", "65279 65535 51522 0", "0", ofForeignUnit, "exception 2",
            "exception 3", "exception 1", "exception 1", "written", "77",
            "written", "5 6", "1 2 5 6", "exception 2",
            "Monitoring analyser simulated",
        ];
        Assert.Equal(expected, await instrument.AskByPymodbus(kind, questions));
        Assert.Equal(0, await instrument.Stop());
        Assert.False(new FileInfo(instrument.Line).Exists, "the link was left behind");
    }

    [Theory]
    [InlineData("tcp")]
    [InlineData("line")]
    public async Task Libmodbus_reads_and_writes_it(string kind)
    {
        await using var instrument = await SimulatedInstrument.Start(Map, "1", Constants);
        using var master = new LibModbus(instrument.Link(kind), TimeSpan.FromSeconds(10));
        Assert.Equal("1 57920 0 16712 65535", master.Holding(1, 0, 5));
        Assert.Equal("Illegal data address", master.Holding(1, 9, 2));
        Assert.Equal("Illegal function", master.Input(1, 0, 1));
        Assert.Equal("Illegal function", master.Discrete(1, 0, 1));
        Assert.Equal("Illegal function", master.Coils(1, 0, 1));
        Assert.Equal("8 9", master.Write(1, 2, 8, 9));
        Assert.Equal("8 9 65535", master.Holding(1, 2, 3));
    }

    [Fact]
    public async Task Every_table_and_type_is_served_as_it_is_written()
    {
        const string Types = """
            id: types
            title: Every table and type
            source: made for a test
            protocol: modbus
            address_base: 0
            function: holding
            points:
              - {id: p0, quantity: x, unit: "1", address: 0, type: u16}
              - {id: p1, quantity: x, unit: "1", address: 1, type: i16}
              - {id: p2, quantity: x, unit: "1", address: 2, type: u32, order: CDAB}
              - {id: p3, quantity: x, unit: "1", address: 4, type: i32, order: BADC}
              - {id: p4, quantity: x, unit: "1", address: 6, type: f32, order: DCBA}
              - {id: p5, quantity: x, unit: "1", address: 8, type: u64}
              - {id: p6, quantity: x, unit: "1", address: 12, type: i64, order: CDAB}
              - {id: p7, quantity: x, unit: "1", address: 16, type: f64}
              - {id: p8, quantity: x, unit: "1", address: 20, type: bcd16}
              - {id: p9, quantity: x, unit: "1", address: 21, type: bcd32}
              - {id: p10, quantity: x, unit: "1", address: 23, type: text, registers: 5}
              - {id: p11, quantity: x, unit: "1", address: 28, type: bit, bit: 3}
              - {id: p12, quantity: x, unit: "1", function: input, address: 7, type: u16}
              - {id: p13, quantity: x, unit: "1", function: coil, address: 5, type: bit}
              - {id: p14, quantity: x, unit: "1", function: coil, address: 7, type: bit}
              - {id: p15, quantity: x, unit: "1", function: discrete, address: 9, type: bit}
            """;
        string[] values =
        [
            "4660", "-2", "305419896", "-2", "12.5", "4294967298", "-2", "100.25", "1234",
            "12345678", "", "1", "9", "1", "1", "1",
        ];
        var acts = values.Index().Where(value => value.Item.Length > 0).Select(value =>
            $"  - {{point: p{value.Index}, does: constant, value: {value.Item}}}");
        await using var instrument = await SimulatedInstrument.Start(
            Types, "1", "title: Values that stay\nacts:\n" + string.Join('\n', acts));

        // The words as the standards have them: IEEE 754, two's complement, four bits a digit.
        const string Holding = "4660 65534 22136 4660 65535 65279 0 18497 0 1 0 2 "
            + "65534 65535 65535 65535 16473 4096 0 0 4660 4660 22136 "
            + "21321 19797 19521 21573 17408 8";
        string[] expected = [Holding, "9", "1 0 1", "1", "exception 2"];
        foreach (var kind in new[] { "tcp", "line" })
        {
            Assert.Equal(expected, await instrument.AskByPymodbus(
                kind, "holding:1:0:29", "input:1:7:1", "coil:1:5:3", "discrete:1:9:1",
                "discrete:1:9:2"));
        }

        using var master = new LibModbus(instrument.Link("tcp"), Patient);
        Assert.Equal(Holding, master.Holding(1, 0, 29));
        Assert.Equal("9", master.Input(1, 7, 1));
        Assert.Equal("1 0 1", master.Coils(1, 5, 3));
        Assert.Equal("1", master.Discrete(1, 9, 1));
    }

    [Fact]
    public async Task Libmodbus_sees_each_fault_by_tcp()
    {
        await using var instrument = await SimulatedInstrument.Start(Map, "1-10", Wrong);
        Assert.Equal("0 7", Ask(instrument, "tcp", 1, Patient));
        Assert.Equal(TimedOut, Ask(instrument, "tcp", 2, Impatient));
        Assert.Equal("0 7", Ask(instrument, "tcp", 3, Patient));
        Assert.Equal(TimedOut, Ask(instrument, "tcp", 4, Impatient));
        Assert.Equal("Invalid data", Ask(instrument, "tcp", 6, Patient));
        Assert.Equal("Invalid data", Ask(instrument, "tcp", 7, Patient));
        Assert.Equal("Slave device or server failure", Ask(instrument, "tcp", 8, Patient));
        Assert.Equal(TimedOut, Ask(instrument, "tcp", 10, Impatient));

        // The late answer comes with the next question, and is the answer to the one before.
        using var master = new LibModbus(instrument.Link("tcp"), Impatient);
        Assert.Equal(TimedOut, master.Holding(9, 0, 2));
        Assert.Equal("Invalid data", master.Holding(9, 0, 2));
        Assert.Equal(["none"], await instrument.AskByPymodbus("tcp", "holding:5:0:2"));
    }

    [Fact]
    public async Task Libmodbus_sees_each_fault_on_a_line()
    {
        await using var instrument = await SimulatedInstrument.Start(Map, "1-10", Wrong);
        Assert.Equal("0 7", Ask(instrument, "line", 1, Patient));
        Assert.Equal(TimedOut, Ask(instrument, "line", 2, Impatient));
        Assert.Equal("Invalid CRC", Ask(instrument, "line", 3, Patient));
        Assert.Equal(TimedOut, Ask(instrument, "line", 4, Impatient));
        Assert.Equal("Response not from requested slave", Ask(instrument, "line", 5, Patient));
        Assert.Equal("Invalid data", Ask(instrument, "line", 6, Patient));
        Assert.Equal("0 7", Ask(instrument, "line", 7, Patient));
        Assert.Equal("Slave device or server failure", Ask(instrument, "line", 8, Patient));
        Assert.Equal(TimedOut, Ask(instrument, "line", 10, Impatient));
    }

    private static string Ask(
        SimulatedInstrument instrument, string kind, int unit, TimeSpan timeout)
    {
        using var master = new LibModbus(instrument.Link(kind), timeout);
        return master.Holding(unit, 0, 2);
    }
}
