using Monitoring.Server;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Settings;

public sealed class HubSettingsTests : IDisposable
{
    private const string Documents =
        """
        time_zone: Europe/Kyiv
        cluster: cluster.yaml
        contract: demo.yaml
        profiles: profiles
        """;

    private const string Good =
        $$"""
        http: {listen: 127.0.0.1:8080}
        mqtt: {listen: 127.0.0.1:1883}
        {{Documents}}
        """;

    // Made by mosquitto_passwd 2.0 for the password 'correct horse'.
    private const string Hash =
        "$7$101$8QOhzD4pNYUCbGfi$Zjl/6IZxVHH9TqG6CGklC1p7jakuwvzehdtQFn7lFS2K4u01MBOaJocYog7+535k"
        + "CkVXhkLdrkFN0UWp7qePgg==";

    private readonly TempFolder _folder = new();

    public HubSettingsTests()
    {
        _folder.Write("cluster.yaml", Shipped.Text("contracts/cluster.yaml"));
        _folder.Write("demo.yaml", Shipped.Text("contracts/demo.yaml"));
        _folder.Write("profiles/demo.yaml", Shipped.Text("profiles/demo.yaml"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_good_file_is_read_without_a_fault()
    {
        var (settings, faults) = Read(Good);

        Assert.Empty(faults);
        Assert.Equal("127.0.0.1:8080", settings.Http.ToString());
        Assert.Equal(_folder.File("cluster.yaml"), settings.ClusterFile);
        Assert.Equal("Europe/Kyiv", settings.TimeZone.Id);
        Assert.Equal(("hub", "hub"), (settings.Mqtt.HostId, settings.Mqtt.Username));
        Assert.Null(settings.Influx);
    }

    [Fact]
    public void Three_faults_are_found_at_once_with_line_and_remedy()
    {
        var (_, faults) = Read(
            """
            http: {listen: here}
            mqtt: {listen: 127.0.0.1:1883, colour: red}
            time_zone: Europe/Atlantis
            cluster: cluster.yaml
            contract: demo.yaml
            profiles: profiles
            """);

        Assert.Equal([1, 2, 3], faults.Select(fault => fault.Line).Order());
        Assert.All(faults, fault => Assert.NotEmpty(fault.Remedy));
        Assert.Contains(
            faults, fault => fault.Problem.Contains("colour", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("cluster: cluster.yaml", "cluster: profiles", "no such file")]
    [InlineData("profiles: profiles", "profiles: demo.yaml", "no such folder")]
    [InlineData("contract: demo.yaml", "contract: other.yaml", "no such file")]
    [InlineData("profiles: profiles", "", "'profiles' is missing")]
    public void A_document_that_is_not_there_is_one_fault_and_names_nothing_else(
        string line, string instead, string problem)
    {
        var (settings, faults) = Read(Good.Replace(line, instead, StringComparison.Ordinal));

        Assert.Contains(problem, Assert.Single(faults).Problem);
        Assert.Contains("", new[]
        {
            settings.ClusterFile, settings.ContractFile, settings.ProfilesFolder,
        });
    }

    [Theory]
    [InlineData("0.0.0.0:1883")]
    [InlineData("192.168.1.5:1883")]
    [InlineData("'[::]:1883'")]
    public void Without_users_the_broker_stays_on_loopback(string listen)
    {
        var (_, faults) = Read(Good.Replace("127.0.0.1:1883", listen, StringComparison.Ordinal));
        Assert.Contains("without passwords", Assert.Single(faults).Problem);
    }

    [Fact]
    public void With_users_the_hub_has_to_be_one_of_them()
    {
        _folder.Write("users", $"hub:{Hash}\n");
        _folder.Write("secret", "correct horse\n");
        _folder.Write("wrong", "horse\n");
        const string Listen = "0.0.0.0:1883, users_file: users";
        string With(string more) =>
            Good.Replace("127.0.0.1:1883", Listen + more, StringComparison.Ordinal);

        Assert.Empty(Read(With(", password_file: secret")).Faults);
        foreach (var more in (string[])[", password_file: wrong", ""])
        {
            Assert.Contains("could not connect", Assert.Single(Read(With(more)).Faults).Problem);
        }
    }

    [Fact]
    public void A_webhook_needs_a_secret_that_is_there_and_not_empty()
    {
        _folder.Write("empty", "\n");
        Assert.Contains("missing", OnlyFault("webhook: {url: 'https://x/'}"));
        Assert.Contains(
            "no such file", OnlyFault("webhook: {url: 'https://x/', secret_file: none}"));
        Assert.Contains("empty", OnlyFault("webhook: {url: 'https://x/', secret_file: empty}"));
        Assert.Contains(
            "ftp", OnlyFault("influx: {url: 'ftp://x/'}"));
        Assert.Contains(
            "not-an-address",
            OnlyFault("smtp: {host: h, port: 25, from: a@b.c, to: not-an-address}"));
    }

    [Fact]
    public void Raw_records_are_deleted_only_by_a_setting_and_never_soon()
    {
        Assert.Null(Read(Good).Settings.Archive);
        Assert.Null(Read($"{Good}\narchive: {{after_days: 90}}").Settings.Archive!.DeleteAfterDays);
        var (settings, faults) = Read(
            $"{Good}\narchive: {{after_days: 90, delete_after_days: 1830}}");
        Assert.Empty(faults);
        Assert.Equal(1_830, settings.Archive!.DeleteAfterDays);
        Assert.Contains("730", OnlyFault("archive: {after_days: 90, delete_after_days: 700}"));
        Assert.Contains(
            "not more than", OnlyFault("archive: {after_days: 800, delete_after_days: 800}"));
    }

    [Fact]
    public void An_option_wins_over_the_environment_and_that_over_the_file()
    {
        var faults = new Faults();
        var node = Wire.Documents.Settings.Read(
            "hub.yaml", Good,
            [
                new("MONITORING__HTTP__LISTEN", "127.0.0.1:2"),
                new("MONITORING__MQTT__LISTEN", "127.0.0.1:3"), new("PATH", "x"),
            ],
            [new("mqtt.listen", "127.0.0.1:4"), new("mqtt.host_id", null)],
            faults);
        var settings = HubSettingsReader.Read(node, _folder.Path, faults);

        Assert.Empty(faults.All);
        Assert.Equal((2, 4), (settings.Http.Port, settings.Mqtt.Listen.Port));
    }

    private string OnlyFault(string more) =>
        Assert.Single(Read($"{Good}\n{more}").Faults).ToString();

    private (HubSettings Settings, IReadOnlyList<Fault> Faults) Read(string yaml)
    {
        var faults = new Faults();
        var node = Wire.Documents.Settings.Read("hub.yaml", yaml, [], [], faults);
        return (HubSettingsReader.Read(node, _folder.Path, faults), faults.All);
    }
}
