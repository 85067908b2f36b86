using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Exports;
using Monitoring.Server.Notify;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Exports;

/// <summary>
/// What the books hold, as tables (CSV) for people and authorities: the newest revision of every
/// window, in the hub's time with its offset.
/// </summary>
public sealed class BookExports(BookReader books, TimeZoneInfo zone)
{
    private const int PageRows = 5_000;
    private const decimal MilligramsPerGram = 1_000;
    private const decimal GramsPerKilogram = 1_000;

    public string Averages(long fromMs, long toMs) => CsvText.Of(
        [
            "source", "quantity", "start", "end", "value", "unit", "coverage_percent",
            "absent_because", "revision",
        ],
        Pages(
            fromMs, toMs, page => books.Averages(null, null, page),
            row => (row.StartMs, row.Id))
            .Select(row => ImmutableArray.Create<object?>(
                row.Source, row.Quantity, LocalTime.Iso(row.StartMs, zone),
                LocalTime.Iso(row.EndMs, zone), Number(row.Value), row.Unit,
                Number(row.CoveragePercent), row.AbsentBecause, row.Revision)));

    public string Facts(long fromMs, long toMs) => CsvText.Of(
        [
            "id", "source", "member", "zone", "pollutant", "start", "end", "milligrams", "method",
            "quality", "revision", "known_at",
        ],
        FactRows(fromMs, toMs).Select(row => ImmutableArray.Create<object?>(
            row.Id, row.Source, row.Member, row.Zone, row.Pollutant,
            LocalTime.Iso(row.StartMs, zone), LocalTime.Iso(row.EndMs, zone), row.Milligrams,
            row.Method, row.Quality, row.Revision, LocalTime.Iso(row.KnownMs, zone))));

    /// <summary>
    /// The releases of a calendar year for the European register: by member, since the register
    /// counts facilities. What is below its threshold is in the table, and not to be reported.
    /// </summary>
    public string Releases(int year)
    {
        var (from, to) = (StartOf(year), StartOf(year + 1));
        return CsvText.Of(
            [
                "member", "pollutant", "year", "hours_known", "hours_of_year", "measured_kg",
                "threshold_kg", "reported_kg", "remark",
            ],
            FactRows(from, to)
                .GroupBy(row => (row.Member, row.Pollutant))
                .OrderBy(group => group.Key.Member, StringComparer.Ordinal)
                .ThenBy(group => group.Key.Pollutant, StringComparer.Ordinal)
                .Select(group => ReleaseRow(group.Key, [.. group], year, to - from)));
    }

    private static ImmutableArray<object?> ReleaseRow(
        (string Member, string Pollutant) key, List<FactRow> facts, int year, long yearMs)
    {
        var grams = facts.Sum(row => (decimal)row.Milligrams) / MilligramsPerGram;
        var release = ReleaseReport.Of(key.Pollutant, grams, 0);
        var known = facts.GroupBy(row => row.Source)
            .Min(source => source.Sum(row => row.EndMs - row.StartMs));
        var remark = release is null ? "no threshold is known for this pollutant"
            : (release.Threshold.IsVerified ? "" : "unverified threshold")
                + (known < yearMs ? "; the year is not complete" : "");
        return
        [
            key.Member, key.Pollutant, year, Hours(known), Hours(yearMs),
            grams / GramsPerKilogram, release?.Threshold.Value / GramsPerKilogram,
            release?.ReportedGrams / GramsPerKilogram, remark,
        ];
    }

    private IEnumerable<FactRow> FactRows(long fromMs, long toMs) => Pages(
        fromMs, toMs, page => books.Facts(null, null, page), row => (row.StartMs, row.Seq));

    private static IEnumerable<T> Pages<T>(
        long fromMs, long toMs, Func<PageQuery, IReadOnlyList<T>> read,
        Func<T, (long Ms, long Id)> placeOf)
    {
        var page = new PageQuery(fromMs, toMs, PageRows);
        while (true)
        {
            var rows = read(page);
            foreach (var row in rows)
            {
                yield return row;
            }

            if (rows.Count < PageRows)
            {
                yield break;
            }

            var (ms, id) = placeOf(rows[^1]);
            page = page with { AfterMs = ms, AfterId = id };
        }
    }

    private long StartOf(int year)
    {
        var local = new DateTime(year, 1, 1);
        return new DateTimeOffset(local, zone.GetUtcOffset(local)).ToUnixTimeMilliseconds();
    }

    private static decimal Hours(long ms) => ms / 3_600_000m;

    private static object? Number(string? text) =>
        decimal.TryParse(
            text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : text;
}
