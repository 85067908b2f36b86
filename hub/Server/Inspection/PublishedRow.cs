using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core;

namespace Monitoring.Server.Inspection;

/// <summary>One row of a published table: cells by the name of their column.</summary>
/// <param name="Line">From 1, the line of names being the first.</param>
public sealed record PublishedRow(int Line, ImmutableDictionary<string, string> Cells)
{
    /// <summary>
    /// A published number is never beyond it, nor finer than so many decimals; the rules may
    /// multiply and divide what is within.
    /// </summary>
    private const decimal Most = 1e12m;
    private const int DecimalsMax = 12;

    private static readonly string[] DateFormats =
    [
        "yyyy-MM-dd", "MM-dd-yyyy", "M/d/yyyy", "yyyyMMdd", "yyyy-MM-dd HH:mm:ss",
        "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "M/d/yyyy H:mm",
        "M/d/yyyy H:mm:ss", "M/d/yyyy h:mm:ss tt", "dd-MMM-yyyy",
    ];

    /// <summary>The cell, trimmed; empty where the row or the table has none.</summary>
    public string Text(string column) => Cells.GetValueOrDefault(column, "");

    /// <summary>The number in the cell; null where there is none.</summary>
    public decimal? Number(string column) =>
        decimal.TryParse(
            Text(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && Math.Abs(number) <= Most
            ? Rounding.ToDecimals(number, DecimalsMax)
            : null;

    public int? Whole(string column) =>
        Number(column) is { } number && Math.Truncate(number) == number
            && Math.Abs(number) <= int.MaxValue
            ? (int)number
            : null;

    public DateTime? Day(string column) =>
        DateTime.TryParseExact(
            Text(column), DateFormats, CultureInfo.InvariantCulture,
            DateTimeStyles.AdjustToUniversal,
            out var day)
            ? day.Date
            : null;

    /// <summary>The instant in three columns: date, hour, minute; null where one is bad.</summary>
    public DateTime? Instant(string prefix) =>
        Day(prefix + "_DATE") is { } day
        && Whole(prefix + "_HOUR") is { } hour and >= 0 and < 24
        && Whole(prefix + "_MIN") is { } minute and >= 0 and < 60
            ? day.AddHours(hour).AddMinutes(minute)
            : null;
}
