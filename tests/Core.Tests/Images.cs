using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Core;

/// <summary>Builds the images of one source's window, good unless a test says otherwise.</summary>
internal static class Images
{
    public const long StartMs = 1_764_000_000_000;

    public static SourceBinding Source => Shipped.Cluster.Sources[0];

    public static Window Window => new(StartMs, StartMs + 10_000);

    /// <summary>NOx 80, CO 2, O2 14.6; 1000 m3/h at 273.15 Cel and 202.6 kPa.</summary>
    public static Dictionary<string, ImmutableArray<SourceImage>> Full(
        int gas = 10, int flow = 10) => new()
    {
        ["gas-analyser"] = [.. Enumerable.Range(0, gas).Select(i => Gas(i))],
        ["flow-meter"] = [.. Enumerable.Range(0, flow).Select(i => Flow(i))],
    };

    public static SourceImage Gas(
        int second, double nox = 80, double co = 2, double o2 = 14.6, Reading? replaced = null) =>
        Image("gas-analyser", second, 1, replaced, ("nox", nox), ("co", co), ("o2", o2));

    public static SourceImage Flow(
        int second, double flow = 1000, double t = 273.15, double p = 202.6,
        Reading? replaced = null) =>
        Image("flow-meter", second, 2, replaced, ("flow", flow), ("t", t), ("p", p));

    public static Reading Bad(string point, Reason reason) =>
        new(point, null, Quality.Bad, reason, StartMs);

    public static Reading Good(string point, PointValue value) =>
        new(point, value, Quality.Good, Reason.None, StartMs);

    private static SourceImage Image(
        string device, int second, int offset, Reading? replaced,
        params (string Point, double Value)[] points)
    {
        var timeMs = StartMs + (second * 1_000L);
        var readings = points.Select(point => replaced is { } other && other.Point == point.Point
            ? other
            : new Reading(
                point.Point, PointValue.Real(point.Value), Quality.Good, Reason.None, timeMs));
        return new SourceImage(
            new RecordId("plant-a", "gateway-1", "e1", (second * 2) + offset),
            new JournalRecord.Image(
                device, timeMs, new Boot(Guid.Empty, timeMs), ClockState.Synced, [.. readings]));
    }
}
