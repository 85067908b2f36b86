using Microsoft.Data.Sqlite;
using Monitoring.Server.Ingest;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Engine;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Ingest;

public sealed class LiveLaneTests : IDisposable
{
    private const string Device = "gas-analyser";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_newest_value_is_shown_while_a_history_waits_to_be_stored()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        var (inbox, current) = (hub.Get<GatewayInbox>(), hub.Get<CurrentValues>());
        var shown = Records.Device(Device);
        var image = Records.Gas(0);
        Put(inbox, MessageType.NBirth, null, EdgeMessages.NodeBirth(
            0, new JournalState(Records.Epoch, 1, 100, 0, 1), Records.StartMs));
        Put(inbox, MessageType.DBirth, Device, EdgeMessages.DeviceBirth(
            image.Readings.Select(reading => new DeclaredPoint(
                reading.Point, reading.Value!.Value.Kind)),
            1, Records.StartMs));
        await Surface.Eventually.True(
            () => current.Of(shown) is { IsOnline: true }, "the device is born");

        // Nothing can be stored meanwhile, as if there were no end to what is before it.
        using var other = new SqliteConnection($"Data Source={_folder.File("records.db")}");
        other.Open();
        using (other.BeginTransaction())
        {
            for (var offset = 1; offset <= 100; offset++)
            {
                Put(inbox, MessageType.DData, Device, EdgeMessages.Record(
                    offset, Records.Gas(offset), historical: true, (byte)(offset + 1),
                    Records.StartMs, Records.Epoch));
                await Task.Yield();
            }

            var newest = Records.Gas(900);
            await Surface.Eventually.True(
                () =>
                {
                    Put(inbox, MessageType.DData, Device,
                        EdgeMessages.Live(newest, 102, newest.TimeMs));
                    return current.Of(shown) is { IsProvisional: true } seen
                        && seen.Readings[0].TimeMs == newest.TimeMs;
                },
                "the newest value is shown");
            Assert.Equal(0, hub.Records.NewestId());

            // Of a device that nobody declared nothing is shown.
            Put(inbox, MessageType.DData, "stranger",
                EdgeMessages.Live(newest, 103, newest.TimeMs));
            Assert.Null(current.Of(Records.Device("stranger")));
        }

        await Surface.Eventually.True(
            () => hub.Records.NewestId() == 100, "what waited is stored", 40);
    }

    [Fact]
    public async Task What_waits_of_all_gateways_together_is_bounded()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        var inbox = hub.Get<GatewayInbox>();
        var bytes = new byte[200_000];
        using var other = new SqliteConnection($"Data Source={_folder.File("records.db")}");
        other.Open();
        using (other.BeginTransaction())
        {
            // No gateway has more waiting than it may; all together have.
            for (var number = 0; number < 1_000; number++)
            {
                inbox.Put(new ReceivedPayload(
                    $"spBv1.0/plant-{number % 5}/DDATA/gateway-1/meter", bytes, Records.StartMs));
            }

            Assert.InRange(inbox.Dropped, 200, 400);
        }

        // What is done makes room.
        await Surface.Eventually.True(
            () =>
            {
                var before = inbox.Dropped;
                Put(inbox, MessageType.DData, Device, bytes);
                return inbox.Dropped == before;
            },
            "there is room again", 40);
    }

    private static void Put(
        GatewayInbox inbox, MessageType type, string? device, byte[] bytes) =>
        inbox.Put(new ReceivedPayload(
            new SparkplugTopic("plant-a", type, "gateway-1", device).ToString(), bytes,
            Records.StartMs + 3_600_000));
}
