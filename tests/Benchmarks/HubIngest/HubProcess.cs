using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Monitoring.Benchmarks.EdgePoll;
using Monitoring.Core.Averaging;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Benchmarks.HubIngest;

/// <summary>
/// The hub as it is installed, with the broker inside it: every edge is the stack of a source,
/// averaged over minutes by the demo's profile, and the demo's contract runs over the facts.
/// </summary>
internal sealed class HubProcess : IDisposable
{
    public const int WindowMs = 60_000;
    private const int RecordsPerRead = 2_000;

    private readonly string _folder;
    private readonly int _edges;
    private readonly Worker _process;
    private readonly FactBook _facts;

    /// <param name="edges">How many, each a source.</param>
    /// <param name="site">What else the hub is set up with.</param>
    public HubProcess(string folder, int edges, HubSite? site = null)
    {
        (_folder, _edges) = (folder, edges);
        Port = FreePort();
        Http = new Uri($"http://127.0.0.1:{FreePort()}");
        var settings = WriteSettings(site ?? new HubSite());
        var program = Path.Combine(
            AppContext.BaseDirectory, "../../Server/release/monitoring-hub");
        _process = new Worker(
            null, program, ["serve", "--config", settings, "--data", Path.Combine(folder, "data")]);
        _process.Drain();
        WaitUntilItListens();
        _facts = new FactBook(Books.Open(Path.Combine(folder, "data", "books.db")));
    }

    /// <summary>Of the broker.</summary>
    public int Port { get; }

    public Uri Http { get; }

    public double ProcessorSeconds => _process.ProcessorSeconds();

    public double ResidentMegabytes => _process.ResidentMegabytes();

    /// <summary>Every window that ends at or before that time is closed, of every source.</summary>
    public bool HasClosedTo(long timeMs) => Enumerable.Range(0, _edges).All(
        edge => _facts.PositionOf(SourceOf(edge)) >= timeMs - (timeMs % WindowMs));

    public void WaitUntilClosedTo(long timeMs)
    {
        while (!HasClosedTo(timeMs))
        {
            Wait(TimeSpan.FromMilliseconds(20));
        }
    }

    /// <summary>
    /// Kills the hub as a power cut of its process would, and reads from its files that each
    /// record of each edge is stored once, as it was sent, and committed, and each window a fact.
    /// </summary>
    public void KillAndRequire(long startMs, long records)
    {
        _process.Dispose();
        var log = RecordLog.Open(Path.Combine(_folder, "data", "records.db"));
        var seen = new Dictionary<string, long>();
        for (long id = 0; log.ReadAfter(id, RecordsPerRead) is { IsEmpty: false } read;
            id = read[^1].Id)
        {
            foreach (var stored in read)
            {
                var plant = stored.Gateway.Plant;
                var offset = seen[plant] = seen.GetValueOrDefault(plant) + 1;
                var edge = Fleet.EdgeOf(plant);
                var sent = Fleet.Image(
                    Fleet.TimeOf(startMs, offset),
                    point => Fleet.ValueOf(edge, offset, point));
                Require(
                    stored.Offset == offset && stored.Record.Equals(sent),
                    $"record {offset} of {plant} is not as it was sent");
            }
        }

        var positions = log.Gateways();
        log.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Require(
            seen.Count == _edges && seen.Values.All(count => count == records),
            "records are missing");
        Require(
            positions.Count == _edges && positions.All(row => row.Committed == records),
            "an edge's position is not its last record");
        var endMs = Fleet.TimeOf(startMs, records);
        var windows = (endMs - startMs) / WindowMs;
        Require(
            _facts.FactsOf("nox", startMs, endMs).Length == windows * _edges,
            "windows without a fact");
    }

    public void Dispose()
    {
        _process.Dispose();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
    }

    /// <summary>The start of a window near that time.</summary>
    public static long WindowAt(long timeMs) => timeMs - (timeMs % WindowMs);

    private static void Require(bool isRight, string what)
    {
        if (!isRight)
        {
            throw new InvalidOperationException($"The hub is wrong: {what}.");
        }
    }

    private static string SourceOf(int edge) =>
        string.Create(CultureInfo.InvariantCulture, $"stack-{edge}");

    private string WriteSettings(HubSite site)
    {
        var hub = Path.Combine(AppContext.BaseDirectory, "../../../../hub");
        var profiles = Directory.CreateDirectory(Path.Combine(_folder, "profiles")).FullName;
        var profile = File.ReadAllText(Path.Combine(hub, "profiles", "demo.yaml"));
        File.WriteAllText(
            Path.Combine(profiles, "demo.yaml"),
            profile.Replace(
                "window: 10 s", $"window: {WindowMs / 1000} s", StringComparison.Ordinal));
        File.WriteAllText(
            Path.Combine(_folder, "contract.yaml"),
            site.Contract(File.ReadAllText(Path.Combine(hub, "contracts", "demo.yaml")))
                .Replace(
                    "signatures: required", "signatures: warned", StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(_folder, "cluster.yaml"), Cluster(site));
        var path = Path.Combine(_folder, "hub.yaml");
        File.WriteAllText(path, $$"""
            http: {listen: "127.0.0.1:{{Http.Port}}"}
            mqtt: {listen: "127.0.0.1:{{Port}}"}
            time_zone: UTC
            cluster: cluster.yaml
            contract: contract.yaml
            profiles: profiles
            {{site.Settings}}

            """);
        return path;
    }

    private string Cluster(HubSite site)
    {
        var text = new StringBuilder("members:\n");
        foreach (var member in site.Members)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture, $"  - {{id: {member}, title: {member}}}");
        }

        text.Append("""
            zones:
              - {id: river, title: River}
            sources:

            """);
        for (var edge = 0; edge < _edges; edge++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"""
                  - id: {SourceOf(edge)}
                    title: A stack
                    plant: {Fleet.PlantOf(edge)}
                    gateway: {Fleet.Node}
                    member: {site.MemberOf(edge, _edges)}
                    zone: river
                    profile: demo
                    cycle: {Fleet.CycleMs} ms
                    from: 2020-01-01T00:00:00Z
                    quantities:
                """);
            foreach (var (name, unit) in Fleet.Stack)
            {
                text.AppendLine(
                    CultureInfo.InvariantCulture,
                    $"      {name}: {{device: {Fleet.Device}, point: {name}, unit: {unit}}}");
            }
        }

        return text.ToString();
    }

    private void WaitUntilItListens()
    {
        var start = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                using var probe = new TcpClient();
                probe.Connect(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (
                TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(60))
            {
                Wait(TimeSpan.FromMilliseconds(100));
            }
        }
    }

    private static void Wait(TimeSpan time)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(time);
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
