using System.Text;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Core;

/// <summary>The documents that are shipped, as the hub reads them.</summary>
internal static class Shipped
{
    public static Profile Profile { get; } = Read(
        faults => ProfileReader.Read("demo.yaml", Text("profiles/demo.yaml"), faults));

    public static ClusterMap Cluster { get; } = Read(
        faults => ClusterReader.Read(
            "cluster.yaml", Text("contracts/cluster.yaml"), [Profile], faults));

    public static ContractSurroundings Surroundings { get; } = new(
        ["member-a", "member-b"], [TimeSpan.FromSeconds(10)]);

    public static Contract Contract { get; } = Read(
        faults => ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(Text("contracts/demo.yaml")), Surroundings,
            faults));

    public static string Text(string path) =>
        File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "shipped", path));

    private static T Read<T>(Func<Faults, T?> read)
        where T : class
    {
        var faults = new Faults();
        var result = read(faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return result!;
    }
}
