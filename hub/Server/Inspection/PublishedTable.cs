using System.Collections.Immutable;
using System.Globalization;
using Microsoft.VisualBasic.FileIO;

namespace Monitoring.Server.Inspection;

/// <summary>One row of a published table: cells by the name of their column.</summary>
public sealed record PublishedRow(int Line, ImmutableDictionary<string, string> Cells)
{
    /// <summary>The cell, trimmed; empty where the row or the table has none.</summary>
    public string Text(string column) => Cells.GetValueOrDefault(column, "");

    /// <summary>The number in the cell; null where there is none.</summary>
    public decimal? Number(string column) =>
        decimal.TryParse(
            Text(column), NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    public int? Whole(string column) =>
        int.TryParse(Text(column), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
            out var number)
            ? number
            : null;

    /// <summary>The instant in three columns: date, hour, minute; null where one is bad.</summary>
    public DateTime? Instant(string prefix) =>
        DateTime.TryParseExact(
            Text(prefix + "_DATE"), "yyyy-MM-dd", CultureInfo.InvariantCulture,
            DateTimeStyles.None, out var day)
        && Whole(prefix + "_HOUR") is { } hour and >= 0 and < 24
        && Whole(prefix + "_MIN") is { } minute and >= 0 and < 60
            ? day.AddHours(hour).AddMinutes(minute)
            : null;
}

/// <summary>A published table, read from CSV with a line of column names.</summary>
public sealed record PublishedTable(string Path, ImmutableArray<PublishedRow> Rows)
{
    private const int RowsMax = 5_000_000;

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="FormatException">It is no table; says in which line.</exception>
    public static PublishedTable Read(string path)
    {
        using var parser = new TextFieldParser(path) { TextFieldType = FieldType.Delimited };
        parser.SetDelimiters(",");
        var names = parser.ReadFields() ?? throw new FormatException($"{path} is empty");
        var rows = ImmutableArray.CreateBuilder<PublishedRow>();
        try
        {
            while (!parser.EndOfData)
            {
                var line = (int)parser.LineNumber;
                var cells = parser.ReadFields() ?? [];
                rows.Add(new PublishedRow(line, names.Zip(cells)
                    .DistinctBy(pair => pair.First, StringComparer.Ordinal)
                    .ToImmutableDictionary(
                        pair => pair.First.Trim(), pair => pair.Second.Trim(),
                        StringComparer.Ordinal)));
                if (rows.Count > RowsMax)
                {
                    throw new FormatException($"{path} has more than {RowsMax} rows");
                }
            }
        }
        catch (MalformedLineException e)
        {
            throw new FormatException($"{path}:{e.LineNumber}: {e.Message}", e);
        }

        return new PublishedTable(path, rows.ToImmutable());
    }

    /// <summary>
    /// The rows by their key, each once: some published tables hold the same row twice.
    /// </summary>
    public ImmutableArray<PublishedRow> Distinct(string key) =>
        [.. Rows.DistinctBy(row => row.Text(key), StringComparer.Ordinal)];
}
