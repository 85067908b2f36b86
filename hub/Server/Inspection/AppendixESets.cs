using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Quality;

namespace Monitoring.Server.Inspection;

/// <summary>Appendix E correlation tests of the agency's quality-assurance tables.</summary>
internal static class AppendixESets
{
    private const string NoResult = "the agency gives no result";

    public static ComparedSet HeatInputs(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa Appendix E heat input");
        foreach (var row in tables.Distinct("ae_hi_gas", "AE_HI_GAS_ID"))
        {
            Compare(
                set, row.Text("AE_HI_GAS_ID"), "CALC_GAS_HI", GasHeatInput(row),
                row.Number("CALC_GAS_HI"));
        }

        foreach (var row in tables.Distinct("ae_hi_oil", "AE_HI_OIL_ID"))
        {
            Compare(
                set, row.Text("AE_HI_OIL_ID"), "CALC_OIL_HI", OilHeatInput(row),
                row.Number("CALC_OIL_HI"));
        }

        return set.Done();
    }

    public static ComparedSet Runs(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa Appendix E runs");
        var fuels = FuelsByRun(tables);
        foreach (var row in tables.Distinct("ae_correlation_test_run", "AE_CORR_TEST_RUN_ID"))
        {
            var key = row.Text("AE_CORR_TEST_RUN_ID");
            var parts = fuels[key].OfType<decimal>().ToList();
            if (parts.Count == 0)
            {
                set.LeaveOut("no fuel of the run");
                continue;
            }

            var total = parts.Sum();
            Compare(set, key, "CALC_TOTAL_HI", total, row.Number("CALC_TOTAL_HI"));
            if (row.Instant("BEGIN") is { } begin && row.Instant("END") is { } end && end > begin)
            {
                var rate = AppendixE.HourlyRate(total, (int)(end - begin).TotalMinutes);
                Compare(
                    set, key, "CALC_HOURLY_HI_RATE", rate, row.Number("CALC_HOURLY_HI_RATE"));
            }
            else
            {
                set.LeaveOut("no length of the run");
            }
        }

        return set.Done();
    }

    /// <summary>The means of a level rest on the rates that the plant reported for its runs.
    /// </summary>
    public static ComparedSet Means(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa Appendix E means");
        var runs = tables.Distinct("ae_correlation_test_run", "AE_CORR_TEST_RUN_ID")
            .ToLookup(row => row.Text("AE_CORR_TEST_SUM_ID"), StringComparer.Ordinal);
        foreach (var row in tables.Distinct("ae_correlation_test_sum", "AE_CORR_TEST_SUM_ID"))
        {
            var key = row.Text("AE_CORR_TEST_SUM_ID");
            var own = runs[key].ToList();
            Compare(
                set, key, "CALC_MEAN_REF_VALUE",
                AppendixE.MeanRate(Complete(own, "REF_VALUE")),
                row.Number("CALC_MEAN_REF_VALUE"));
            Compare(
                set, key, "CALC_AVG_HRLY_HI_RATE",
                AppendixE.MeanHourlyRate(Complete(own, "HOURLY_HI_RATE")),
                row.Number("CALC_AVG_HRLY_HI_RATE"));
        }

        return set.Done();
    }

    /// <summary>All values of a column, or none where one is missing.</summary>
    private static ImmutableArray<decimal> Complete(List<PublishedRow> rows, string column)
    {
        var values = rows.ConvertAll(row => row.Number(column));
        return values.Contains(null) ? [] : [.. values.Select(value => value!.Value)];
    }

    private static ILookup<string, decimal?> FuelsByRun(QaTables tables) =>
        tables.Distinct("ae_hi_gas", "AE_HI_GAS_ID")
            .Select(row => (Run: row.Text("AE_CORR_TEST_RUN_ID"), Heat: GasHeatInput(row)))
            .Concat(tables.Distinct("ae_hi_oil", "AE_HI_OIL_ID")
                .Select(row => (Run: row.Text("AE_CORR_TEST_RUN_ID"), Heat: OilHeatInput(row))))
            .ToLookup(pair => pair.Run, pair => pair.Heat, StringComparer.Ordinal);

    private static decimal? GasHeatInput(PublishedRow row) =>
        row.Number("GAS_VOLUME") is { } volume && row.Number("GAS_GCV") is { } value
            ? AppendixE.HeatInput(volume, value)
            : null;

    // Without its unit a calorific value says nothing.
    private static decimal? OilHeatInput(PublishedRow row) =>
        row.Number("OIL_MASS") is { } mass && row.Number("OIL_GCV") is { } value
            && row.Text("OIL_GCV_UOM_CD") == "BTULB"
            ? AppendixE.HeatInput(mass, value)
            : null;

    private static void Compare(
        SetUnderWay set, string key, string field, decimal? ours, decimal? theirs)
    {
        if (theirs is null)
        {
            set.LeaveOut(NoResult);
            return;
        }

        set.Compare(key, field, ours, theirs);
    }
}
