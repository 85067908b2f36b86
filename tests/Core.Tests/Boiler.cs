using Monitoring.Core.Averaging;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Core;

/// <summary>A coal boiler under <c>us-part75</c>, and an hour of it in round numbers.</summary>
internal static class Boiler
{
    public static readonly Profile Profile = Stack.Read("us-part75");

    public static readonly SourceBinding Source = Stack.Source(Profile, pollutant: "so2") with
    {
        Cycle = TimeSpan.FromMinutes(15),
        Fuel = "bituminous",
        Quantities =
        [
            new QuantityBinding("so2", "analyser", "so2", "ppm") { IsWet = true },
            new QuantityBinding("nox", "analyser", "nox", "ppm"),
            new QuantityBinding("co2", "analyser", "co2", "%") { IsWet = true },
            new QuantityBinding("h2o", "analyser", "h2o", "%"),
            new QuantityBinding("flow", "analyser", "flow", "m3/h") { IsWet = true },
            new QuantityBinding("t", "analyser", "t", "Cel"),
            new QuantityBinding("p", "analyser", "p", "kPa"),
        ],
    };

    public static readonly (string, double)[] Usual =
    [
        ("so2", 100.04), ("nox", 150.02), ("co2", 12.04), ("h2o", 8.04), ("flow", 28_300),
        ("t", 20), ("p", 101.325),
    ];

    public static JournalRecord.Image Image(long timeMs, (string Point, double Value)[] points) =>
        new(
            "analyser", timeMs, new Boot(Guid.Empty, timeMs), ClockState.Synced,
            [
                .. points.Select(point => new Reading(
                    point.Point, PointValue.Real(point.Value), Quality.Good, Reason.None, timeMs)),
            ]);
}
