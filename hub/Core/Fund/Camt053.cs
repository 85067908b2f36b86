using System.Collections.Immutable;
using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Monitoring.Core.Contracts;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Fund;

/// <summary>
/// Reads a bank statement in XML: camt.053 of ISO 20022, of any version, as banks write it. Only
/// what is booked counts. An entry is known by the bank's own reference; a batch whose payments
/// have amounts becomes a line for each. Every fault is reported.
/// </summary>
public static class Camt053
{
    public static bool IsXml(string text) =>
        text.AsSpan().TrimStart('\uFEFF').TrimStart().StartsWith("<", StringComparison.Ordinal);

    /// <returns>The lines, and what the bank says is on the account after the last.</returns>
    public static (ImmutableArray<BankLine> Lines, long? ClosingMinor) Read(
        string file, string text, Currency currency, Faults faults)
    {
        if (Parse(file, text, faults) is not { } document)
        {
            return ([], null);
        }

        var statements = Named(document, "Stmt").ToList();
        if (statements.Count == 0)
        {
            faults.Add(
                file, 1, "it has no statement ('Stmt')",
                "export camt.053, or CSV; see docs/fund.md");
        }

        var reader = new Reader(file, currency, faults);
        var lines = ImmutableArray.CreateBuilder<BankLine>();
        long? closing = null;
        foreach (var statement in statements)
        {
            var own = Named(statement, "Ntry").SelectMany(entry => reader.LinesOf(statement, entry))
                .ToList();
            closing = reader.Closing(statement, own.Sum(line => line.MinorUnits));
            lines.AddRange(own);
        }

        if (lines.Count > BankStatement.LinesMax)
        {
            faults.Add(
                file, 1, $"there are more than {BankStatement.LinesMax} lines", "split the file");
        }

        return (lines.ToImmutable(), closing);
    }

    private static XElement? Parse(string file, string text, Faults faults)
    {
        // A statement has no use for one, and it is the way to make a small file very large.
        if (text.Contains("<!DOCTYPE", StringComparison.OrdinalIgnoreCase))
        {
            faults.Add(file, 1, "it has a document type", "export the statement without DOCTYPE");
            return null;
        }

        try
        {
            return XDocument.Parse(text.TrimStart('\uFEFF'), LoadOptions.SetLineInfo).Root;
        }
        catch (XmlException e)
        {
            faults.Add(file, e.LineNumber, $"it is no XML: {e.Message}", "export it again");
            return null;
        }
    }

    // Versions differ in their namespaces only, and in what nobody needs here.
    private static IEnumerable<XElement> Named(XElement within, string name) =>
        within.Descendants().Where(element => element.Name.LocalName == name);

    private static XElement? Child(XElement? of, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            of = of?.Elements().FirstOrDefault(element => element.Name.LocalName == name);
        }

