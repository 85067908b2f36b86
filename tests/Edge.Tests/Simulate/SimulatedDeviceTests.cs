using System.Collections.Immutable;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Simulate;
using Monitoring.Agent.Sites;

namespace Monitoring.Tests.Simulate;

/// <summary>PDUs of all functions at an instrument with all four tables and a hole.</summary>
public sealed class SimulatedDeviceTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddDays(20_000);

    private static readonly DeviceMap Map = new()
    {
        Id = "all-tables",
        Title = "All tables",
        Source = "made for a test",
        Protocol = DeviceProtocol.Modbus,
        StatusRules = [],
        SequencePoint = null,
        Points =
        [
            Point("a", RegisterTable.Holding, 10, RegisterType.U16),
            Point("b", RegisterTable.Holding, 12, RegisterType.U16),
            Point("c", RegisterTable.Input, 0, RegisterType.U16),
            .. Enumerable.Range(0, 9).Select(i =>
                Point($"coil-{i}", RegisterTable.Coil, 20 + i, RegisterType.U16)),
            Point("d", RegisterTable.Discrete, 5, RegisterType.U16),
        ],
    };

    [Theory]
    [InlineData("03 000A 0003", "03 06 0001 0000 0001")]
    [InlineData("04 0000 0001", "04 02 0001")]
    [InlineData("01 0014 0009", "01 02 FF01")]
    [InlineData("02 0005 0001", "02 01 01")]
    [InlineData("03 0009 0001", "83 02")]
    [InlineData("03 000A 0004", "83 02")]
    [InlineData("03 FFFF 0001", "83 02")]
    [InlineData("03 000A 0000", "83 03")]
    [InlineData("03 000A 007E", "83 03")]
    [InlineData("03 000A", "83 03")]
    [InlineData("01 0014 07D1", "81 03")]
    [InlineData("06 000B 1234", "06 000B 1234")]
    [InlineData("06 0009 1234", "86 02")]
    [InlineData("10 000A 0002 04 0001 0002", "10 000A 0002")]
    [InlineData("10 000A 0002 02 0001", "90 03")]
    [InlineData("17 000A 0001 000A 0001 02 0007", "17 02 0007")]
    [InlineData("05 0014 FF00", "85 01")]
    [InlineData("2B 0E 04 01", "2B 0E 04 82 00 00 01 01 0A 616C6C2D7461626C6573")]
    [InlineData("2B 0E 04 09", "AB 02")]
    [InlineData("2B 0E 07 00", "AB 03")]
    public void A_request_is_answered_as_the_standard_says(string request, string answer) =>
        Assert.Equal(answer.Replace(" ", ""), Ask(Map, request));

    [Theory]
    [InlineData("03 000A 0003", "83 02")]
    [InlineData("03 000A 0001", "03 02 0001")]
    public void Holes_that_may_not_be_read_are_no_registers(string request, string answer) =>
        Assert.Equal(answer.Replace(" ", ""), Ask(
            Map with { Limits = new RequestLimits { HolesAllowed = false } }, request));

    [Fact]
    public void Limits_of_the_map_are_kept()
    {
        var limits = new RequestLimits
        {
            RegistersMax = 2,
            Forbidden = [new RegisterRange(RegisterTable.Holding, 11, 11)],
        };
        Assert.Equal("8303", Ask(Map with { Limits = limits }, "03 000A 0003"));
        Assert.Equal("8302", Ask(Map with { Limits = limits }, "03 000A 0002"));
        Assert.Equal("8303", Ask(
            Map with { Limits = new RequestLimits { MergeAllowed = false } }, "03 000A 0003"));
    }

    [Fact]
    public void What_was_written_is_read_again()
    {
        var device = Device(Map);
        device.Answer(Bytes("06 000A 1234"), Now);
        Assert.Equal(
            "0306123400000001", Convert.ToHexString(device.Answer(Bytes("03 000A 0003"), Now)));
    }

    private static string Ask(DeviceMap map, string request) =>
        Convert.ToHexString(Device(map).Answer(Bytes(request), Now));

    private static byte[] Bytes(string text) => Convert.FromHexString(text.Replace(" ", ""));

    private static SimulatedDevice Device(DeviceMap map) => new(
        new SiteDevice("all", map, "lan", 1) { Every = TimeSpan.FromSeconds(1) },
        new Signals(SimulationScript.Empty, (_, _, _) => 1, Now), null);

    private static DevicePoint Point(
        string id, RegisterTable table, int address, RegisterType type) => new()
    {
        Id = id,
        Quantity = "flow",
        Unit = "1",
        Source = new PointSource.Registers(table, address, type),
    };
}
