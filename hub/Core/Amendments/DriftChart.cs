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
            .Select(level => Of(level.Key, level)),
    ];

    /// <summary>What the charts of one level say after each of its readings, in time.</summary>
    public static ImmutableArray<DriftPoint> PointsOf(IEnumerable<Amendment> readings)
    {
        var (cusum, ewma) = (CusumChart.Start, EwmaChart.Start);
        var points = ImmutableArray.CreateBuilder<DriftPoint>();
        foreach (var reading in readings.OrderBy(one => one.FromMs))
        {
            var parts = reading.Result.Split(' ');
            var difference = decimal.Parse(parts[0], CultureInfo.InvariantCulture);
            var deviation = decimal.Parse(parts[1], CultureInfo.InvariantCulture);
            cusum = cusum.Add(difference, deviation);
            ewma = ewma.Add(difference);
            points.Add(new DriftPoint(reading.FromMs, difference, deviation, cusum, ewma));
        }

        return points.ToImmutable();
    }

    private static DriftChart Of(string level, IEnumerable<Amendment> readings)
    {
        var points = PointsOf(readings);
        var last = points[^1];
        return new DriftChart(
            level, points.Length, last.AtMs, last.Cusum.Signal(last.Deviation),
            ShewhartChart.Signal(last.Difference, last.Deviation),
            last.Ewma.Signal(last.Deviation), last.Cusum.Correction(last.Deviation));
    }
}

/// <summary>The charts of QAL3 after one reading.</summary>
/// <param name="Difference">Reading less reference, in the unit of the instrument.</param>
/// <param name="Deviation">s_AMS at that level.</param>
public sealed record DriftPoint(
    long AtMs, decimal Difference, decimal Deviation, CusumChart Cusum, EwmaChart Ewma)
{
    /// <summary>The sum for drift upwards, as a share of its limit: above 1 is a drift.</summary>
    public decimal Above => Cusum.Above / (En14181.CusumDriftLimit.Value * Deviation);

    public decimal Below => Cusum.Below / (En14181.CusumDriftLimit.Value * Deviation);

    /// <summary>The sum for scatter, as a share of its limit.</summary>
    public decimal Scatter =>
        Cusum.Precision / (En14181.CusumPrecisionLimit.Value * Deviation * Deviation);
}
