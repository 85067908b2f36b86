using Monitoring.Server.Storage;
using Monitoring.Tests.Servers;
using Monitoring.Tests.Tck;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Foreign;

/// <summary>
/// A node that is none of our agents, by npm sparkplug-client: its readings are taken, marked, and
/// it gets no commits.
/// </summary>
public sealed class ForeignTests
{
    private static readonly GatewayId Node = new("plant-x", "edge-1");

    [Fact]
    public async Task A_sloppy_foreign_node_is_taken_as_it_comes_and_marked()
    {
        var node = Tool.Require("node", "nodejs");
        var script = Checkout.File("tests/Sparkplug/Foreign/node.cjs");
        var modules = Checkout.File("tests/Sparkplug/Foreign/node_modules/sparkplug-client");
        if (!Directory.Exists(modules))
        {
            Assert.Skip("sparkplug-client is not installed (npm ci in tests/Sparkplug/Foreign)");
        }

        using var folder = new TemporaryFolder();
        await using var broker = await RecordingBroker.Start();
        await using var hub = await HubHost.Start(folder.Path, broker.Url);
        await broker.Until(
            "the hub is online", _ => broker.PublishedBy("hub").Any(it => it.Type == "STATE"));
        await using (var child = Child.Start(node, [script, $"mqtt://127.0.0.1:{broker.Port}"]))
        {
            await broker.Until("20 records", _ => hub.Records.NewestId() >= 20);
            Assert.True(hub.Current.Of(new DeviceId(Node, "pump-1"))!.IsOnline);
            child.Kill();
            await child.WaitForExit(TimeSpan.FromSeconds(60));
        }

        // Its Will says the same number as its birth: it always does.
        await broker.Until(
            "its end is seen",
            _ => hub.Current.Of(new DeviceId(Node, "pump-1")) is { IsOnline: false });
        var records = hub.Records.ReadAfter(0, 1_000);
        Assert.Equal(
            Enumerable.Range(1, records.Length).Select(it => (long)it),
            records.Select(record => record.Offset));
        Assert.All(records, record =>
        {
            Assert.StartsWith("foreign-", record.Epoch, StringComparison.Ordinal);
            var image = Assert.IsType<JournalRecord.Image>(record.Record);
            Assert.Contains(image.Device, new[] { "pump-1", "node" });
            var reading = Assert.Single(image.Readings);
            Assert.Equal((Quality.Uncertain, Reason.Foreign), (reading.Quality, reading.Reason));
            Assert.Equal(
                image.Device == "node" ? "cabinet-temperature" : "pressure--bar-", reading.Point);
        });

        // No sample is made of a birth, and what was sent is stored in its order.
        var pressures = records.Select(record => (JournalRecord.Image)record.Record)
            .Where(image => image.Device == "pump-1")
            .Select(image => image.Readings[0].Value!.Value.AsNumber()!.Value).ToList();
        Assert.Equal(pressures.Order(), pressures);
        Assert.DoesNotContain(0.5, pressures);
        Assert.DoesNotContain(
            broker.PublishedBy("hub").Where(it => it.Type == "NCMD"),
            it => it.Payload.Find("Commit/Offset") is not null);
    }
}
