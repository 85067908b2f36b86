using System.Collections.Immutable;
using Monitoring.Server.Engine;
using Monitoring.Server.Ingest;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Records;
using Monitoring.Wire.Sparkplug;

namespace Monitoring.Tests.Engine;

/// <summary>A gateway whose device map gives a point in another unit than the cluster.</summary>
public sealed class UnitTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("m3/h")]
    [InlineData(null)]
    public async Task The_unit_that_is_counted_on_or_none_at_all_gives_masses(string? unit)
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await Receive(hub, unit);
        await hub.AdvanceAsync(6, 0);
        Assert.Equal(6, hub.Query<long>(
            "SELECT COUNT(*) FROM fact WHERE pollutant = 'nox'").Single());
        Assert.Equal(0, hub.Records.Rejects(1).Count);
    }

    [Fact]
    public async Task Another_unit_gives_no_mass_and_is_refused_in_a_plain_sentence()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        await Receive(hub, "m3/s");
        await hub.AdvanceAsync(6, 0);
        Assert.Empty(hub.Query<string>("SELECT id FROM fact"));

        var refusal = Assert.Single(hub.Records.Rejects(10).Newest);
        Assert.StartsWith(
            "plant-a/gateway-1: device 'flow-meter' gives point 'flow' in m3/s, and source "
                + "'stack-a' counts on m3/h.",
            refusal.Fault, StringComparison.Ordinal);
        Assert.Contains("Correct 'unit' and 'scale'", refusal.Fault, StringComparison.Ordinal);

        // What the instrument said is kept, and why nothing was made of it.
        var stored = hub.Records.ReadDevice(
            Records.Device("flow-meter"), Records.StartMs, Records.StartMs + 1)!.Value;
        var image = (JournalRecord.Image)Assert.Single(stored).Record;
        Assert.All(image.Readings, reading => Assert.Equal(
            reading.Point == "flow"
                ? (1e6, Quality.Bad, Reason.UnitMismatch)
                : (reading.Value!.Value.AsNumber()!.Value, Quality.Good, Reason.None),
            (reading.Value!.Value.AsNumber()!.Value, reading.Quality, reading.Reason)));
        var flow = hub.Accounting.Report()
            .Single(device => device.Device == Records.Device("flow-meter"));
        Assert.Equal(60, flow.Excluded["unit-mismatch->fault"]);
    }

    /// <summary>The births of a gateway, and a minute of both instruments.</summary>
    private static async Task Receive(TestHub hub, string? flowUnit)
    {
        var payloads = ImmutableArray.CreateBuilder<ReceivedPayload>();
        byte seq = 0;
        void Add(MessageType type, string? device, byte[] bytes) => payloads.Add(new(
            new SparkplugTopic("plant-a", type, "gateway-1", device).ToString(), bytes,
            Records.StartMs + 61_000));
        void Declare(JournalRecord.Image image, Func<string, string?> unitOf) => Add(
            MessageType.DBirth, image.Device, EdgeMessages.DeviceBirth(
                image.Readings.Select(reading => new DeclaredPoint(
                    reading.Point, reading.Value!.Value.Kind, unitOf(reading.Point))),
                ++seq, Records.StartMs));

        Add(MessageType.NBirth, null, EdgeMessages.NodeBirth(
            0, new JournalState(Records.Epoch, 1, 122, 0, 0), Records.StartMs));
        Declare(Records.Gas(0), _ => null);
        Declare(Records.Flow(0), point => point == "flow" ? flowUnit : null);
        foreach (var (offset, record) in Records.Span("plant-a", 0, 61).Records)
        {
            Add(MessageType.DData, ((JournalRecord.Image)record).Device, EdgeMessages.Record(
                offset, record, historical: false, ++seq, Records.StartMs, Records.Epoch));
        }

        await hub.Grains.GetGrain<IGatewayGrain>("plant-a/gateway-1")
            .Receive(payloads.ToImmutable());
    }
}
