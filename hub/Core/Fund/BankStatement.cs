using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Fund;

/// <summary>One movement on the fund's bank account.</summary>
/// <param name="Id">The bank's own; it never gives one twice.</param>
/// <param name="MinorUnits">Above 0 came in, below 0 went out.</param>
/// <param name="ValueMs">UTC milliseconds of the start of its day.</param>
public sealed record BankLine(string Id, long ValueMs, long MinorUnits, string Reference);

/// <summary>
/// Reads a bank statement in CSV: a head line with <c>id</c>, <c>date</c>, <c>amount</c> and
/// <c>reference</c> in any order and with any others, then one movement a line, with a comma or
/// a semicolon between. Every fault of every line is reported.
/// </summary>
public static class BankStatement
{
    public const int LinesMax = 100_000;

    private static readonly string[] Columns = ["id", "date", "amount", "reference"];

    /// <param name="decimals">Of the currency's minor unit.</param>
    public static ImmutableArray<BankLine> Read(
        string file, string text, int decimals, Faults faults)
    {
        var rows = text.ReplaceLineEndings("\n").TrimStart('\uFEFF').Split('\n');
        var separator = rows[0].Contains(';') ? ';' : ',';
        var head = Fields(rows[0], separator).ConvertAll(name => name.Trim().ToLowerInvariant());
        var missing = Columns.Where(column => !head.Contains(column)).ToList();
        if (missing.Count > 0 || rows.Length > LinesMax)
        {
            faults.Add(
                file, 1, missing.Count > 0
                    ? $"the head line has no {string.Join(", no ", missing)}"
                    : $"there are more than {LinesMax} lines",
                missing.Count > 0 ? $"write {string.Join(separator, Columns)}" : "split the file");
            return [];
        }

        var lines = ImmutableArray.CreateBuilder<BankLine>();
        var ids = new HashSet<string>();
        for (var i = 1; i < rows.Length; i++)
        {
            if (rows[i].Length > 0
                && ReadLine(file, i + 1, (Fields(rows[i], separator), head), decimals, faults)
                    is { } line)
            {
                if (!ids.Add(line.Id))
                {
                    faults.Add(
                        file, i + 1, $"'id' is '{line.Id}' a second time",
                        "keep one of the lines, or give each its own id");
                }

                lines.Add(line);
            }
        }

        return lines.ToImmutable();
    }

    /// <summary>
    /// Whose charges a movement pays: the one member whose name, or one of whose charges, is a
    /// word of the reference. Null where there is none, or more than one.
    /// </summary>
    public static string? MemberOf(FundState state, IEnumerable<string> members, string reference)
    {
        var words = reference.Split(
            [' ', ',', ';', '/', '.', ':', '#', '(', ')'],
            StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(word => word.ToLowerInvariant()).ToHashSet();

        // A correction may have booked a charge anew that owes nothing more by itself.
        var standing = state.Standing.Values
            .SelectMany(entry => state.Ledger.Entries[entry].Postings)
            .Where(posting => posting.Amount > 0 && words.Contains(posting.Charge))
            .Select(posting => posting.Account.Split(':')[1]);
        var named = members.Where(words.Contains)
            .Concat(words.Select(word => state.Charges.GetValueOrDefault(word)?.Member)
                .OfType<string>())
            .Concat(standing)
            .Distinct().Take(2).ToList();
        return named.Count == 1 ? named[0] : null;
    }

    private static BankLine? ReadLine(
        string file, int number, (List<string> Fields, List<string> Head) row, int decimals,
        Faults faults)
    {
        var (fields, head) = row;
        if (fields.Count != head.Count)
        {
            faults.Add(
                file, number, $"{fields.Count} fields where the head line has {head.Count}",
                "put a field that has the separator in it into double quotes");
            return null;
        }

        string Of(string column) => fields[head.IndexOf(column)].Trim();
        var before = faults.All.Count;
        if (Of("id").Length is 0 or > FundRequest.IdLengthMax / 2)
        {
            faults.Add(file, number, "'id' is empty or too long", "write the bank's own id");
        }

        if (!DateTimeOffset.TryParseExact(
            Of("date"), "yyyy-MM-dd", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out var date))
        {
            faults.Add(file, number, $"'date' is '{Of("date")}'", "write it as 2026-11-24");
        }

        var minor = MinorUnits(Of("amount"), decimals);
        if (minor is null)
        {
            faults.Add(
                file, number, $"'amount' is '{Of("amount")}'",
                $"write digits, a point and at most {decimals} decimals, as in -1234.50");
        }

        return faults.All.Count > before
            ? null
            : new BankLine(
                Of("id"), date.ToUnixTimeMilliseconds(), minor!.Value, Of("reference"));
    }

    // No thousands separators: 1,234 is a thousand to some and little more than one to others.
    internal static long? MinorUnits(string text, int decimals)
    {
        const NumberStyles Style = NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint;
        if (!decimal.TryParse(text, Style, CultureInfo.InvariantCulture, out var amount)
            || Math.Abs(amount) > Ledger.LedgerRules.AmountMax / 10_000)
        {
            return null;
        }

        for (var i = 0; i < decimals; i++)
        {
            amount *= 10;
        }

        return amount == decimal.Truncate(amount) ? (long)amount : null;
    }

    private static List<string> Fields(string row, char separator)
    {
        var fields = new List<string> { "" };
        var isQuoted = false;
        for (var i = 0; i < row.Length; i++)
        {
            if (row[i] == '"' && isQuoted && i + 1 < row.Length && row[i + 1] == '"')
            {
                fields[^1] += '"';
                i++;
            }
            else if (row[i] == '"')
            {
                isQuoted = !isQuoted;
            }
            else if (row[i] == separator && !isQuoted)
            {
                fields.Add("");
            }
            else
            {
                fields[^1] += row[i];
            }
        }

        return fields;
    }
}
