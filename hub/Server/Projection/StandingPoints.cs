using Monitoring.Core.Averaging;
using Monitoring.Core.Warnings;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Projection;

/// <summary>
/// What of the instruments has to be looked at, as points: warnings and charts from the books,
/// and how each source stood when it was looked at.
/// </summary>
public static class StandingPoints
{
    private const decimal MsPerDay = 86_400_000;

    public static void OfWarning(PointBatch batch, WarningRow row, ClusterMap cluster) =>
        batch.Point("warning"u8)
            .Tag("kind"u8, WarningRules.NameOf(Enum.Parse<WarningKind>(row.Kind)))
            .Tag("plant"u8, PlantOf(cluster, row.Source, row.AtMs))
            .Tag("pollutant"u8, row.Quantity)
            .Tag("source"u8, row.Source)
            .Tag("subject"u8, row.Subject)
            .Field("state"u8, row.Raised == 1 ? 1 : 0)
            .Text("text"u8, row.Text)
            .At(row.AtMs);

    /// <summary>Sums as shares of their limits, differences in deviations.</summary>
    public static void OfChart(PointBatch batch, ChartRow row, ClusterMap cluster)
    {
        foreach (var point in row.Points)
        {
            batch.Point("qal3"u8)
                .Tag("level"u8, row.Level)
                .Tag("plant"u8, PlantOf(cluster, row.Source, point.AtMs))
                .Tag("pollutant"u8, row.Quantity)
                .Tag("source"u8, row.Source)
                .Field("above"u8, point.Above)
                .Field("below"u8, point.Below)
                .Field("difference"u8, point.Difference / point.Deviation)
                .Field("scatter"u8, point.Scatter)
                .At(point.AtMs);
        }
    }

    public static void OfStanding(
        PointBatch batch, SourceStanding standing, ClusterMap cluster)
    {
        var atMs = standing.At.ToUnixTimeMilliseconds();
        var plant = PlantOf(cluster, standing.Source, atMs);
        PointBatch Point(ReadOnlySpan<byte> measurement, string quantity) => batch
            .Point(measurement)
            .Tag("plant"u8, plant)
            .Tag("pollutant"u8, quantity)
            .Tag("source"u8, standing.Source);

        foreach (var (pollutant, day) in standing.Days)
        {
            Point("countdown"u8, pollutant)
                .Field("days_left"u8, (decimal?)day.Budget.LeftDays)
                .Field("days_lost"u8, day.Budget.LostDays)
                .Field("mean"u8, day.Mean)
                .Field("rest_mean_max"u8, day.RestMean)
                .Field("windows_left"u8, (decimal?)day.Budget.LeftToday)
                .Field("windows_lost"u8, day.Budget.LostToday)
                .At(atMs);
        }

        foreach (var one in standing.Gaps?.Quantities ?? [])
        {
            Point("gap"u8, one.Quantity)
                .Field("availability_percent"u8, one.AvailabilityPercent)
                .Field("hours"u8, one.GapHours)
                .At(atMs);
        }

        foreach (var (pollutant, cost) in standing.Gaps?.Pollutants ?? [])
        {
            Point("gap"u8, pollutant).Field("cost_t"u8, cost?.SoFar).At(atMs);
        }

        foreach (var one in standing.Tests?.Quantities ?? [])
        {
            foreach (var test in one.Tests)
            {
                Point("test"u8, one.Quantity)
                    .Tag("test"u8, test.Kind)
                    .Field("days_left"u8, (test.ExpiresMs - atMs) / MsPerDay)
                    .Field("is_valid"u8, test.IsValid ? 1 : 0)
                    .At(atMs);
            }
        }
    }

    // An instrument may have been tested before its source was bound.
    private static string? PlantOf(ClusterMap cluster, string source, long atMs) =>
        (cluster.SourceAt(source, DateTimeOffset.FromUnixTimeMilliseconds(atMs))
            ?? cluster.Sources.FirstOrDefault(one => one.Id == source))?.Plant;
}
