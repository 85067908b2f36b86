using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Quality;

namespace Monitoring.Core.Amendments;

/// <summary>What the three charts of QAL3 say of an instrument's zero, or of its span.</summary>
/// <param name="Level">Such as <c>qal3-zero</c>.</param>
/// <param name="Correction">
/// What CUSUM says to take off the readings after a drift; 0 without one.
/// </param>
public sealed record DriftChart(
    string Level, int Readings, long LastMs, ChartSignal Cusum, ChartSignal Shewhart,
    ChartSignal Ewma, decimal Correction)
{
    public const string TestPrefix = "qal3-";

    /// <summary>One of the three says that the instrument has to be looked at.</summary>
    public bool IsAlarm => new[] { Cusum, Shewhart, Ewma }
        .Any(signal => signal is ChartSignal.Drift or ChartSignal.Imprecise);

    /// <summary>A reading's difference from its reference, and s_AMS at that level.</summary>
    public static string TextOf(decimal difference, decimal deviation) => string.Create(
        CultureInfo.InvariantCulture, $"{difference} {deviation}");

    /// <summary>One chart for each level that has readings.</summary>
    public static ImmutableArray<DriftChart> Of(IEnumerable<Amendment> tests) =>
    [
        .. tests.Where(one => one.Test.StartsWith(TestPrefix, StringComparison.Ordinal))
            .GroupBy(one => one.Test)
            .Select(level => Of(level.Key, [.. level.OrderBy(one => one.FromMs)])),
    ];

    private static DriftChart Of(string level, ImmutableArray<Amendment> readings)
    {
        var (cusum, ewma) = (CusumChart.Start, EwmaChart.Start);
        var (difference, deviation) = (0m, 1m);
        foreach (var reading in readings)
        {
            var parts = reading.Result.Split(' ');
            difference = decimal.Parse(parts[0], CultureInfo.InvariantCulture);
            deviation = decimal.Parse(parts[1], CultureInfo.InvariantCulture);
            cusum = cusum.Add(difference, deviation);
            ewma = ewma.Add(difference);
        }

        return new DriftChart(
            level, readings.Length, readings[^1].FromMs, cusum.Signal(deviation),
            ShewhartChart.Signal(difference, deviation), ewma.Signal(deviation),
            cusum.Correction(deviation));
    }
}
