using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Monitoring.Benchmarks.EdgePoll;

/// <summary>
/// A whole agent, journal and MQTT publish included, beside a bare libmodbus loop at the same
/// rate. Pollers, instruments and broker share one core, since a wake-up across cores would cost
/// several times one on the same core and drown what is measured; the host is on another. The
/// agent is the one that is shipped: native code, which ./bench publishes.
/// </summary>
internal static class EdgePollBenchmark
{
    public const int Registers = 100;
    private const int Core = 1;
    private const int CycleMs = 100;

    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(30);

    private sealed record Usage(
        double ProcessorSeconds, double Megabytes, long Images, long Overruns, long Absent);

    public static IEnumerable<Figure> Run()
    {
        if (!BareLoop.IsInstalled)
        {
            throw new InvalidOperationException(
                "libmodbus is not installed; as root: apt-get install libmodbus5 mosquitto");
        }

        // 10 devices: the load of a plant. 50: 50 000 values/s.
        var bare = Bare(devices: 10);
        var plant = Agent(devices: 10);
        var many = Agent(devices: 50);
        var (requests, values) = (Requests(10), Requests(10) * Registers);
        yield return new Figure("edge.poll.cpu", plant.ProcessorSeconds / values * 1e6, "us");
        yield return new Figure("edge.poll.rss", plant.Megabytes, "MB");
        yield return new Figure(
            "edge.poll.request", plant.ProcessorSeconds / requests * 1e6, "us");
        yield return new Figure(
            "edge.poll.request.peer", bare.ProcessorSeconds / requests * 1e6, "us");
        yield return new Figure(
            "edge.poll.ratio", plant.ProcessorSeconds / bare.ProcessorSeconds, "x");
        yield return new Figure(
            "edge.poll.50k.rate", many.Images * Registers / Measured.TotalSeconds, "values/s");
        yield return new Figure(
            "edge.poll.50k.core",
            100 * many.ProcessorSeconds / Measured.TotalSeconds, "%");
        yield return new Figure("edge.poll.50k.rss", many.Megabytes, "MB");
        yield return new Figure("edge.poll.50k.overruns", many.Overruns, "images");
        yield return new Figure("edge.poll.50k.absent", many.Absent, "points");
    }

    private static double Requests(int devices) =>
        devices * Measured.TotalMilliseconds / CycleMs;

    private static Usage Bare(int devices)
    {
        var ports = FreePorts(devices);
        using var instruments = Instruments(ports);
        using var loop = Self(
            [BareLoop.Verb, CycleMs.ToString(CultureInfo.InvariantCulture), .. ports]);
        loop.NextLine();
        Wait(TimeSpan.FromSeconds(3));
        var before = loop.ProcessorSeconds();
        Wait(Measured);
        return new Usage(loop.ProcessorSeconds() - before, loop.ResidentMegabytes(), 0, 0, 0);
    }

    private static Usage Agent(int devices)
    {
        var folder = Directory.CreateTempSubdirectory("edge-poll-").FullName;
        var ports = FreePorts(devices + 1);
        using var instruments = Instruments(ports[1..]);
        using var broker = Broker(folder, ports[0]);
        var site = WriteSite(folder, ports[1..]);
        var brokerPort = int.Parse(ports[0], CultureInfo.InvariantCulture);
        var nowMs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var host = CommittingHost.Start(brokerPort, nowMs).GetAwaiter().GetResult();
        var program = Path.Combine(
            AppContext.BaseDirectory, "../../../publish/monitoring-edge/monitoring-edge");
        using var agent = new Worker(Core, program,
        [
            "run", "--site", site, "--data", Path.Combine(folder, "data"),
            "--set", $"mqtt.url=mqtt://127.0.0.1:{ports[0]}",
        ]);
        agent.Drain();
        Wait(WarmUp);
        var (before, seen) = (agent.ProcessorSeconds(), host.Seen);
        Wait(Measured);
        var (after, now) = (agent.ProcessorSeconds(), host.Seen);
        var usage = new Usage(
            after - before, agent.ResidentMegabytes(), now.Images - seen.Images,
            now.Overruns - seen.Overruns, now.Absent - seen.Absent);
        agent.Dispose();
        host.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(folder, recursive: true);
        return usage;
    }

    private static Worker Instruments(string[] ports)
    {
        var worker = Self([RegisterServer.Verb, .. ports]);
        worker.NextLine();
        return worker;
    }

    private static Worker Self(IEnumerable<string> arguments) =>
        new(Core, Environment.ProcessPath!, arguments);

    private static Worker Broker(string folder, string port)
    {
        var conf = Path.Combine(folder, "mosquitto.conf");
        File.WriteAllText(conf, $"listener {port} 127.0.0.1\nallow_anonymous true\n");
        var program = new[] { "/usr/sbin/mosquitto", "/usr/bin/mosquitto" }.FirstOrDefault(
            File.Exists) ?? throw new InvalidOperationException("mosquitto is not installed");
        var worker = new Worker(Core, program, ["-c", conf]);
        worker.Drain();
        Wait(TimeSpan.FromSeconds(1));
        return worker;
    }

    private static string WriteSite(string folder, string[] ports)
    {
        foreach (var sub in new[] { "sites", "devices" })
        {
            Directory.CreateDirectory(Path.Combine(folder, sub));
        }

        var map = new StringBuilder("""
            id: bench
            title: A hundred registers
            source: benchmark
            protocol: modbus
            function: holding
            address_base: 0
            points:

            """);
        for (var i = 0; i < Registers; i++)
        {
            map.AppendLine(CultureInfo.InvariantCulture,
                $"  - {{id: p{i}, quantity: x, unit: \"1\", address: {i}, type: u16, scale: 0.1}}");
        }

        File.WriteAllText(Path.Combine(folder, "devices", "bench.yaml"), map.ToString());
        var (links, devices) = (new StringBuilder(), new StringBuilder());
        foreach (var port in ports)
        {
            links.AppendLine(CultureInfo.InvariantCulture,
                $"      - {{id: l{port}, kind: modbus-tcp, host: 127.0.0.1, port: {port}}}");
            devices.AppendLine(CultureInfo.InvariantCulture,
                $"      - {{id: d{port}, map: bench.yaml, link: l{port}, unit: 1}}");
        }

        var path = Path.Combine(folder, "sites", "site.yaml");
        File.WriteAllText(path, $"""
            id: bench
            title: bench
            time_zone: UTC
            gateways:
              - id: gateway-1
                cycle: {CycleMs} ms
                links:
            {links}    devices:
            {devices}
            """);
        return path;
    }

    private static string[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count)
            .Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToList();
        listeners.ForEach(listener => listener.Start());
        var ports = listeners.Select(
            listener => ((IPEndPoint)listener.LocalEndpoint).Port.ToString(
                CultureInfo.InvariantCulture)).ToArray();
        listeners.ForEach(listener => listener.Dispose());
        return ports;
    }

    private static void Wait(TimeSpan time)
    {
        using var never = new ManualResetEventSlim();
        never.Wait(time);
    }
}
