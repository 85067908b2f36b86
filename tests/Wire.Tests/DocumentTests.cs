using Monitoring.Wire.Documents;

namespace Monitoring.Tests;

public sealed class DocumentTests
{
    [Fact]
    public void Every_fault_of_a_document_is_reported_with_its_line_and_a_remedy()
    {
        var faults = new Faults();
        var node = DocumentNode.Parse("plant.yaml", """
            plant: Plant A
            port: 70000
            cycle: 10 parsecs
            prot: 502
            """, faults);
        node.Id("plant");
        node.Integer("port", 1, 65535);
        node.Duration("cycle", TimeSpan.FromMilliseconds(100), TimeSpan.FromHours(1));
        node.Text("title");
        node.RefuseUnknownKeys();

        Assert.Equal(
            [
                "plant.yaml:1: 'plant' is 'Plant A', which is no identifier; "
                    + "use 1 to 40 characters out of a-z, 0-9 and '-'",
                "plant.yaml:2: 'port' is '70000'; use a whole number from 1 to 65535",
                "plant.yaml:3: 'cycle' is '10 parsecs'; "
                    + "use a time from 100 ms to 1 h, such as '10 s'",
                "plant.yaml:1: 'title' is missing; add a line 'title: ...'",
                "plant.yaml:4: 'prot' is not known here; "
                    + "use one of: cycle, plant, port, title, or remove the line",
            ],
            faults.All.Select(fault => fault.ToString()));
    }

    [Theory]
    [InlineData("a: [")]
    [InlineData("- 1\n- 2")]
    [InlineData("")]
    [InlineData("a: 1\na: 2")]
    [InlineData("a: 1\0")]
    [InlineData("a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[")]
    [InlineData("a: &a [1, 1]\nb: &b [*a, *a]\n? [*b, *b]\n: 1")]
    [InlineData("? &a [*a]\n: 1")]
    [InlineData("a: *.yaml")]
    public void What_is_no_mapping_is_one_fault(string yaml)
    {
        var faults = new Faults();
        DocumentNode.Parse("x.yaml", yaml, faults);
        Assert.Single(faults.All);
    }

    [Fact]
    public void What_is_wrong_with_a_key_is_said_once_and_a_list_too_long_is_read_to_its_limit()
    {
        var faults = new Faults();
        var node = DocumentNode.Parse("x.yaml", "a: [{b: 1}, {b: 2}, {b: 3}]", faults);
        node.Text("c");
        node.Text("c");
        Assert.Equal(2, node.Items("a", 1, 2).Count);
        Assert.Equal(
            [
                "x.yaml:1: 'c' is missing; add a line 'c: ...'",
                "x.yaml:1: 'a' has 3 items; write 1 to 2 of them",
            ],
            faults.All.Select(fault => fault.ToString()));
    }

    [Theory]
    [InlineData("10 s", 10_000)]
    [InlineData("10s", 10_000)]
    [InlineData("0.5 s", 500)]
    [InlineData("2 min", 120_000)]
    [InlineData("250 ms", 250)]
    public void Durations_have_units(string text, int milliseconds) =>
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), DocumentText.ParseDuration(text));

    [Theory]
    [InlineData("10")]
    [InlineData("s")]
    [InlineData("-1 s")]
    [InlineData("10 s s")]
    [InlineData("99999999999999999999 h")]
    [InlineData("79228162514264337593543950335 ms")]
    [InlineData("")]
    public void What_has_no_unit_is_no_duration(string text) =>
        Assert.Null(DocumentText.ParseDuration(text));

    [Theory]
    [InlineData("2026-01-01T00:00:00+02:00", true)]
    [InlineData("2026-01-01T00:00:00Z", true)]
    [InlineData("2026-01-01T00:00:00", false)]
    [InlineData("2026-01-01", false)]
    public void Instants_have_an_offset(string text, bool lawful) =>
        Assert.Equal(lawful, DocumentText.ParseInstant(text) is not null);

    [Fact]
    public void An_option_wins_over_the_environment_and_that_over_the_file()
    {
        var faults = new Faults();
        var settings = Settings.Read(
            "hub.yaml", "mqtt:\n  url: file\n  username: file\n  host_id: file\n",
            [new("MONITORING__MQTT__URL", "env"), new("MONITORING__MQTT__USERNAME", "env"),
                new("PATH", "x")],
            [new("mqtt.url", "option"), new("mqtt.username", null)],
            faults).Child("mqtt");
        Assert.Equal("option", settings.Text("url"));
        Assert.Equal("env", settings.Text("username"));
        Assert.Equal("file", settings.Text("host_id"));
        Assert.False(faults.Any);
    }

    [Fact]
    public void A_fault_of_an_option_or_a_variable_names_it_and_not_the_file()
    {
        var faults = new Faults();
        var root = Settings.Read(
            "hub.yaml", "mqtt:\n  port: no\n", [new("MONITORING__HTTP__PORT", "many")],
            [new("mqtt.colour", "blue"), new("smtp.to", "x")], faults);
        root.Child("http").Integer("port", 1, 9);
        var mqtt = root.Child("mqtt");
        mqtt.Integer("port", 1, 9);
        mqtt.RefuseUnknownKeys();
        root.Child("smtp").Text("host");
        root.RefuseUnknownKeys();
        Assert.Equal(
            ["MONITORING__HTTP__PORT:", "hub.yaml:2:", "--set mqtt.colour:", "--set smtp.to:"],
            faults.All.Select(fault => $"{fault}".Split(": ")[0] + ":"));
    }
}
