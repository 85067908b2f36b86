using Monitoring.Tests.Crash;
using Monitoring.Tests.Rig;
using Monitoring.Tests.Servers;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests;

/// <summary>What was measured while nobody listened arrives once, as history.</summary>
public sealed class OutageTests
{
    private const string Plant = "plant-a";

    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan CatchUpMax = TimeSpan.FromSeconds(40);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Images_of_an_outage_arrive_as_history(bool isBrokerAway)
    {
        using var folder = new TemporaryFolder();
        var files = new DemoFiles(folder.Path, cycle: "500 ms");
        await using var broker = await MosquittoServer.Start();
        await using var listener = MqttPeer.Listen(broker.Port, "listener", "spBv1.0/#");
        await using var simulator = Programs.Simulator(files, Plant);
        await using var edge = Programs.Edge(files, Plant, broker.Port);
        await using var hub = Programs.Hub(files, $"mqtt.url={Programs.Broker(broker.Port)}");
        await simulator.Start(Programs.SimulatorListens);
        await hub.Start(Programs.HubIsReady);
        await edge.Start(Programs.EdgeIsBorn);
        await Eventually.True(
            "a few seconds are stored", () => Stores.Progress(files, Plant).Images >= 16,
            CatchUpMax, () => edge.Output + hub.Output);

        var awayMs = NowMs();
        await (isBrokerAway ? broker.Kill() : hub.Kill());
        await Task.Delay(Outage);
        var backMs = NowMs();
        await (isBrokerAway ? broker.Restart() : hub.Start(Programs.HubIsReady));
        await CatchUp(files);
        var history = Stores.Progress(files, Plant).Images;
        await Eventually.True(
            "fresh images are stored", () => Stores.Progress(files, Plant).Images >= history + 8,
            CatchUpMax, () => edge.Output + hub.Output);

        Assert.Equal(0, await edge.Stop());
        await Eventually.True(
            "all is committed",
            () => Stores.JournalEnd(files, Plant) is var end && end.Committed == end.Last,
            CatchUpMax, () => edge.Output + hub.Output);
        Assert.Equal(0, await hub.Stop());
        Assert.Equal(0, await simulator.Stop());

        var stored = Stores.Stored(files);
        var report = Conservation.Check(
            Stores.Served(files, Plant), stored, [], [Stores.JournalEnd(files, Plant)]);
        Assert.Empty(report.Findings);
        AssertHistorical(listener, stored, awayMs, backMs);
    }

    private static void AssertHistorical(
        MqttPeer listener, List<StoredImage> stored, long awayMs, long backMs)
    {
        var onWire = listener.Seen
            .Where(message => SparkplugTopic.Parse(message.Topic)?.Type == MessageType.DData)
            .Select(message => PayloadDecoder.Decode(message.Payload, out _)!
                .Find(MetricNames.BufferOffset)!)
            .ToLookup(place => place.Value.AsLong()!.Value, place => place.IsHistorical);

        // The last before the outage may have been on its way; the first after it as well.
        var missed = stored
            .Where(image => image.TimeMs > awayMs + 1_000 && image.TimeMs < backMs)
            .ToList();
        Assert.True(missed.Count >= 30, $"{missed.Count} images in the outage");
        Assert.All(missed, image => Assert.True(
            onWire[image.Offset].Any() && onWire[image.Offset].All(it => it),
            $"offset {image.Offset} went as [{string.Join(", ", onWire[image.Offset])}]"));
        var fresh = stored.Where(image =>
            image.TimeMs < awayMs - 1_000 && onWire[image.Offset].Any(it => !it));
        Assert.NotEmpty(fresh);
        Assert.Contains(stored, image =>
            image.TimeMs > backMs && onWire[image.Offset].SequenceEqual([false]));
    }

    private static Task CatchUp(DemoFiles files) => Eventually.True(
        "the hub has caught up", () => Stores.Progress(files, Plant).NewestMs > NowMs() - 1_500,
        CatchUpMax);

    private static long NowMs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
