using System.Collections.Immutable;
using Monitoring.Server.Ingest;
using Monitoring.Server.Storage;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Ingest;

public sealed class CurrentValuesTests
{
    private static readonly DeviceId Device = new(new GatewayId("plant-a", "gateway-1"), "a");

    private static ImmutableArray<Reading> Image(long timeMs, Reason reason) =>
        [new Reading("nox", PointValue.Real(1), Quality.Uncertain, reason, timeMs)];

    /// <summary>The live copy of an image and its record are one image.</summary>
    [Fact]
    public void Images_that_came_too_late_for_their_cycle_are_counted_once()
    {
        var current = new CurrentValues();
        current.Show(Device, Image(1, Reason.CycleOverrun), isLive: true, 1);
        current.Show(Device, Image(1, Reason.CycleOverrun), isLive: false, 2);
        current.Show(Device, Image(2, Reason.None), isLive: false, 3);
        current.Show(Device, Image(3, Reason.CycleOverrun), isLive: false, 4);
        current.Offline(Device, 5);
        Assert.Equal(2, current.Of(Device)!.Overruns);
    }
}
