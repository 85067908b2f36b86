using Monitoring.Agent.Devices;
using Monitoring.Agent.Drivers.Modbus;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Records;

namespace Monitoring.Tests;

/// <summary>Plans for links and instruments as plants have them, checked by hand.</summary>
public sealed class RealisticPlanTests
{
    private static PointSource.Registers At(
        int address, RegisterType type = RegisterType.F32,
        RegisterTable table = RegisterTable.Holding) => new(table, address, type);

    private static ReadPlan Plan(
        SiteLink link, RequestLimits limits, params PointSource.Registers[] sources) =>
        ReadPlan.For(Plans.Map(limits, sources), LinkCost.Of(link), DeviceLearning.None);

    /// <summary>
    /// 10 bits at 9600 baud are 1.0417 ms a character, and 3.5 of these are the silence. A request
    /// for nothing is 13 characters, two silences and the delay.
    /// </summary>
    [Fact]
    public void At_9600_8N1_a_request_costs_as_much_as_18_registers()
    {
        var limits = RequestLimits.Standard with { TypicalDelay = TimeSpan.FromMilliseconds(17) };
        var cost = LinkCost.Of(Plans.Bus9600);
        var empty = cost.TimeOf(new ReadBlock(RegisterTable.Holding, 0, 0), limits);
        Assert.Equal(13 * 1.0417 + 2 * 3.5 * 1.0417 + 17, empty.TotalMilliseconds, 0.01);
        var first = At(0, RegisterType.U16);
        Assert.Equal(
            "H0+20",
            Plans.Text(Plan(Plans.Bus9600, limits, first, At(19, RegisterType.U16))));
        Assert.Equal(
            "H0+1 H20+1",
            Plans.Text(Plan(Plans.Bus9600, limits, first, At(20, RegisterType.U16))));
    }

    [Theory]
    [InlineData(9600, SerialParity.None, 1, 1.0417, 3.6458)]
    [InlineData(19200, SerialParity.Even, 1, 0.5729, 2.0052)]
    [InlineData(38400, SerialParity.Even, 1, 0.2865, 1.75)]
    [InlineData(115200, SerialParity.None, 2, 0.0954, 1.75)]
    public void Characters_and_silences_follow_the_line(
        int baud, SerialParity parity, int stopBits, double characterMs, double silenceMs)
    {
        var cost = LinkCost.Of(new SiteLink.Serial(
            "bus", "/dev/ttyS0", baud, parity, stopBits, TimeSpan.FromSeconds(1)));
        Assert.Equal(characterMs, cost.PerByte.TotalMilliseconds, 0.0001);
        Assert.Equal(2 * silenceMs, cost.PerRequest.TotalMilliseconds, 0.001);
        var coils = new ReadBlock(RegisterTable.Coil, 0, 9);
        Assert.Equal((8, 5 + 2), (cost.RequestBytes, cost.AnswerBytes(coils)));
    }

    [Fact]
    public void Over_tcp_a_hundred_registers_are_read_over_and_a_full_request_is_not_exceeded()
    {
        Assert.Equal(
            "H0+102", Plans.Text(Plan(Plans.Network, RequestLimits.Standard, At(0), At(100))));
        Assert.Equal(
            "H0+125", Plans.Text(Plan(Plans.Network, RequestLimits.Standard, At(0), At(123))));
        Assert.Equal(
            "H0+2 H124+2",
            Plans.Text(Plan(Plans.Network, RequestLimits.Standard, At(0), At(124))));
    }

    /// <summary>
    /// Endress+Hauser Proline, register numbers less one: the buffer of 16 values is one request,
    /// whose size the instrument's own limit allows.
    /// </summary>
    [Fact]
    public void The_buffer_of_a_Proline_is_one_request()
    {
        var limits = RequestLimits.Standard with
        {
            RegistersMax = 120,
            TypicalDelay = TimeSpan.FromMilliseconds(25),
        };
        PointSource.Registers[] buffer = [.. Enumerable.Range(0, 16).Select(i => At(5050 + 2 * i))];
        Assert.Equal("H5050+32", Plans.Text(Plan(Plans.Bus9600, limits, buffer)));
        Assert.Equal(
            "H2006+12 H2609+2 H6858+1",
            Plans.Text(Plan(
                Plans.Bus9600, limits, At(6858, RegisterType.I16), At(2609), At(2016), At(2006))));
        Assert.Equal(
            "H0+120 H120+2",
            Plans.Text(Plan(
                Plans.Network, limits, [.. Enumerable.Range(0, 61).Select(i => At(2 * i))])));
    }

    /// <summary>Vaisala GMP252: values and status words in two neighbourhoods.</summary>
    [Fact]
    public void Far_neighbourhoods_are_apart_on_a_line()
    {
        var line = new SiteLink.Serial(
            "bus", "/dev/ttyS0", 19_200, SerialParity.None, 2, TimeSpan.FromSeconds(1));
        Assert.Equal(
            "H0+2 H512+8 H2048+2",
            Plans.Text(Plan(
                line, RequestLimits.Standard, At(0), At(512), At(514), At(516), At(518),
                At(2048, RegisterType.U16), At(2049, RegisterType.U16))));
    }

    [Fact]
    public void A_forbidden_register_is_not_read_over_and_its_own_point_says_why()
    {
        var limits = RequestLimits.Standard with
        {
            Forbidden = [new RegisterRange(RegisterTable.Holding, 4, 5)],
        };
        var plan = Plan(
            Plans.Network, limits, At(0), At(6), At(5), At(4, table: RegisterTable.Input));
        Assert.Equal("H0+2 H6+2 I4+2", Plans.Text(plan));
        Assert.Equal(
            new UnreadablePoint(
                2, Reason.Configuration, "the device map forbids to ask for its registers"),
            Assert.Single(plan.Unreadable));
    }

    [Fact]
    public void Bits_of_one_status_word_come_with_one_request_even_where_none_are_merged()
    {
        PointSource.Registers Bit(int bit) =>
            At(10, RegisterType.Bit) with { Bit = bit };
        var alone = RequestLimits.Standard with { MergeAllowed = false };
        var plan = Plan(Plans.Network, alone, Bit(0), Bit(7), At(10, RegisterType.U16), At(11));
        Assert.Equal("H10+1 H11+2", Plans.Text(plan));
        Assert.Equal([0, 1, 2], plan.Reads[0].Points);
    }

    [Fact]
    public void Without_holes_only_neighbours_share_a_request()
    {
        var dense = RequestLimits.Standard with { HolesAllowed = false };
        Assert.Equal(
            "H0+4 H5+2", Plans.Text(Plan(Plans.Network, dense, At(0), At(2), At(5))));
    }

    [Fact]
    public void A_text_longer_than_a_request_is_not_cut_in_two()
    {
        var small = RequestLimits.Standard with { RegistersMax = 8 };
        var text = At(0, RegisterType.Text) with { TextRegisters = 9 };
        var point = Assert.Single(Plan(Plans.Network, small, text).Unreadable);
        Assert.Equal(
            "it takes 9 registers and a request of this device has 8", point.Why);
    }

    [Fact]
    public void The_tables_are_read_apart()
    {
        var plan = Plan(
            Plans.Network, RequestLimits.Standard,
            At(0, RegisterType.Bit, RegisterTable.Discrete),
            At(1_999, RegisterType.Bit, RegisterTable.Discrete),
            At(0, RegisterType.Bit, RegisterTable.Coil), At(0, table: RegisterTable.Input), At(0));
        Assert.Equal("H0+2 I0+2 C0+1 D0+2000", Plans.Text(plan));
    }
}
