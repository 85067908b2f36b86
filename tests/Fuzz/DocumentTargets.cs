using System.Text;
using Monitoring.Agent;
using Monitoring.Agent.Devices;
using Monitoring.Agent.Simulate;
using Monitoring.Agent.Sites;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server;
using Monitoring.Server.Projection;
using Monitoring.Tests.Servers;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Fuzz;

/// <summary>What people write, and what InfluxDB answers.</summary>
internal static class DocumentTargets
{
    private const string File = "document.yaml";

    private static readonly Profile Demo =
        ProfileReader.Read(File, Of("hub/profiles").First(), new Faults())!;

    public static IEnumerable<Target> All() =>
    [
        Document("site", Of("firmware-config/sites"), (text, faults) =>
            SiteReader.Read(File, text, _ => Of("firmware-config/devices").First(), faults)),
        Document("device-map", Of("firmware-config/devices"), (text, faults) =>
            DeviceMapReader.Read(File, text, faults)),
        Document("script", Of("firmware-config/simulations"), (text, faults) =>
            ScriptReader.Read(File, text, [], faults)),
        Document("cluster", Of("hub/contracts"), (text, faults) =>
            ClusterReader.Read(File, text, [Demo], faults)),
        Document("contract", Of("hub/contracts"), (text, faults) => ContractReader.Read(
            File, Encoding.UTF8.GetBytes(text),
            new ContractSurroundings(["member-a", "member-b"], [Demo.Window]), faults)),
        Document("profile", Of("hub/profiles"), (text, faults) =>
            ProfileReader.Read(File, text, faults)),
        Document("hub-settings", Of("hub"), (text, faults) => HubSettingsReader.Read(
            Settings.Read(File, text, [], [], faults), AppContext.BaseDirectory, faults)),
        Document("edge-settings", ["mqtt: {url: mqtt://127.0.0.1:1883}\njournal: {days: 3}\n"],
            (text, faults) =>
            {
                var options = text.Split('\n').Where(line => line.Contains('='));
                Settings.Read(File, text, [KeyValuePair.Create("MONITORING__MQTT__URL", text)], [],
                    faults);
                EdgeSettings.Read(null, [], options, faults);
            }),
        new Target("influx-answer", [.. InfluxSeeds.Select(Encoding.UTF8.GetBytes)], Influx)
        {
            BytesMax = 2_048,
        },
    ];

    private static readonly string[] InfluxSeeds =
    [
        """
        {"results":[{"statement_id":0,"series":[{"name":"r","columns":["time","n"],
        "values":[[0,5]]}]}]}
        """,
        """{"results":[{"statement_id":0,"error":"database not found: emissions"}]}""",
        """{"error":"partial write: points beyond retention policy dropped=5"}""",
        """
        {"error":"unable to parse 'reading,a value=x 1': invalid number\nunable to parse
        'b': missing fields dropped=2"}
        """,
        """{"code":"invalid","message":"failure writing points to database: partial write"}""",
    ];

    private static void Influx(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        InfluxAnswers.ErrorIn(text);
        InfluxAnswers.FirstRow(text);
        InfluxAnswers.IsOnlyExpiry(text);
        InfluxAnswers.DroppedIn(text);
        InfluxAnswers.UnreadableIn(text);
    }

    private static Target Document(
        string name, IEnumerable<string> seeds, Action<string, Faults> read) => new(
        name, [.. seeds.Select(Encoding.UTF8.GetBytes)],
        bytes =>
        {
            var faults = new Faults();
            read(Encoding.UTF8.GetString(bytes), faults);
            Assert.All(faults.All, fault => Assert.NotEmpty(fault.ToString()));
        })
    {
        Inputs = 2_000, BytesMax = 16_384, AllocatedBytesMax = 64 << 20,
    };

    /// <summary>The shipped documents of a folder.</summary>
    private static IEnumerable<string> Of(string folder) =>
        Directory.EnumerateFiles(Checkout.File(folder.Split('/')), "*.yaml").Order()
            .Select(System.IO.File.ReadAllText);
}
