using System.Collections.Immutable;
using Microsoft.VisualBasic.FileIO;

namespace Monitoring.Server.Inspection;

/// <summary>
/// A published table, read from CSV with a line of column names. Names are found whatever their
/// case and place; a row may be shorter or longer than the line of names.
/// </summary>
public sealed record PublishedTable(
    string Path, ImmutableArray<string> Columns, ImmutableArray<PublishedRow> Rows)
{
    private const int RowsMax = 5_000_000;

    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="FormatException">It is no table; says in which line.</exception>
    public static PublishedTable Read(string path)
    {
        using var parser = new TextFieldParser(path) { TextFieldType = FieldType.Delimited };
        parser.SetDelimiters(",");
        var rows = ImmutableArray.CreateBuilder<PublishedRow>();
        try
        {
            var names = parser.ReadFields() ?? throw new FormatException($"{path} is empty");
            while (!parser.EndOfData)
            {
                // The parser knows the line after the one it has read.
                var line = (int)parser.LineNumber;
                rows.Add(new PublishedRow(line, CellsOf(names, parser.ReadFields() ?? [])));
                if (rows.Count > RowsMax)
                {
                    throw new FormatException($"{path} has more than {RowsMax} rows");
                }
            }

            return new PublishedTable(
                path, [.. names.Select(name => name.Trim())], rows.ToImmutable());
        }
        catch (MalformedLineException e)
        {
            throw new FormatException(
                $"{path}:{e.LineNumber}: the quotes of this line do not match; a quote within a "
                    + "quoted cell is written twice", e);
        }
    }

    public bool Has(params ReadOnlySpan<string> columns)
    {
        foreach (var column in columns)
        {
            if (!Columns.Contains(column, StringComparer.OrdinalIgnoreCase))
            {
                return false;
            }
        }

        return true;
    }

    private static ImmutableDictionary<string, string> CellsOf(string[] names, string[] cells)
    {
        var row = ImmutableDictionary.CreateBuilder<string, string>(
            StringComparer.OrdinalIgnoreCase);
        foreach (var (name, cell) in names.Zip(cells))
        {
            // Of two columns with one name the first counts.
            row.TryAdd(name.Trim(), cell.Trim());
        }

        return row.ToImmutable();
    }
}
