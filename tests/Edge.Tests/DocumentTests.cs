using Monitoring.Agent;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Simulate;
using Monitoring.Agent.Sites;
using Monitoring.Wire.Documents;
using Newtonsoft.Json.Linq;
using NJsonSchema;

namespace Monitoring.Tests;

public sealed class DocumentTests
{
    [Theory]
    [InlineData("plant-a.yaml", 15021)]
    [InlineData("plant-b.yaml", 15022)]
    public void Shipped_sites_have_no_fault_and_their_replay_fits(string name, int port)
    {
        var site = TestFiles.Site(name);
        var link = Assert.Single(Assert.Single(site.Gateways).Links);
        Assert.Equal(port, Assert.IsType<SiteLink.Tcp>(link).Port);
        var faults = new Faults();
        var csv = Path.Combine(TestFiles.Config, "replay", Path.ChangeExtension(name, "csv"));
        var table = ReplayTable.ReadFile(csv, site, faults);
        Assert.Empty(faults.All);
        Assert.Equal(360, table!.Rows);
    }

    public static TheoryData<string, string> Shipped()
    {
        var data = new TheoryData<string, string>();
        foreach (var (folder, schema) in new[] { ("devices", "device-map"), ("sites", "site") })
        {
            foreach (var file in Directory.GetFiles(Path.Combine(TestFiles.Config, folder)))
            {
                data.Add(file, schema);
            }
        }

        return data;
    }

    [Theory]
    [MemberData(nameof(Shipped))]
    public async Task Shipped_files_satisfy_their_schema(string file, string schemaName)
    {
        var path = Path.Combine(TestFiles.Config, "schemas", $"{schemaName}.schema.json");
        var schema = await JsonSchema.FromFileAsync(path);
        var json = TestFiles.Json(await File.ReadAllTextAsync(file));
        Assert.Empty(schema.Validate(json));
        ((JObject)json).Add("surprise", 1);
        Assert.NotEmpty(schema.Validate(json));
    }

    [Fact]
    public void A_map_with_three_faults_reports_three_with_lines()
    {
        const string yaml =
            """
            id: demo
            title: Demo
            source: made for a test
            protocol: modbus
            function: coils
            address_base: 0
            points:
              - { id: a, quantity: nox, unit: mg/m3, address: 0, type: u32 }
              - { id: b, quantity: co, unit: mg/m3, address: 1, type: u32 }
            colour: red
            """;
        var faults = new Faults();
        DeviceMapReader.Read("demo.yaml", yaml, faults);
        Assert.Equal([5, 9, 10], faults.All.Select(fault => fault.Line).Order());
        Assert.All(faults.All, fault => Assert.NotEmpty(fault.Remedy));
    }

    [Fact]
    public void A_site_with_three_faults_reports_three_with_lines()
    {
        const string yaml =
            """
            id: plant-x
            title: X
            time_zone: Mars/Olympus
            gateways:
              - id: gateway-1
                cycle: 1 s
                links:
                  - { id: lan, kind: modbus-tcp, host: h, port: 502, timeout: 300 ms }
                devices:
                  - { id: a, map: none.yaml, link: lan, unit: 1 }
                  - { id: b, map: none.yaml, link: wan, unit: 2 }
            """;
        var faults = new Faults();
        SiteReader.Read("x.yaml", yaml, _ => null, faults);
        Assert.Equal([3, 10, 11], faults.All.Select(fault => fault.Line).Order());
    }

    [Fact]
    public void Settings_come_from_option_then_environment_then_file()
    {
        var file = Path.Combine(TestFiles.Folder(), "edge.yaml");
        File.WriteAllText(
            file, "mqtt:\n  url: mqtt://file:1\n  host_id: h1\n  username: u1\n");
        var environment = new Dictionary<string, string>
        {
            ["MONITORING__MQTT__URL"] = "mqtt://environment:2",
            ["MONITORING__MQTT__HOST_ID"] = "h2",
        };
        var faults = new Faults();
        var settings = EdgeSettings.Read(file, environment, ["mqtt.url=mqtt://option"], faults);
        Assert.Empty(faults.All);
        Assert.Equal("option:1883", Assert.Single(settings.Brokers).Authority);
        Assert.Equal("h2", settings.HostId);
        Assert.Equal("u1", settings.Username);
        Assert.Equal(1L << 30, settings.Journal.BytesMax);
    }

    [Fact]
    public void Settings_with_three_faults_report_three()
    {
        var file = Path.Combine(TestFiles.Folder(), "edge.yaml");
        File.WriteAllText(file, "mqtt:\n  url: 5\n  colour: red\n");
        var faults = new Faults();
        EdgeSettings.Read(
            file, new Dictionary<string, string>(), ["journal.bytes_max=many"], faults);
        Assert.Equal(
            ["--set journal.bytes_max:0", $"{file}:2", $"{file}:3"],
            faults.All.Select(fault => $"{fault.Source}:{fault.Line}")
                .Order(StringComparer.Ordinal));
    }
}