        return of;
    }

    private static string Text(XElement? of, params ReadOnlySpan<string> path) =>
        Child(of, path)?.Value.Trim() ?? "";

    private static int LineOf(XObject node) => ((IXmlLineInfo)node).LineNumber;

    private sealed class Reader(string file, Currency currency, Faults faults)
    {
        private readonly HashSet<string> _ids = [];

        public IEnumerable<BankLine> LinesOf(XElement statement, XElement entry)
        {
            var status = Child(entry, "Sts", "Cd") is { } code ? code.Value : Text(entry, "Sts");
            if (status.Trim() is not ("BOOK" or ""))
            {
                return [];
            }

            var reference = Text(entry, "AcctSvcrRef") is { Length: > 0 } own ? own
                : Text(entry, "NtryRef") is { Length: > 0 } within
                    ? $"{Text(statement, "Id")}/{within}"
                : "";
            var details = Named(entry, "TxDtls").ToList();
            var sign = SignOf(entry);
            if (!IsUsable(entry, reference) || sign == 0
                || Amount(Child(entry, "Amt"), entry) is not { } amount
                || DateOf(entry) is not { } valueMs)
            {
                return [];
            }

            var parts = details.Select(detail => Child(detail, "Amt")
                ?? Child(detail, "AmtDtls", "TxAmt", "Amt")).ToList();
            if (parts.Count < 2 || parts.Any(part => part is null))
            {
                return [new BankLine(reference, valueMs, sign * amount, Words(entry))];
            }

            var amounts = parts.Select(part => Amount(part, entry) ?? 0).ToList();
            if (amounts.Sum() != amount)
            {
                Fault(
                    entry, $"the payments of '{reference}' sum to {amounts.Sum()}, not to {amount}",
                    "export the batch again");
            }

            return details.Select((detail, i) => new BankLine(
                string.Create(CultureInfo.InvariantCulture, $"{reference}/{i + 1}"), valueMs,
                sign * amounts[i], Words(detail)));
        }

        /// <summary>The closing balance; a fault where the movements do not lead to it.</summary>
        public long? Closing(XElement statement, long movedMinor)
        {
            long? Balance(string code) => Named(statement, "Bal")
                .FirstOrDefault(it => Text(it, "Tp", "CdOrPrtry", "Cd") == code) is { } found
                && Amount(Child(found, "Amt"), found) is { } amount
                ? SignOf(found) * amount
                : null;
            var closing = Balance("CLBD");
            if (Balance("OPBD") is { } opening && closing is { } end
                && opening + movedMinor != end)
            {
                Fault(
                    statement,
                    $"it opens with {currency.Show(opening)}, moves {currency.Show(movedMinor)} "
                        + $"and closes with {currency.Show(end)}, which do not fit",
                    "export the whole statement again; nothing may be left out");
            }

            return closing;
        }

        private bool IsUsable(XElement entry, string reference)
        {
            if (reference.Length is 0 or > FundRequest.IdLengthMax / 2)
            {
                Fault(
                    entry, "an entry has neither 'AcctSvcrRef' nor 'NtryRef', or a very long one",
                    "ask the bank for references; by them an entry is booked once");
                return false;
            }

            if (!_ids.Add(reference))
            {
                Fault(
                    entry, $"the reference '{reference}' is there a second time",
                    "keep one of the entries");
                return false;
            }

            return true;
        }

        private int SignOf(XElement of)
        {
            var direction = Text(of, "CdtDbtInd");
            if (direction is not ("CRDT" or "DBIT"))
            {
                Fault(of, $"'CdtDbtInd' is '{direction}'", "write CRDT or DBIT");
            }

            return direction switch { "CRDT" => 1, "DBIT" => -1, _ => 0 };
        }

        private long? Amount(XElement? amount, XElement of)
        {
            var code = amount?.Attribute("Ccy")?.Value ?? "";
            var minor = BankStatement.MinorUnits(amount?.Value.Trim() ?? "", currency.Decimals);
            if (code != currency.Code || minor is null or < 0)
            {
                Fault(
                    amount ?? of, $"an amount is '{code} {amount?.Value.Trim()}'",
                    $"write {currency.Code} with at most {currency.Decimals} decimals");
                return null;
            }

            return minor;
        }

        private long? DateOf(XElement entry)
        {
            var date = Child(entry, "ValDt") ?? Child(entry, "BookgDt");
            var text = Text(date, "Dt") is { Length: > 0 } day ? day : Text(date, "DtTm");
            if (text.Length < 10 || !DateTimeOffset.TryParseExact(
                text[..10], "yyyy-MM-dd", CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal, out var parsed))
            {
                Fault(entry, $"'ValDt' is '{text}'", "write a date, as in 2026-11-24");
                return null;
            }

            return parsed.ToUnixTimeMilliseconds();
        }

        // Whatever may name the payer or its charge.
        private static string Words(XElement within) => string.Join(' ', Named(within, "RmtInf")
            .SelectMany(info => info.Descendants()
                .Where(it => it.Name.LocalName is "Ustrd" or "Ref"))
            .Concat(Named(within, "EndToEndId"))
            .Concat(Named(within, "AddtlNtryInf"))
            .Select(it => it.Value.Trim()));

        private void Fault(XObject at, string problem, string remedy) =>
            faults.Add(file, LineOf(at), problem, remedy);
    }
}
