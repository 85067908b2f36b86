using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Crash;

/// <summary>What can be away for a while.</summary>
public enum Victim
{
    Edge,
    Hub,
    Broker,
    Influx,
    Network,
    Disk,
}

/// <summary>Two plants, a hub, a broker and an InfluxDB, and what is done to them.</summary>
public sealed class CrashRun(DemoFiles files, Random random, Action<string> say)
    : IAsyncDisposable
{
    private const int DiskMegabytes = 300;

    private static readonly TimeSpan CatchUpMax = TimeSpan.FromSeconds(120);
    private static readonly Victim[] All = Enum.GetValues<Victim>();

    private readonly List<EdgeKill> _kills = [];
    private readonly Dictionary<string, Daemon> _edges = [];
    private readonly List<TcpProxy> _networks = [];
    private readonly List<Daemon> _simulators =
        [.. DemoFiles.Plants.Select(plant => Programs.Simulator(files, plant))];

    private MosquittoServer? _broker;
    private InfluxServer? _influx;
    private SmallDisk? _disk;
    private Daemon? _hub;
    private bool _wasFull;

    public IReadOnlyList<EdgeKill> Kills => _kills;

    private MosquittoServer Broker => _broker!;

    private InfluxServer Influx => _influx!;

    private Daemon Hub => _hub!;

    public async Task Start()
    {
        _disk = SmallDisk.Mount(files.HubFolder, DiskMegabytes, out var why);
        say(_disk is null
            ? $"no disk is filled, since none can be mounted here: {why}"
            : $"the hub's disk is a tmpfs of {DiskMegabytes} MB");
        _broker = await MosquittoServer.Start();
        _influx = await InfluxServer.Start();
        foreach (var simulator in _simulators)
        {
            await simulator.Start(Programs.SimulatorListens);
        }

        _hub = Programs.Hub(
            files, $"mqtt.url={Programs.Broker(Network())}", $"influx.url={_influx.Address}",
            "influx.database=emissions");
        foreach (var plant in DemoFiles.Plants)
        {
            _edges[plant] = Programs.Edge(files, plant, Network());
            _edges[plant].Start();
        }

        await _hub.Start(Programs.HubIsReady);
        await CatchUp();
    }

    /// <summary>Takes one or two away, brings them back, and lets all run on.</summary>
    public async Task Round(int round)
    {
        var down = TimeSpan.FromSeconds(0.2 + (1.8 * random.NextDouble()));
        var run = TimeSpan.FromSeconds(1 + (2 * random.NextDouble()));
        List<Victim> victims = [All[round % All.Length]];
        if (All[random.Next(All.Length)] is var other && MayJoin(victims[0], other))
        {
            victims.Add(other);
        }

        say($"round {round + 1}: {string.Join(" and ", victims)} away for "
            + $"{down.TotalSeconds:0.00} s, then {run.TotalSeconds:0.00} s");
        var back = new List<Func<Task>>();
        foreach (var victim in victims)
        {
            back.Add(await Take(victim));
        }

        await Task.Delay(down);
        foreach (var bring in back)
        {
            await bring();
        }

        await Task.Delay(run);
    }

    /// <summary>Ends everything in order, the instruments last.</summary>
    public async Task StopAll()
    {
        await CatchUp();
        await Eventually.True(
            "a period is charged", () => Stores.CountIn(files.BooksFile, "entry") > 0,
            CatchUpMax, Story);
        foreach (var edge in _edges.Values)
        {
            Assert.Equal(0, await edge.Stop());
        }

        await Eventually.True(
            "the hub has all that is journalled",
            () => DemoFiles.Plants.Select(plant => Stores.JournalEnd(files, plant))
                .All(journal => journal.Committed == journal.Last),
            TimeSpan.FromSeconds(30), Story);
        var points = Stores.Points(files);
        await Eventually.True(
            $"InfluxDB shows each of {points} readings once",
            () => Influx.Count("emissions", "reading", "quality").GetAwaiter().GetResult()
                == points,
            CatchUpMax, Story);
        say($"InfluxDB shows each of {points} readings once");
        if (_wasFull)
        {
            Assert.Contains(
                "are not stored and not committed", Hub.Output, StringComparison.Ordinal);
        }

        Assert.Equal(0, await Hub.Stop());
        foreach (var simulator in _simulators)
        {
            Assert.Equal(0, await simulator.Stop());
        }
    }

    public async ValueTask DisposeAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(files.Folder, "story.txt"), Story());
        foreach (var daemon in _edges.Values.Concat(_simulators))
        {
            await daemon.DisposeAsync();
        }

        await (_hub?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var network in _networks)
        {
            await network.DisposeAsync();
        }

        await (_broker?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_influx?.DisposeAsync() ?? ValueTask.CompletedTask);
        KeepFilesOfDisk();
    }

    // A hub does not start on a full disk, and says so; here nobody would start it again.
    private static bool MayJoin(Victim one, Victim other) =>
        one != other
        && (one, other) is not ((Victim.Hub, Victim.Disk) or (Victim.Disk, Victim.Hub));

    /// <summary>Takes it away; gives how to bring it back.</summary>
    private async Task<Func<Task>> Take(Victim victim)
    {
        switch (victim)
        {
            case Victim.Edge:
                return await KillEdge(DemoFiles.Plants[random.Next(DemoFiles.Plants.Count)]);
            case Victim.Hub:
                await Hub.Kill();
                return () => Done(Hub.Start);
            case Victim.Broker:
                await Broker.Kill();
                return Broker.Restart;
            case Victim.Influx:
                await Influx.Kill();
                return Influx.Restart;
            case Victim.Network:
                var network = _networks[random.Next(_networks.Count)];
                network.Cut();
                return () => Done(network.Mend);
            default:
                _wasFull = _disk is not null;
                _disk?.Fill();
                return () => Done(() => _disk?.Free());
        }
    }

    private async Task<Func<Task>> KillEdge(string plant)
    {
        await _edges[plant].Kill();
        var killedMs = NowMs();
        return () => Done(() =>
        {
            _kills.Add(new EdgeKill(plant, killedMs, NowMs()));
            _edges[plant].Start();
        });
    }

    private static Task Done(Action action)
    {
        action();
        return Task.CompletedTask;
    }

    /// <summary>A way of its own to the broker; gives its port.</summary>
    private int Network()
    {
        _networks.Add(new TcpProxy(Broker.Port));
        return _networks[^1].Port;
    }

    // What is judged, and kept on failure, must outlive the disk in memory.
    private void KeepFilesOfDisk()
    {
        if (_disk is null)
        {
            return;
        }

        var kept = Directory.CreateDirectory(files.HubFolder + "-kept").FullName;
        foreach (var file in Directory.EnumerateFiles(files.HubFolder))
        {
            File.Copy(file, Path.Combine(kept, Path.GetFileName(file)));
        }

        _disk.Dispose();
        Directory.Delete(files.HubFolder);
        Directory.Move(kept, files.HubFolder);
    }

    /// <summary>Waits until the hub has all but the newest second.</summary>
    private Task CatchUp() => Eventually.True(
        "the hub has caught up",
        () => DemoFiles.Plants.All(plant =>
            Stores.Progress(files, plant).NewestMs > NowMs() - 1_000),
        CatchUpMax, Story);

    private string Story() => string.Join(
        "\n", _edges.Select(edge => $"--- {edge.Key}\n{edge.Value.Output}")
            .Append($"--- hub\n{_hub?.Output}").Append($"--- broker\n{_broker?.Output}"));

    private static long NowMs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
