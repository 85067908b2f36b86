using System.Globalization;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Projection;

/// <summary>
/// Rows of the stores as points, times in milliseconds. A row always gives the same series and
/// time, so writing it twice changes nothing.
/// </summary>
public static class LinePoints
{
    /// <summary>The tag value of the bubble itself where a member's id would stand.</summary>
    public const string WholeBubble = "_bubble";

    private const decimal MilligramsPerTonne = 1_000_000_000m;

    /// <summary>One point a reading. One without a number still says how good it was.</summary>
    public static void OfRecord(PointBatch batch, StoredRecord stored)
    {
        if (stored.Record is not JournalRecord.Image image)
        {
            return;
        }

        foreach (var reading in image.Readings)
        {
            batch.Point("reading"u8)
                .Tag("device"u8, image.Device)
                .Tag("plant"u8, stored.Gateway.Plant)
                .Tag("point"u8, reading.Point)
                .Field("quality"u8, (int)reading.Quality)
                .Field("value"u8, reading.Value?.AsNumber())
                .At(reading.TimeMs);
        }
    }

    /// <summary>
    /// Takes the readings of a device in a span of time away, both ends included, before what lies
    /// there now is written.
    /// </summary>
    public static void WithdrawReadings(
        PointBatch batch, DeviceId device, (long FirstMs, long LastMs) span) =>
        batch.Delete(string.Create(
            CultureInfo.InvariantCulture,
            $"DELETE FROM \"reading\" WHERE \"plant\" = '{Quoted(device.Gateway.Plant)}' "
                + $"AND \"device\" = '{Quoted(device.Name)}' "
                + $"AND time >= {span.FirstMs}ms AND time <= {span.LastMs}ms"));

    /// <summary>Nothing where there is nothing to say.</summary>
    public static void OfAverage(PointBatch batch, AverageRow row, ClusterMap cluster)
    {
        var binding = cluster.SourceAt(
            row.Source, DateTimeOffset.FromUnixTimeMilliseconds(row.StartMs));
        batch.Point("average"u8)
            .Tag("member"u8, binding?.Member)
            .Tag("plant"u8, binding?.Plant)
            .Tag("pollutant"u8, row.Quantity)
            .Tag("source"u8, row.Source)
            .Tag("zone"u8, binding?.Zone)
            .Field("coverage"u8, Number(row.CoveragePercent))
            .Field("value"u8, Number(row.Value))
            .At(row.StartMs);
    }

    /// <summary>
    /// A measurement of its own: a revision of a window takes away all averages of its time.
    /// </summary>
    public static void OfLevelAverage(PointBatch batch, LevelRow row, ClusterMap cluster)
    {
        var binding = cluster.SourceAt(
            row.Source, DateTimeOffset.FromUnixTimeMilliseconds(row.StartMs));
        if (row.Revision > 1)
        {
            batch.Delete(string.Create(
                CultureInfo.InvariantCulture,
                $"DELETE FROM \"level_average\" WHERE \"source\" = '{Quoted(row.Source)}' "
                    + $"AND \"level\" = '{Quoted(row.Level)}' "
                    + $"AND \"pollutant\" = '{Quoted(row.Quantity)}' "
                    + $"AND time = {row.StartMs}ms"));
        }

        batch.Point("level_average"u8)
            .Tag("level"u8, row.Level)
            .Tag("member"u8, binding?.Member)
            .Tag("plant"u8, binding?.Plant)
            .Tag("pollutant"u8, row.Quantity)
            .Tag("source"u8, row.Source)
            .Tag("zone"u8, binding?.Zone)
            .Field("counted"u8, (decimal)row.Counted)
            .Field("lost"u8, (decimal)row.Lost)
            .Field("value"u8, row.Number)
            .At(row.StartMs);
    }

