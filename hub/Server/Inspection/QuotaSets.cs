using System.Globalization;
using Monitoring.Core.Allowances;

namespace Monitoring.Server.Inspection;

/// <summary>Published allowance accounts, state ledgers and assurance levels.</summary>
internal static class QuotaSets
{
    /// <summary>A level is kept to 0.01 t, or to a whole ton.</summary>
    private const decimal LevelStep = 0.01m;
    private const decimal WholeStep = 1m;

    public static ComparedSet Accounts(IEnumerable<PublishedTable> tables)
    {
        var set = new SetUnderWay("epa-quota accounts");
        foreach (var row in set.Walk(tables.SelectMany(table => table.Rows)))
        {
            var key = $"{row.Text("programCodeInfo")} {row.Text("year")} "
                + row.Text("accountNumber");
            if (row.Number("totalAllowancesHeld") is not { } held)
            {
                set.LeaveOut("no number of allowances held");
                continue;
            }

            var deducted = row.Number("totalAllowancesDeducted");
            if (row.Number("complianceYearEmissions") is not { } emitted)
            {
                set.LeaveOut("no emissions to deduct for");
            }
            else
            {
                // One allowance a ton, as far as there are any; the rest is excess. Where flow
                // control made two of the bank cover one ton, half of those come on top.
                var owed = emitted + (row.Number("otherDeductions") ?? 0)
                    + ((row.Number("deductTwoToOne") ?? 0) / 2);
                var ours = Math.Min(held, owed);
                Field(set, row, key, "totalAllowancesDeducted", ours);
                deducted = ours;
                if (row.Number("excessEmissions") is not null)
                {
                    Field(set, row, key, "excessEmissions", owed - ours);
                }
            }

            if (deducted is { } gone)
            {
                Field(set, row, key, "carriedOver", held - gone);
            }
        }

        return set.Done();
    }

    public static ComparedSet AssuranceLevels(IEnumerable<PublishedTable> tables)
    {
        var set = new SetUnderWay("epa-quota assurance levels");
        foreach (var row in set.Walk(tables.SelectMany(table => table.Rows)))
        {
            var program = row.Text("programCode").ToUpperInvariant();
            if (row.Number("allocated") is not { } budget
                || row.Number("variabilityLimit") is not { } variability
                || row.Number("assuranceLevel") is not { } level)
            {
                set.LeaveOut("no assurance level in that year");
            }
            else if (Assurance.ShareOf(program) is not { } share)
            {
                set.LeaveOut($"no variability limit is known for {program}");
            }
            else
            {
                var key = $"{program} {row.Text("stateName")} {row.Text("year")} "
                    + row.Text("assuranceFlag");
                var ours = Assurance.Limit(budget, share);
                var doubt = Math.Abs(budget + variability - level) > WholeStep
                    ? "the row's own budget and limit are not its level: transition year, or a "
                        + "fault"
                    : null;
                Whole(set, key, "variabilityLimit", (ours, variability), doubt);
                Whole(set, key, "assuranceLevel", (budget + ours, level), doubt);
            }
        }

        return set.Done();
    }

    /// <summary>A level published in whole tons may have been rounded either way.</summary>
    private static void Whole(
        SetUnderWay set, string key, string field, (decimal Ours, decimal Theirs) levels,
        string? doubt)
    {
        var one = new Comparison(key, field, levels.Ours, levels.Theirs)
        {
            Tolerance = decimal.IsInteger(levels.Theirs) ? WholeStep : LevelStep,
        };
        set.Compare(one.Agrees ? one : one with { Doubt = doubt });
    }

    private static void Field(
        SetUnderWay set, PublishedRow row, string key, string field, decimal ours)
    {
        if (row.Number(field) is { } theirs)
        {
            var one = new Comparison(key, field, ours, theirs);
            set.Compare(one.Agrees ? one : one with { Doubt = DoubtOf(row) });
        }
        else
        {
            set.LeaveOut($"{field} is not published");
        }
    }

    /// <summary>Published numbers of one row that do not add up, whatever the rule is.</summary>
    private static string? DoubtOf(PublishedRow row) =>
        row.Number("totalAllowancesHeld") - row.Number("totalAllowancesDeducted")
            is { } left && row.Number("carriedOver") is { } carried && left != carried
            ? "the row contradicts itself: held less deducted is not what it carries over"
            : null;

    /// <summary>
    /// Transfers are not published: allocated less deducted plus what came from the year before
    /// leaves a rest, the net transfer. It is told, and nothing is claimed to agree.
    /// </summary>
    public static ComparedSet StateLedgers(IEnumerable<PublishedTable> tables)
    {
        var set = new SetUnderWay("epa-quota state ledgers");
        foreach (var ledger in set.Walk(tables.SelectMany(table => table.Rows))
            .GroupBy(row => (
                row.Text("stateName"), row.Text("programCode"), row.Text("stateCode"))))
        {
            PublishedRow? before = null;
            foreach (var row in ledger.OrderBy(row => row.Whole("year")))
            {
                if (before is not null && row.Whole("year") == before.Whole("year") + 1
                    && before.Number("carriedOver") is { } carried
                    && row.Number("allocated") is { } allocated
                    && row.Number("totalAllowancesDeducted") is { } deducted
                    && row.Number("carriedOver") is { } left)
                {
                    var implied = left - (carried + allocated - deducted);
                    var text = implied.ToString("+#,0;-#,0;0", CultureInfo.InvariantCulture);
                    set.Note(
                        $"{row.Text("stateName")} {row.Text("year")}: implied net transfer "
                            + $"{text} t");
                    set.LeaveOut("transfers are not published: the implied net transfer is told");
                }
                else
                {
                    set.LeaveOut("no year before it, or a number is missing");
                }

                before = row;
            }
        }

        return set.Done();
    }
}
