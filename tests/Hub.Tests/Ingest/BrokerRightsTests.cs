using Monitoring.Server.Ingest;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Ingest;

public sealed class BrokerRightsTests
{
    private const string Edge = "plant-a/gateway-1";

    // Made by mosquitto_passwd 2.0 for the password 'correct horse'.
    private const string Line =
        "plant-a/gateway-1:$7$101$8QOhzD4pNYUCbGfi$Zjl/6IZxVHH9TqG6CGklC1p7jakuwvzehdtQFn7lFS2K4u01"
        + "MBOaJocYog7+535kCkVXhkLdrkFN0UWp7qePgg==";

    [Theory]
    [InlineData(Edge, "spBv1.0/plant-a/NBIRTH/gateway-1", true)]
    [InlineData(Edge, "spBv1.0/plant-a/NDEATH/gateway-1", true)]
    [InlineData(Edge, "spBv1.0/plant-a/NDATA/gateway-1", true)]
    [InlineData(Edge, "spBv1.0/plant-a/DDATA/gateway-1/gas-analyser", true)]
    [InlineData(Edge, "spBv1.0/plant-a/NCMD/gateway-1", false)]
    [InlineData(Edge, "spBv1.0/plant-a/DCMD/gateway-1/gas-analyser", false)]
    [InlineData(Edge, "spBv1.0/plant-a/NDATA/gateway-2", false)]
    [InlineData(Edge, "spBv1.0/plant-b/NDATA/gateway-1", false)]
    [InlineData(Edge, "spBv1.0/STATE/hub", false)]
    [InlineData(Edge, "STATE/hub", false)]
    [InlineData(Edge, "$SYS/broker", false)]
    [InlineData(Edge, "anything", false)]
    [InlineData(Edge, "", false)]
    [InlineData("", "spBv1.0//NDATA/", false)]
    [InlineData("", "spBv1.0/plant-a/NDATA/gateway-1", false)]
    [InlineData("plant-a/+", "spBv1.0/plant-a/NDATA/gateway-1", false)]
    [InlineData("plant-a/gateway-1/", "spBv1.0/plant-a/NDATA/gateway-1", false)]
    [InlineData("PLANT-A/gateway-1", "spBv1.0/plant-a/NDATA/gateway-1", false)]
    [InlineData("Hub", "spBv1.0/STATE/hub", false)]
    [InlineData("hub", "spBv1.0/plant-a/NCMD/gateway-1", true)]
    [InlineData("hub", "spBv1.0/STATE/hub", true)]
    public void An_edge_writes_below_its_own_node_only(string who, string topic, bool may) =>
        Assert.Equal(may, BrokerRights.MayPublish(who, topic, "hub"));

    [Theory]
    [InlineData(Edge, "spBv1.0/plant-a/NCMD/gateway-1", true)]
    [InlineData(Edge, "spBv1.0/plant-a/DCMD/gateway-1/gas-analyser", true)]
    [InlineData(Edge, "spBv1.0/STATE/hub", true)]
    [InlineData(Edge, "spBv1.0/STATE/+", false)]
    [InlineData(Edge, "#", false)]
    [InlineData(Edge, "+/+/+/+", false)]
    [InlineData(Edge, "spBv1.0/+/NCMD/gateway-1", false)]
    [InlineData(Edge, "spBv1.0/plant-a/NCMD/+", false)]
    [InlineData(Edge, "spBv1.0/plant-a/NCMD/#", false)]
    [InlineData(Edge, "spBv1.0/plant-a/DCMD/gateway-1/+", false)]
    [InlineData(Edge, "spBv1.0/plant-a/NDATA/gateway-1", false)]
    [InlineData(Edge, "spBv1.0/plant-b/NCMD/gateway-1", false)]
    [InlineData(Edge, "$SYS/#", false)]
    [InlineData(Edge, "$share/group/spBv1.0/plant-a/NCMD/gateway-1", false)]
    [InlineData(Edge, "$share/group/#", false)]
    [InlineData("plant-a/+", "spBv1.0/plant-a/NCMD/+", false)]
    [InlineData("hub", "spBv1.0/+/NDATA/+", true)]
    public void An_edge_reads_its_own_commands_only(string who, string filter, bool may) =>
        Assert.Equal(may, BrokerRights.MaySubscribe(who, filter, "hub", "hub"));

    [Fact]
    public void A_host_id_other_than_the_hubs_user_name_is_where_its_state_is()
    {
        Assert.True(BrokerRights.MaySubscribe(Edge, "spBv1.0/STATE/host", "hub", "host"));
        Assert.False(BrokerRights.MaySubscribe(Edge, "spBv1.0/STATE/hub", "hub", "host"));
    }

    [Theory]
    [InlineData(Edge, "correct horse", true)]
    [InlineData(Edge, "correct horsf", false)]
    [InlineData(Edge, "", false)]
    [InlineData(Edge, null, false)]
    [InlineData("plant-a/gateway-2", "correct horse", false)]
    [InlineData(null, "correct horse", false)]
    [InlineData("", "", false)]
    public void The_file_of_mosquitto_is_understood(string? name, string? password, bool admitted)
    {
        var faults = new Faults();
        var users = BrokerUsers.Parse("users", $"\n{Line}\r\n", faults);

        Assert.Empty(faults.All);
        Assert.Equal(admitted, users.Admits(name, password));
    }

    [Theory]
    [InlineData("name-without-colon")]
    [InlineData("name:plain-password")]
    [InlineData(":$7$101$AAAA$AAAA")]
    [InlineData("name:$6$salt$hash")]
    [InlineData("name:$7$0$AAAA$AAAA")]
    [InlineData("name:$7$99999999$AAAA$AAAA")]
    [InlineData("name:$7$101$$AAAA")]
    [InlineData("name:$7$101$AAAA$AAAA")]
    [InlineData("name:$7$101$AAAA$")]
    public void A_line_that_is_none_of_it_is_a_fault_with_its_line(string line)
    {
        var faults = new Faults();
        var users = BrokerUsers.Parse("users", $"{Line}\n{line}\n", faults);

        Assert.Equal(2, Assert.Single(faults.All).Line);
        Assert.False(users.Admits("name", ""));
        Assert.True(users.Admits(Edge, "correct horse"));
    }
}
