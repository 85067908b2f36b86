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
    private const int WindowMs = 60_000;
    private const int RecordsPerRead = 2_000;

    private readonly string _folder;
    private readonly Worker _process;
    private readonly FactBook _facts;

    public HubProcess(string folder)
    {
        _folder = folder;
        Port = FreePort();
        var settings = WriteSettings(folder, Port);
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

    public double ProcessorSeconds => _process.ProcessorSeconds();

    /// <summary>Every window that ends at or before that time is closed, of every source.</summary>
    public bool HasClosedTo(long timeMs) => Enumerable.Range(0, Fleet.Edges).All(
        edge => _facts.PositionOf(SourceOf(edge)) >= timeMs - (timeMs % WindowMs));

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
            seen.Count == Fleet.Edges && seen.Values.All(count => count == records),
            "records are missing");
        Require(
            positions.Count == Fleet.Edges && positions.All(row => row.Committed == records),
            "an edge's position is not its last record");
        var endMs = Fleet.TimeOf(startMs, records);
        var windows = (endMs - startMs) / WindowMs;
        Require(
            _facts.FactsOf("nox", startMs, endMs).Length == windows * Fleet.Edges,
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

    private static string WriteSettings(string folder, int port)
    {
        var hub = Path.Combine(AppContext.BaseDirectory, "../../../../hub");
        var profiles = Directory.CreateDirectory(Path.Combine(folder, "profiles")).FullName;
        var profile = File.ReadAllText(Path.Combine(hub, "profiles", "demo.yaml"));
        File.WriteAllText(
            Path.Combine(profiles, "demo.yaml"),
            profile.Replace(
                "window: 10 s", $"window: {WindowMs / 1000} s", StringComparison.Ordinal));
        File.Copy(
            Path.Combine(hub, "contracts", "demo.yaml"), Path.Combine(folder, "contract.yaml"));
        File.WriteAllText(Path.Combine(folder, "cluster.yaml"), Cluster());
        var path = Path.Combine(folder, "hub.yaml");
        File.WriteAllText(path, $$"""
            http: {listen: "127.0.0.1:{{FreePort()}}"}
            mqtt: {listen: "127.0.0.1:{{port}}"}
            time_zone: UTC
            cluster: cluster.yaml
            contract: contract.yaml
            profiles: profiles

            """);
        return path;
    }

    private static string Cluster()
    {
        var text = new StringBuilder("""
            members:
              - {id: member-a, title: A}
              - {id: member-b, title: B}
            zones:
              - {id: river, title: River}
            sources:

            """);
        for (var edge = 0; edge < Fleet.Edges; edge++)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"""
                  - id: {SourceOf(edge)}
                    title: A stack
                    plant: {Fleet.PlantOf(edge)}
                    gateway: {Fleet.Node}
                    member: member-{(edge % 2 == 0 ? 'a' : 'b')}
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

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
