using System.Globalization;
using System.Text;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Storage;
using Monitoring.Wire.Records;

namespace Monitoring.Server.Projection;

/// <summary>
/// Rows of the stores as points in InfluxDB's line protocol, times in milliseconds. A row always
/// gives the same series and time, so writing it twice changes nothing.
/// </summary>
public static class LinePoints
{
    /// <summary>The tag value of the bubble itself where a member's id would stand.</summary>
    public const string WholeBubble = "_bubble";

    private const decimal MilligramsPerTonne = 1_000_000_000m;

    /// <summary>One point a reading. One without a number still says how good it was.</summary>
    public static IEnumerable<string> OfRecord(StoredRecord stored)
    {
        if (stored.Record is not JournalRecord.Image image)
        {
            yield break;
        }

        foreach (var reading in image.Readings)
        {
            var line = new Line("reading")
                .Tag("device", image.Device)
                .Tag("plant", stored.Gateway.Plant)
                .Tag("point", reading.Point)
                .Field("quality", (double)reading.Quality)
                .Field("value", reading.Value?.AsNumber());
            yield return line.At(reading.TimeMs);
        }
    }

    /// <summary>Null where there is nothing to say.</summary>
    public static string? OfAverage(AverageRow row, ClusterMap cluster)
    {
        var binding = cluster.SourceAt(
            row.Source, DateTimeOffset.FromUnixTimeMilliseconds(row.StartMs));
        return new Line("average")
            .Tag("member", binding?.Member)
            .Tag("plant", binding?.Plant)
            .Tag("pollutant", row.Quantity)
            .Tag("source", row.Source)
            .Tag("zone", binding?.Zone)
            .Field("coverage", Number(row.CoveragePercent))
            .Field("value", Number(row.Value))
            .OrNone(row.StartMs);
    }

    public static string OfFact(FactRow row, ClusterMap cluster) => new Line("fact")
        .Tag("member", row.Member)
        .Tag(
            "plant",
            cluster.SourceAt(
                row.Source, DateTimeOffset.FromUnixTimeMilliseconds(row.StartMs))?.Plant)
        .Tag("pollutant", row.Pollutant)
        .Tag("source", row.Source)
        .Tag("zone", row.Zone)
        .Field("mass_mg", (decimal)row.Milligrams)
        .At(row.StartMs);

    public static string OfQuota(QuotaRow row) => new Line("quota")
        .Tag("bubble", row.Bubble)
        .Tag("member", MemberOf(row.Subject, row.Bubble))
        .Tag("pollutant", row.Pollutant)
        .Field("forecast_percent", Percent(row.ForecastMg, row.HoldingMg))
        .Field("forecast_t", row.ForecastMg / MilligramsPerTonne)
        .Field("holding_t", row.HoldingMg / MilligramsPerTonne)
        .Field("used_percent", Percent(row.UsedMg, row.HoldingMg))
        .Field("used_t", row.UsedMg / MilligramsPerTonne)
        .At(row.AtMs);

    /// <param name="text">The sentence that a notice of it says.</param>
    public static string OfAlert(AlertRow row, string text)
    {
        var bubble = row.Period.Split('/')[0];
        return new Line("alert")
            .Tag("bubble", bubble)
            .Tag("level", row.Level.ToLowerInvariant())
            .Tag("member", MemberOf(row.Subject, bubble))
            .Field("ratio_percent", Percent(row.ValueMg, row.LimitMg))
            .Field("state", IsRaised(row) ? 1m : 0m)
            .Text("text", text)
            .At(row.AtMs);
    }

    /// <summary>Money in major units, seen from the account; null for what is no money.</summary>
    public static string? OfAccountMove(AccountMoveRow row, Currency currency)
    {
        if (row.Asset.Split(':') is not ["money", var code])
        {
            return null;
        }

        return new Line("fund")
            .Tag("account", row.Account)
            .Tag("currency", code)
            .Field("amount", (decimal)Seen(row.Account, row.Amount) / currency.MinorUnits)
            .Field("balance", (decimal)Seen(row.Account, row.Balance) / currency.MinorUnits)
            .Text("period", row.Period)
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

    /// <summary>
    /// One line. Tags come in the order of their names, which InfluxDB asks for; numbers are all
    /// floats, since a field has one type for ever.
    /// </summary>
    private sealed class Line(string measurement)
    {
        private readonly StringBuilder _series = new(measurement);
        private readonly StringBuilder _fields = new();

        public Line Tag(string name, string? value)
        {
            // A tag cannot be empty, hold a control character, or end in its own escape.
            var clean = Clean(value ?? "").TrimEnd('\\');
            if (clean.Length > 0)
            {
                _series.Append(',').Append(name).Append('=').Append(
                    clean.Replace(",", "\\,").Replace("=", "\\=").Replace(" ", "\\ "));
            }

            return this;
        }

        public Line Field(string name, double? value) =>
            value is { } number && double.IsFinite(number)
                ? Raw(name, number.ToString("R", CultureInfo.InvariantCulture))
                : this;

        public Line Field(string name, decimal? value) =>
            value is { } number
                ? Raw(name, number.ToString(CultureInfo.InvariantCulture))
                : this;

        public Line Text(string name, string value) =>
            Raw(name, $"\"{Clean(value).Replace("\\", "\\\\").Replace("\"", "\\\"")}\"");

        public string At(long timeMs) => $"{_series} {_fields} {timeMs}";

        public string? OrNone(long timeMs) => _fields.Length > 0 ? At(timeMs) : null;

        private Line Raw(string name, string value)
        {
            _fields.Append(_fields.Length > 0 ? "," : "").Append(name).Append('=').Append(value);
            return this;
        }

        private static string Clean(string text) =>
            string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
    }
}
