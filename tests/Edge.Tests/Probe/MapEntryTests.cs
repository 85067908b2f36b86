using Monitoring.Agent.Devices;
using Monitoring.Agent.Probe;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Probe;

public sealed class MapEntryTests
{
    private const string Entry =
        "{id: co, quantity: co, unit: mg/m3, address: 2, type: f32, order: CDAB}";

    private const string First = "{id: a, quantity: o2, unit: \"%\", address: 0, type: u16}";

    private const string Head = """
        # by hand
        id: mine
        title: Mine
        source: made for a test
        protocol: modbus
        function: holding
        address_base: 0
        """;

    [Theory]
    [InlineData("points:\n  - {id: a, quantity: o2, unit: \"%\", address: 0, type: u16}\n",
        "type: u16}\n  - {id: co")]
    [InlineData("points: # all\n- id: a\n  quantity: o2\n  unit: \"%\"\n  address: 0\n"
        + "  type: u16\n", "type: u16\n- {id: co")]
    [InlineData("points:\n    - {id: a, quantity: o2, unit: \"%\", address: 0, type: u16}\n\n"
        + "# what follows\nsequence: a\n", "type: u16}\n    - {id: co")]
    public void A_point_is_added_after_the_last_and_the_rest_stays(string points, string where)
    {
        var text = $"{Head}\n{points}";
        var faults = new Faults();
        var (written, map) = MapEntry.Append("map.yaml", text, Entry, faults)!.Value;
        Assert.Empty(faults.All);
        Assert.Equal(["a", "co"], map.Points.Select(point => point.Id));
        Assert.Contains(where, written, StringComparison.Ordinal);
        var added = written.Split('\n').Single(
            line => line.EndsWith(Entry, StringComparison.Ordinal));
        Assert.Equal(text, written.Replace(added + "\n", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("{id: a, quantity: co, unit: mg/m3, address: 2, type: f32}", "is there twice")]
    [InlineData("{id: b, quantity: co, unit: mg/m3, address: 2, type: f99}", "'type' is 'f99'")]
    [InlineData("{id: b, quantity: co", "not valid YAML")]
    public void A_map_that_would_have_a_fault_is_not_made(string entry, string problem)
    {
        var text = $"{Head}\npoints:\n  - {First}\n";
        var faults = new Faults();
        Assert.Null(MapEntry.Append("map.yaml", text, entry, faults));
        Assert.Contains(faults.All, fault =>
            fault.Problem.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void A_list_on_one_line_is_left_to_a_person()
    {
        var text = $"{Head}\npoints: [{First}]\n";
        var faults = new Faults();
        Assert.Null(MapEntry.Append("map.yaml", text, Entry, faults));
        Assert.True(faults.Any);
    }

    [Fact]
    public void The_first_point_makes_the_map()
    {
        var faults = new Faults();
        var (text, map) = MapEntry.Start(
            "some/my-analyser.yaml", RegisterTable.Input, Entry, faults)!.Value;
        Assert.Empty(faults.All);
        Assert.Equal("my-analyser", map.Id);
        Assert.Equal(RegisterTable.Input, map.Points.Single().Registers.Table);
        var second = "{id: o2, quantity: o2, unit: \"%\", address: 9, type: u16}";
        Assert.NotNull(MapEntry.Append("some/my-analyser.yaml", text, second, faults));
    }
}
