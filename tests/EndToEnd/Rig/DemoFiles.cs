using System.Globalization;
using System.Text.RegularExpressions;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Rig;

/// <summary>The documents of the demo, in a folder of a test and on free ports.</summary>
public sealed class DemoFiles
{
    public static readonly IReadOnlyList<string> Plants = ["plant-a", "plant-b"];

    private readonly Dictionary<string, int> _instrumentPorts = [];

    /// <param name="cycle">Of every gateway, such as <c>100 ms</c> where load is wanted.</param>
    public DemoFiles(string folder, string cycle = "1 s")
    {
        Folder = folder;
        Copy(Checkout.File("firmware-config"), "edge", "devices/*.yaml", "sites/*.yaml");
        Copy(
            Checkout.File("hub"), "hub", "demo-hub.yaml", "contracts/*.yaml", "profiles/*.yaml");

        // Tests change the contract, which nobody signs again.
        Edit(Contract, "signatures: required", "signatures: warned");
        Edit(HubConfig, "listen: 127.0.0.1:8080", $"listen: 127.0.0.1:{HttpPort}");
        Edit(HubConfig, "listen: 127.0.0.1:1883", $"listen: 127.0.0.1:{MqttPort}");
        Edit(Cluster, "cycle: 1 s", $"cycle: {cycle}");
        foreach (var (index, plant) in Plants.Index())
        {
            _instrumentPorts[plant] = Ports.Free();
            Edit(Site(plant), "cycle: 1 s", $"cycle: {cycle}");
            Edit(
                Site(plant), Text("port: ", 15021 + index),
                Text("port: ", _instrumentPorts[plant]));

            // A busy machine must not look like a silent instrument.
            Edit(Site(plant), "timeout: 2 s", "timeout: 5 s");
        }
    }

    public string Folder { get; }

    public int HttpPort { get; } = Ports.Free();

    /// <summary>Of the broker inside the hub.</summary>
    public int MqttPort { get; } = Ports.Free();

    public string HubConfig => Path.Combine(Folder, "hub", "demo-hub.yaml");

    public string Cluster => Path.Combine(Folder, "hub", "contracts", "cluster.yaml");

    public string Contract => Path.Combine(Folder, "hub", "contracts", "demo.yaml");

    public string Profile => Path.Combine(Folder, "hub", "profiles", "demo.yaml");

    public string HubFolder => Path.Combine(Folder, "hub-data");

    public string RecordsFile => Path.Combine(HubFolder, "records.db");

    public string BooksFile => Path.Combine(HubFolder, "books.db");

    public string Site(string plant) => Path.Combine(Folder, "edge", "sites", plant + ".yaml");

    public string Map(string map) => Path.Combine(Folder, "edge", "devices", map + ".yaml");

    public string EdgeFolder(string plant) => Path.Combine(Folder, plant + "-data");

    public string JournalFile(string plant) => Path.Combine(EdgeFolder(plant), "journal.db");

    public string ServedLog(string plant) => Path.Combine(Folder, plant + "-served.jsonl");

    public int InstrumentPort(string plant) => _instrumentPorts[plant];

    /// <summary>Another period and other holdings; the cap is their sum.</summary>
    public void SetBubble(string period, int gramsOfA, int gramsOfB)
    {
        EditNumber(Contract, "period: [0-9]+ s", $"period: {period}");
        EditNumber(Contract, "cap: [0-9]+", $"cap: {gramsOfA + gramsOfB}");
        EditNumber(Contract, "member-a, mass: [0-9]+", $"member-a, mass: {gramsOfA}");
        EditNumber(Contract, "member-b, mass: [0-9]+", $"member-b, mass: {gramsOfB}");
    }

    /// <summary>Replaces a text that has to be there.</summary>
    public static void Edit(string file, string from, string to)
    {
        var text = File.ReadAllText(file);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(from, to, StringComparison.Ordinal));
    }

    private static void EditNumber(string file, string pattern, string to)
    {
        var text = File.ReadAllText(file);
        Assert.Single(Regex.Matches(text, pattern));
        File.WriteAllText(file, Regex.Replace(text, pattern, to));
    }

    private static string Text(string label, int number) =>
        label + number.ToString(CultureInfo.InvariantCulture);

    private void Copy(string from, string to, params string[] patterns)
    {
        foreach (var pattern in patterns)
        {
            var below = Path.GetDirectoryName(pattern)!;
            Directory.CreateDirectory(Path.Combine(Folder, to, below));
            foreach (var file in Directory.EnumerateFiles(
                Path.Combine(from, below), Path.GetFileName(pattern)))
            {
                File.Copy(file, Path.Combine(Folder, to, below, Path.GetFileName(file)));
            }
        }
    }
}
