using System.Net;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;

namespace Monitoring.Tests;

/// <summary>Every program ends when it is asked to, and listens on loopback only.</summary>
public sealed class StopTests
{
    private static readonly TimeSpan StopMax = TimeSpan.FromSeconds(5);

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task A_signal_ends_every_program_cleanly(bool isInterrupt, bool isBrokerAway)
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        await using var broker = await MosquittoServer.Start();
        await using var simulator = Programs.Simulator(files, "plant-a");
        await using var edge = Programs.Edge(files, "plant-a", broker.Port);
        await using var hub = Programs.Hub(files, $"mqtt.url={Programs.Broker(broker.Port)}");
        await simulator.Start(Programs.SimulatorListens);
        await hub.Start(Programs.HubIsReady);
        await edge.Start(Programs.EdgeIsBorn);
        AssertLoopback(simulator, files.InstrumentPort("plant-a"));
        AssertLoopback(hub, files.HttpPort);
        Assert.Empty(Processes.Listeners(edge.Id));
        if (isBrokerAway)
        {
            await broker.Kill();
            await edge.WaitForLine("No connection to");
            await hub.WaitForLine("Offline at the broker");
        }

        foreach (var daemon in new[] { edge, hub, simulator })
        {
            await AssertStops(daemon, isInterrupt);
        }

        Assert.False(await Ports.Accepts(files.HttpPort));
        Assert.False(await Ports.Accepts(files.InstrumentPort("plant-a")));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_hub_ends_cleanly_with_its_own_broker_in_use(bool isInterrupt)
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path);
        await using var simulator = Programs.Simulator(files, "plant-a");
        await using var edge = Programs.Edge(files, "plant-a", files.MqttPort);
        await using var hub = Programs.Hub(files);
        await simulator.Start(Programs.SimulatorListens);
        await hub.Start(Programs.HubIsReady);
        await edge.Start(Programs.EdgeIsBorn);
        AssertLoopback(hub, files.HttpPort, files.MqttPort);
        await AssertStops(hub, isInterrupt);
        Assert.False(await Ports.Accepts(files.HttpPort));
        Assert.False(await Ports.Accepts(files.MqttPort));

        // The ports are free: it starts again on them, and the edge comes back.
        await hub.Start(Programs.HubIsReady);
        await hub.WaitForLine("Gateway plant-a/gateway-1 is there");
        await AssertStops(edge, isInterrupt);
        await AssertStops(hub, isInterrupt);
    }

    private static async Task AssertStops(Daemon daemon, bool isInterrupt)
    {
        Action<Child> ask = isInterrupt ? child => child.Interrupt() : child => child.Terminate();
        var code = await daemon.Stop(ask, StopMax);
        Assert.True(code == 0, $"exit code {code?.ToString() ?? "none in time"}\n{daemon.Output}");
        Assert.Empty(daemon.Orphans);
    }

    private static void AssertLoopback(Daemon daemon, params int[] ports)
    {
        var listeners = Processes.Listeners(daemon.Id);
        Assert.All(listeners, listener => Assert.True(
            IPAddress.IsLoopback(listener.Address), $"listens on {listener}"));
        Assert.Subset(
            listeners.Select(listener => listener.Port).ToHashSet(), ports.ToHashSet());
    }
}
