using System.Collections.Immutable;
using Monitoring.Core.Quality;

namespace Monitoring.Server.Inspection;

/// <summary>Appendix E correlation tests of the agency's quality-assurance tables.</summary>
internal static class AppendixESets
{
    private const string RunKey = "AE_CORR_TEST_RUN_ID";
    private const string LevelKey = "AE_CORR_TEST_SUM_ID";

    public static ComparedSet HeatInputs(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa Appendix E heat input");
        foreach (var row in set.Walk(tables.Rows("ae_hi_gas", "AE_HI_GAS_ID")))
        {
            set.Compare(
                row, tables.KeyOf("ae_hi_gas", "AE_HI_GAS_ID", row), "CALC_GAS_HI",
                GasHeatInput(row));
        }

        foreach (var row in set.Walk(tables.Rows("ae_hi_oil", "AE_HI_OIL_ID")))
        {
            set.Compare(
                row, tables.KeyOf("ae_hi_oil", "AE_HI_OIL_ID", row), "CALC_OIL_HI",
                OilHeatInput(row));
        }

        return set.Done();
    }

    public static ComparedSet Runs(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa Appendix E runs");
        foreach (var row in set.Walk(tables.Rows("ae_correlation_test_run", RunKey)))
        {
            var key = tables.KeyOf("ae_correlation_test_run", RunKey, row);
            var total = TotalOf(tables, row);
            if (total is null)
            {
                set.LeaveOut("no fuel of the run");
                continue;
            }

            set.Compare(row, key, "CALC_TOTAL_HI", total);
            if (MinutesOf(row) is { } minutes)
            {
                set.Compare(
                    row, key, "CALC_HOURLY_HI_RATE",
                    AppendixE.HourlyRate(CountedTotal(row, total.Value), minutes));
            }
            else
            {
                set.LeaveOut("no length of the run");
            }
        }

        return set.Done();
    }

    public static ComparedSet Means(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa Appendix E means");
        foreach (var row in set.Walk(tables.Rows("ae_correlation_test_sum", LevelKey)))
        {
            var key = tables.KeyOf("ae_correlation_test_sum", LevelKey, row);
            var runs = tables.Children("ae_correlation_test_run", RunKey, LevelKey, row);
            if (runs.IsEmpty)
            {
                set.LeaveOut(SetUnderWay.NothingBelow);
                continue;
            }

            set.Compare(
                row, key, "CALC_MEAN_REF_VALUE",
                AppendixE.MeanRate(Complete(runs.Select(run => run.Number("REF_VALUE")))));
            var rates = runs.Select(run => RateOf(tables, run)).ToList();
            if (rates.Contains(null))
            {
                set.LeaveOut("a run of the level has no fuel or no length");
                continue;
            }

            set.Compare(
                row, key, "CALC_AVG_HRLY_HI_RATE", AppendixE.MeanHourlyRate(Complete(rates)));
        }

        return set.Done();
    }

    /// <summary>The rate of a run as it counts in the mean of its level.</summary>
    private static decimal? RateOf(QaTables tables, PublishedRow run) =>
        TotalOf(tables, run) is { } total && MinutesOf(run) is { } minutes
            ? AppendixE.CountedRate(
                run.Number("HOURLY_HI_RATE"), CountedTotal(run, total), minutes)
            : null;

    private static decimal CountedTotal(PublishedRow run, decimal total) =>
        AppendixE.Counted(run.Number("TOTAL_HI"), total);

    /// <summary>The heat of all fuels of a run; null where it has none that is known.</summary>
    private static decimal? TotalOf(QaTables tables, PublishedRow run)
    {
        var gas = tables.Children("ae_hi_gas", "AE_HI_GAS_ID", RunKey, run)
            .Select(row => (Own: row.Number("GAS_HI"), Ours: GasHeatInput(row)));
        var oil = tables.Children("ae_hi_oil", "AE_HI_OIL_ID", RunKey, run)
            .Select(row => (Own: row.Number("OIL_HI"), Ours: OilHeatInput(row)));
        var parts = gas.Concat(oil).Where(part => part.Ours is not null)
            .Select(part => AppendixE.Counted(part.Own, part.Ours!.Value)).ToList();
        return parts.Count == 0 ? null : parts.Sum();
    }

    private static int? MinutesOf(PublishedRow run) =>
        run.Instant("BEGIN") is { } begin && run.Instant("END") is { } end && end > begin
            && (end - begin).TotalMinutes <= int.MaxValue
            ? (int)(end - begin).TotalMinutes
            : null;

    /// <summary>All values, or none where one is missing.</summary>
    private static ImmutableArray<decimal> Complete(IEnumerable<decimal?> values)
    {
        var all = values.ToList();
        return all.Contains(null) ? [] : [.. all.Select(value => value!.Value)];
    }

    private static decimal? GasHeatInput(PublishedRow row) =>
        row.Number("GAS_VOLUME") is { } volume && row.Number("GAS_GCV") is { } value
            ? AppendixE.HeatInput(volume, value)
            : null;

    /// <summary>
    /// Oil goes by its mass in lb, or by a volume whose unit is that of the calorific value
    /// (BTUGAL for GAL). Without its unit a calorific value says nothing.
    /// </summary>
    private static decimal? OilHeatInput(PublishedRow row)
    {
        if (row.Number("OIL_GCV") is not { } value)
        {
            return null;
        }

        var unit = row.Text("OIL_GCV_UOM_CD").ToUpperInvariant();
        if (row.Number("OIL_MASS") is { } mass && mass > 0)
        {
            return unit == "BTULB" ? AppendixE.HeatInput(mass, value) : null;
        }

        return row.Number("OIL_VOLUME") is { } volume && unit.Length > 0
            && unit == "BTU" + row.Text("OIL_VOLUME_UOM_CD").ToUpperInvariant()
            ? AppendixE.HeatInput(volume, value)
            : null;
    }
}