    public static void OfFact(PointBatch batch, FactRow row, ClusterMap cluster) =>
        batch.Point("fact"u8)
            .Tag("member"u8, row.Member)
            .Tag(
                "plant"u8,
                cluster.SourceAt(
                    row.Source, DateTimeOffset.FromUnixTimeMilliseconds(row.StartMs))?.Plant)
            .Tag("pollutant"u8, row.Pollutant)
            .Tag("source"u8, row.Source)
            .Tag("zone"u8, row.Zone)
            .Field("mass_mg"u8, (decimal)row.Milligrams)
            .At(row.StartMs);

    /// <summary>
    /// Takes the points of a window away before those of its new revision are written: a value
    /// that is absent now would else stand beside it for ever.
    /// </summary>
    public static void WithdrawWindow(PointBatch batch, string source, long startMs)
    {
        foreach (var measurement in (ReadOnlySpan<string>)["average", "fact"])
        {
            batch.Delete(string.Create(
                CultureInfo.InvariantCulture,
                $"DELETE FROM \"{measurement}\" WHERE \"source\" = '{Quoted(source)}' "
                    + $"AND time = {startMs}ms"));
        }
    }

    public static void OfQuota(PointBatch batch, QuotaRow row) => batch.Point("quota"u8)
        .Tag("bubble"u8, row.Bubble)
        .Tag("member"u8, MemberOf(row.Subject, row.Bubble))
        .Tag("pollutant"u8, row.Pollutant)
        .Field("forecast_percent"u8, Percent(row.ForecastMg, row.HoldingMg))
        .Field("forecast_t"u8, row.ForecastMg / MilligramsPerTonne)
        .Field("holding_t"u8, row.HoldingMg / MilligramsPerTonne)
        .Field("used_percent"u8, Percent(row.UsedMg, row.HoldingMg))
        .Field("used_t"u8, row.UsedMg / MilligramsPerTonne)
        .At(row.AtMs);

    /// <param name="text">The sentence that a notice of it says.</param>
    public static void OfAlert(PointBatch batch, AlertRow row, string text)
    {
        var bubble = row.Period.Split('/')[0];
        batch.Point("alert"u8)
            .Tag("bubble"u8, bubble)
            .Tag("level"u8, row.Level.ToLowerInvariant())
            .Tag("member"u8, MemberOf(row.Subject, bubble))
            .Field("ratio_percent"u8, Percent(row.ValueMg, row.LimitMg))
            .Field("state"u8, IsRaised(row) ? 1 : 0)
            .Text("text"u8, text)
            .At(row.AtMs);
    }

    /// <summary>Money in major units, seen from the account; none for what is no money.</summary>
    public static void OfAccountMove(PointBatch batch, AccountMoveRow row, Currency currency)
    {
        if (row.Asset.Split(':') is not ["money", var code])
        {
            return;
        }

        batch.Point("fund"u8)
            .Tag("account"u8, row.Account)
            .Tag("currency"u8, code)
            .Field("amount"u8, (decimal)Seen(row.Account, row.Amount) / currency.MinorUnits)
            .Field("balance"u8, (decimal)Seen(row.Account, row.Balance) / currency.MinorUnits)
            .Text("period"u8, row.Period)
            .At(row.BookedMs);
    }

    /// <summary>What a fund's account holds is a credit, what a member owes is a debit.</summary>
    public static long Seen(string account, long amount) =>
        account.StartsWith("fund:", StringComparison.Ordinal) ? -amount : amount;

    public static bool IsRaised(AlertRow row) =>
        row.Change.Equals("raised", StringComparison.OrdinalIgnoreCase);

    private static string MemberOf(string subject, string bubble) =>
        subject == bubble ? WholeBubble : subject;

    private static decimal? Percent(long? part, long whole) =>
        whole > 0 ? part * 100m / whole : null;

    private static decimal? Number(string? text) =>
        decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static string Quoted(string text) => text.Replace("\\", "\\\\").Replace("'", "\\'");
}
