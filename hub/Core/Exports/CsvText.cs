using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Monitoring.Core.Exports;

/// <summary>Tables as RFC 4180 writes them: cells with commas or quotes are quoted.</summary>
public static class CsvText
{
    /// <summary>
    /// The signs with which a spreadsheet begins a formula; a text cell that begins so would be
    /// run when it is opened.
    /// </summary>
    private const string FormulaSigns = "=+-@\t\r";

    private static readonly System.Buffers.SearchValues<char> Special =
        System.Buffers.SearchValues.Create(",\"\r\n");

    public static string Of(
        ImmutableArray<string> columns, IEnumerable<ImmutableArray<object?>> rows)
    {
        var text = new StringBuilder();
        Append(text, columns);
        foreach (var row in rows)
        {
            Append(text, row.Select(CellOf));
        }

        return text.ToString();
    }

    private static void Append(StringBuilder text, IEnumerable<string> cells) =>
        text.AppendJoin(',', cells.Select(Quoted)).Append("\r\n");

    /// <summary>Numbers as they are; a text is never taken for a formula.</summary>
    private static string CellOf(object? cell) => cell switch
    {
        null => "",
        string text when text.Length > 0 && FormulaSigns.Contains(text[0]) => "'" + text,
        string text => text,
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };

    private static string Quoted(string cell) =>
        cell.AsSpan().ContainsAny(Special)
            ? $"\"{cell.Replace("\"", "\"\"", StringComparison.Ordinal)}\""
            : cell;
}
