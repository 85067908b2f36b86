using System.Globalization;

namespace Monitoring.Server.Inspection;

/// <summary>Published allowance accounts, state ledgers and assurance levels.</summary>
internal static class QuotaSets
{
    /// <summary>A level is kept to 0.01 t.</summary>
    private const decimal LevelStep = 0.01m;

    public static ComparedSet Accounts(IEnumerable<PublishedTable> tables)
    {
        var set = new SetUnderWay("epa-quota accounts");
        foreach (var row in tables.SelectMany(table => table.Rows))
        {
            if (row.Number("totalAllowancesHeld") is not { } held
                || row.Number("complianceYearEmissions") is not { } emitted
                || row.Number("totalAllowancesDeducted") is not { } deducted
                || row.Number("carriedOver") is not { } carried)
            {
                set.LeaveOut("a number is missing");
                continue;
            }

            var key = $"{row.Text("programCodeInfo")} {row.Text("year")} "
                + row.Text("accountNumber");

            // One allowance a ton, as far as there are any; the rest is excess.
            var ours = Math.Min(held, emitted);
            set.Compare(key, "totalAllowancesDeducted", ours, deducted);
            set.Compare(key, "carriedOver", held - ours, carried);
        }

        return set.Done();
    }

    public static ComparedSet AssuranceLevels(IEnumerable<PublishedTable> tables)
    {
        var set = new SetUnderWay("epa-quota assurance levels");
        foreach (var row in tables.SelectMany(table => table.Rows))
        {
            if (row.Number("allocated") is not { } budget
                || row.Number("variabilityLimit") is not { } variability
                || row.Number("assuranceLevel") is not { } level)
            {
                set.LeaveOut("no assurance level in that year");
                continue;
            }

            set.Compare(new Comparison(
                $"{row.Text("programCode")} {row.Text("stateName")} {row.Text("year")} "
                + row.Text("assuranceFlag"),
                "assuranceLevel", budget + variability, level)
            {
                Tolerance = LevelStep,
            });
        }

        return set.Done();
    }

    /// <summary>
    /// Transfers are not published: allocated less deducted plus what came from the year before
    /// leaves a rest, the net transfer. It is told, and nothing is claimed to agree.
    /// </summary>
    public static ComparedSet StateLedgers(IEnumerable<PublishedTable> tables)
    {
        var set = new SetUnderWay("epa-quota state ledgers");
        foreach (var ledger in tables.SelectMany(table => table.Rows)
            .GroupBy(row => row.Text("stateName")))
        {
            var years = ledger.Where(row => row.Whole("year") is not null)
                .OrderBy(row => row.Whole("year")).ToList();
            foreach (var (before, row) in years.Zip(years.Skip(1)))
            {
                if (row.Whole("year") == before.Whole("year") + 1
                    && before.Number("carriedOver") is { } carried
                    && row.Number("allocated") is { } allocated
                    && row.Number("totalAllowancesDeducted") is { } deducted
                    && row.Number("carriedOver") is { } left)
                {
                    var implied = left - (carried + allocated - deducted);
                    var text = implied.ToString("+#,0;-#,0;0", CultureInfo.InvariantCulture);
                    set.Note($"{ledger.Key} {row.Text("year")}: implied net transfer {text} t");
                    set.LeaveOut("transfers are not published: the implied net transfer is told");
                }
                else
                {
                    set.LeaveOut("no year before it, or a number is missing");
                }
            }
        }

        return set.Done();
    }
}
