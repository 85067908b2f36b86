using Monitoring.Tests.Crash;

namespace Monitoring.Tests.Rig;

/// <summary>A hub, and plant A with its instruments.</summary>
public sealed class RunningPlant(DemoFiles files, int mqttPort, params string[] hubSettings)
    : IAsyncDisposable
{
    private const string Plant = "plant-a";

    private readonly Daemon _hub = Programs.Hub(files, hubSettings);
    private readonly Daemon _simulator = Programs.Simulator(files, Plant);

    public Daemon Edge { get; } = Programs.Edge(files, Plant, mqttPort);

    public int HubId => _hub.Id;

    /// <summary>What all of them wrote.</summary>
    public string Story => Edge.Output + _hub.Output;

    public async Task Start()
    {
        await _simulator.Start(Programs.SimulatorListens);
        await _hub.Start(Programs.HubIsReady);
        await Edge.Start(Programs.EdgeIsBorn);
    }

    /// <summary>Ends the edge, and waits until the hub has all of its journal.</summary>
    public async Task StopEdge()
    {
        Assert.Equal(0, await Edge.Stop());
        await Eventually.True(
            "the hub has all that is journalled",
            () => Stores.JournalEnd(files, Plant) is var end && end.Committed == end.Last,
            TimeSpan.FromSeconds(15), () => Story);
    }

    public async Task StopAndAssertConserved()
    {
        await StopEdge();
        await StopRest();
        var report = Conservation.Check(
            Stores.Served(files, Plant), Stores.Stored(files), [],
            [Stores.JournalEnd(files, Plant)]);
        Assert.Empty(report.Findings);
    }

    public async Task StopRest()
    {
        Assert.Equal(0, await _hub.Stop());
        Assert.Equal(0, await _simulator.Stop());
    }

    public async ValueTask DisposeAsync()
    {
        await Edge.DisposeAsync();
        await _hub.DisposeAsync();
        await _simulator.DisposeAsync();
    }
}
