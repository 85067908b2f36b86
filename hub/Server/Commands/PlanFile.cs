using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>Reads an indicative plan, as YAML or as CSV, with all its faults at once.</summary>
internal static class PlanFile
{
    private const string Columns = "member,span,product,quantity,unit,emitted_kg";
    private const decimal KilogramsMax = 1_000_000_000_000m;
    private const long QuantityMax = 1_000_000_000_000_000;

    /// <summary>One command for each member in the file; none after a fault.</summary>
    public static ImmutableArray<FundCommand.SubmitPlan> Read(
        string file, string text, Contract contract, Faults faults)
    {
        var before = faults.All.Count;
        var lines = (file.EndsWith(".csv", StringComparison.Ordinal)
            ? Csv(file, text, faults)
            : Yaml(file, text, faults)).ToList();
        foreach (var member in lines.GroupBy(line => line.Member))
        {
            Check(file, contract, [.. member], faults);
        }

        return faults.All.Count > before ? [] :
        [
            .. lines.GroupBy(line => line.Member).Select(member => new FundCommand.SubmitPlan(
                member.Key, [.. member.Select(line => line.Planned)])),
        ];
    }

    private static void Check(
        string file, Contract contract, List<PlanRow> rows, Faults faults)
    {
        if (!rows.TrueForAll(row => row.IsBroken)
            && !contract.Parties.Any(party => party.Member == rows[0].Member))
        {
            faults.Add(
                file, rows[0].Line, $"'{rows[0].Member}' is no party of the contract",
                "use one of: " + string.Join(
                    ", ", contract.Parties.Select(party => party.Member)));
        }

        ImmutableArray<PlannedLine> timed =
        [
            .. rows.Select(row => PlanSpan.Parse(contract, row.Planned.Span) is var (from, until)
                ? row.Planned with
                {
                    FromMs = from.ToUnixTimeMilliseconds(),
                    UntilMs = until.ToUnixTimeMilliseconds(),
                }
                : row.Planned),
        ];
        // What could not be read of a line has been said, and nothing else of it is known.
        foreach (var (line, problem) in PlanRules.FaultsOf(timed)
            .Where(fault => !rows[fault.Line].IsBroken))
        {
            faults.Add(
                file, rows[line].Line, $"{rows[0].Member}, {problem}",
                "see 'Plan ahead' in docs/planning.md");
        }
    }

    private static IEnumerable<PlanRow> Yaml(string file, string text, Faults faults)
    {
        var before = faults.All.Count;
        var root = DocumentNode.Parse(file, text, faults);
        if (faults.All.Count > before)
        {
            yield break;
        }

        var member = root.Text("plan");
        var isNobodys = faults.All.Count > before;
        foreach (var node in root.Items("lines", 1, PlanRules.LinesMax))
        {
            var sound = faults.All.Count;
            var line = new PlannedLine(
                node.Text("span"), node.Text("product"), node.Integer("quantity", 0, QuantityMax),
                node.Text("unit"), Grams(node.Number("emitted_kg", 0, KilogramsMax)));
            node.RefuseUnknownKeys();
            yield return new PlanRow(
                node.Line, member, line, isNobodys || faults.All.Count > sound);
        }

        root.RefuseUnknownKeys();
    }

    private static IEnumerable<PlanRow> Csv(string file, string text, Faults faults)
    {
        var lines = text.Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        if (lines[0] != Columns)
        {
            faults.Add(
                file, 1, "the first line does not name the columns", $"write '{Columns}'");
            yield break;
        }

        foreach (var (i, line) in lines.Index().Skip(1).Where(one => one.Item.Length > 0))
        {
            if (line.Split(',') is [var member, var span, var product, var made, var unit, var kg]
                && long.TryParse(
                    made, NumberStyles.None, CultureInfo.InvariantCulture, out var quantity)
                && decimal.TryParse(
                    kg, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                    out var emitted)
                && emitted <= KilogramsMax)
            {
                yield return new PlanRow(
                    i + 1, member, new PlannedLine(span, product, quantity, unit, Grams(emitted)),
                    IsBroken: false);
            }
            else
            {
                faults.Add(
                    file, i + 1, $"'{line}' is no line of a plan",
                    "write 'member-a,2026-Q1,power,1200,MWh,900.5'");
            }
        }
    }

    private static long Grams(decimal kilograms) =>
        (long)Core.Rounding.ToDecimals(kilograms * 1_000, 0);

    /// <param name="IsBroken">Something of it could not be read, and that was told.</param>
    private sealed record PlanRow(int Line, string Member, PlannedLine Planned, bool IsBroken);
}
