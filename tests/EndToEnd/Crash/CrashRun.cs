using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests.Crash;

/// <summary>Two plants, a hub and a broker, and what is done to them.</summary>
public sealed class CrashRun(DemoFiles files, Random random, Action<string> say)
    : IAsyncDisposable
{
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromSeconds(60);

    private readonly List<EdgeKill> _kills = [];
    private readonly Dictionary<string, Daemon> _edges = [];
    private readonly List<Daemon> _simulators =
        [.. DemoFiles.Plants.Select(plant => Programs.Simulator(files, plant))];

    private MosquittoServer? _broker;
    private Daemon? _hub;

    public IReadOnlyList<EdgeKill> Kills => _kills;

    private MosquittoServer Broker => _broker!;

    private Daemon Hub => _hub!;

    public async Task Start()
    {
        _broker = await MosquittoServer.Start();
        foreach (var simulator in _simulators)
        {
            await simulator.Start(Programs.SimulatorListens);
        }

        _hub = Programs.Hub(files, $"mqtt.url={Programs.Broker(_broker.Port)}");
        foreach (var plant in DemoFiles.Plants)
        {
            _edges[plant] = Programs.Edge(files, plant, _broker.Port);
            _edges[plant].Start();
        }

        await _hub.Start(Programs.HubIsReady);
        await CatchUp();
    }

    /// <summary>Kills one of the three, starts it again, and lets all run on.</summary>
    public async Task Round(int round)
    {
        var down = TimeSpan.FromSeconds(0.2 + (1.8 * random.NextDouble()));
        var run = TimeSpan.FromSeconds(1 + (2 * random.NextDouble()));
        var plant = DemoFiles.Plants[random.Next(DemoFiles.Plants.Count)];
        var victim = (round % 3) switch { 0 => plant, 1 => "hub", _ => "broker" };
        say($"round {round + 1}: kill {victim}, away {down.TotalSeconds:0.00} s, "
            + $"then {run.TotalSeconds:0.00} s");
        switch (victim)
        {
            case "hub":
                await Hub.Kill();
                await Task.Delay(down);
                Hub.Start();
                break;
            case "broker":
                await Broker.Kill();
                await Task.Delay(down);
                await Broker.Restart();
                break;
            default:
                await _edges[plant].Kill();
                var killedMs = NowMs();
                await Task.Delay(down);
                _kills.Add(new EdgeKill(plant, killedMs, NowMs()));
                _edges[plant].Start();
                break;
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
            TimeSpan.FromSeconds(10), Story);
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
        await (_broker?.DisposeAsync() ?? ValueTask.CompletedTask);
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
