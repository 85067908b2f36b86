using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Quality;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Relative accuracy, cycle time, unit default and flow-to-load tests of the agency's
/// quality-assurance tables, beside the agency's own results (the columns CALC_...).
/// </summary>
internal static class AuditSets
{
    /// <summary>The agency keeps means, deviation and coefficient to this many decimals.</summary>
    private const int AgencyDecimals = 3;

    /// <summary>The agency writes it where it refuses to calculate.</summary>
    private const decimal Refused = -1m;

    public static ComparedSet RelativeAccuracies(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa relative accuracy");
        var runs = tables.Distinct("rata_run", "RATA_RUN_ID")
            .ToLookup(run => run.Text("RATA_SUM_ID"), StringComparer.Ordinal);
        foreach (var row in tables.Distinct("rata_summary", "RATA_SUM_ID"))
        {
            var key = row.Text("RATA_SUM_ID");
            var ours = RelativeAccuracy.Of(
            [
                .. runs[key]
                    .Where(run => run.Text("RUN_STATUS_CD") == "RUNUSED")
                    .Where(run => run.Number("CEM_VALUE") is not null
                        && run.Number("RATA_REF_VALUE") is not null)
                    .Select(run => new AuditRun(
                        run.Number("CEM_VALUE")!.Value, run.Number("RATA_REF_VALUE")!.Value)),
            ]);
            if (ours is null)
            {
                set.LeaveOut($"fewer than {RelativeAccuracy.RunsMin} complete runs");
                continue;
            }

            Field(set, row, key, "MEAN_CEM_VALUE", Kept(ours.MeanMonitor));
            Field(set, row, key, "MEAN_RATA_REF_VALUE", Kept(ours.MeanReference));
            Field(set, row, key, "MEAN_DIFF", Kept(ours.MeanDifference));
            Field(set, row, key, "STND_DEV_DIFF", Kept(ours.StandardDeviation));
            Field(set, row, key, "CONFIDENCE_COEF", Kept(ours.ConfidenceCoefficient));
            Field(set, row, key, "T_VALUE", ours.T);
            Field(set, row, key, "RELATIVE_ACCURACY", ours.RelativeAccuracyPercent);
            Field(set, row, key, "BIAS_ADJ_FACTOR", ours.BiasAdjustmentFactor);
        }

        return set.Done();
    }

    public static ComparedSet CycleTimes(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa cycle time");
        var injections = tables.Distinct("cycle_time_injection", "CYCLE_TIME_INJ_ID");
        var minutes = injections.ToDictionary(
            row => row.Text("CYCLE_TIME_INJ_ID"), MinutesOf, StringComparer.Ordinal);
        foreach (var row in injections)
        {
            Field(
                set, row, row.Text("CYCLE_TIME_INJ_ID"), "INJECTION_CYCLE_TIME",
                minutes[row.Text("CYCLE_TIME_INJ_ID")]);
        }

        var byTest = injections.ToLookup(
            row => row.Text("CYCLE_TIME_SUM_ID"), StringComparer.Ordinal);
        foreach (var row in tables.Distinct("cycle_time_summary", "CYCLE_TIME_SUM_ID"))
        {
            var key = row.Text("CYCLE_TIME_SUM_ID");
            Field(set, row, key, "TOTAL_TIME", CycleTime.OfTest(
            [
                .. byTest[key].Select(one => minutes[one.Text("CYCLE_TIME_INJ_ID")]).OfType<int>(),
            ]));
        }

        return set.Done();
    }

    public static ComparedSet UnitDefaults(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa unit default");
        var runs = tables.Distinct("unit_default_test_run", "UNIT_DEFAULT_TEST_RUN_ID")
            .ToLookup(run => run.Text("UNIT_DEFAULT_TEST_SUM_ID"), StringComparer.Ordinal);
        foreach (var row in tables.Distinct("unit_default_test", "UNIT_DEFAULT_TEST_SUM_ID"))
        {
            var key = row.Text("UNIT_DEFAULT_TEST_SUM_ID");
            var ours = UnitDefault.Rate(
            [
                .. runs[key].Select(run => new DefaultRun(
                    run.Whole("OP_LEVEL_NUM") ?? 0, run.Number("REF_VALUE"),
                    run.Text("RUN_USED_IND") == "1")),
            ]);
            Field(set, row, key, "NOX_DEFAULT_RATE", ours);
        }

        return set.Done();
    }

    public static ComparedSet FlowToLoadReferences(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa flow-to-load reference");
        foreach (var row in tables.Distinct("flow_to_load_reference", "FLOW_LOAD_REF_ID"))
        {
            var key = row.Text("FLOW_LOAD_REF_ID");
            var load = row.Number("AVG_GROSS_UNIT_LOAD");
            if (load is null)
            {
                set.LeaveOut("no load");
                continue;
            }

            if (row.Number("AVG_REF_METHOD_FLOW") is { } flow)
            {
                Field(set, row, key, "REF_FLOW_LOAD_RATIO", FlowToLoad.Ratio(flow, load.Value));
            }

            if (row.Number("AVG_HRLY_HI_RATE") is { } rate)
            {
                Field(set, row, key, "REF_GHR", FlowToLoad.GrossHeatRate(rate, load.Value));
            }
        }

        return set.Done();
    }

    private static decimal? Kept(decimal value) => Rounding.ToDecimals(value, AgencyDecimals);

    private static int? MinutesOf(PublishedRow row) =>
        row.Instant("BEGIN") is { } begin && row.Instant("END") is { } end
            ? CycleTime.OfInjection(begin, end)
            : null;

    /// <summary>Compares with the agency's own column, where it holds a result.</summary>
    private static void Field(
        SetUnderWay set, PublishedRow row, string key, string field, decimal? ours)
    {
        var column = "CALC_" + field;
        if (row.Number(column) is not { } theirs)
        {
            set.LeaveOut("the agency gives no result");
            return;
        }

        set.Compare(key, column, ours, theirs == Refused ? null : theirs);
    }
}
