using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Wire.Records;

namespace Monitoring.Benchmarks.HubIngest;

/// <summary>
/// What the edges of the measurements are and send: one device each with fifty points, six of them
/// those of a stack, a record a second. Edge, offset and point give the value, so that each
/// process knows by itself what has to arrive.
/// </summary>
internal static class Fleet
{
    public const int Points = 50;
    public const int CycleMs = 1_000;
    public const string Node = "gateway-1";
    public const string Device = "analyser";

    public static readonly ImmutableArray<(string Name, string Unit)> Stack =
    [
        ("nox", "mg/m3"), ("co", "mg/m3"), ("o2", "\"%\""), ("flow", "m3/h"), ("t", "Cel"),
        ("p", "kPa"),
    ];

    public static readonly ImmutableArray<string> PointNames =
    [
        .. Stack.Select(point => point.Name),
        .. Enumerable.Range(Stack.Length, Points - Stack.Length).Select(i => Named("point", i)),
    ];

    public static string PlantOf(int edge) => Named("plant", edge);

    public static int EdgeOf(string plant) =>
        int.Parse(plant.AsSpan(plant.IndexOf('-') + 1), CultureInfo.InvariantCulture);

    public static string EpochOf(int edge) => edge.ToString("x32", CultureInfo.InvariantCulture);

    /// <param name="startMs">The time of the record at offset 1.</param>
    public static long TimeOf(long startMs, long offset) => startMs + ((offset - 1) * CycleMs);

    /// <summary>As instruments give them: few digits, seldom the same.</summary>
    public static double ValueOf(int edge, long offset, int point) =>
        10 + (((offset * 7) + (point * 131) + edge) % 997 / 100.0);

    public static JournalRecord.Image Image(long timeMs, Func<int, double> valueOf) => new(
        Device, timeMs, new Boot(Guid.Empty, 1), ClockState.Synced,
        [
            .. PointNames.Select((name, point) => new Reading(
                name, PointValue.Real(valueOf(point)), Quality.Good, Reason.None, timeMs)),
        ]);

    private static string Named(string kind, int number) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}-{number}");
}
