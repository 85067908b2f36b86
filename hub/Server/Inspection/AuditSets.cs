using Monitoring.Core.Quality;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Cycle time, unit default and flow-to-load tests of the agency's quality-assurance tables,
/// beside the agency's own results (the columns CALC_...).
/// </summary>
internal static class AuditSets
{
    private const string Injection = "CYCLE_TIME_INJ_ID";
    private const string Cycle = "CYCLE_TIME_SUM_ID";
    private const string Default = "UNIT_DEFAULT_TEST_SUM_ID";

    public static ComparedSet CycleTimes(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa cycle time");
        foreach (var row in set.Walk(tables.Rows("cycle_time_injection", Injection)))
        {
            set.Compare(
                row, tables.KeyOf("cycle_time_injection", Injection, row),
                "CALC_INJECTION_CYCLE_TIME",
                Begun(row) is var (begin, end)
                    ? CycleTime.Kept(begin, end, row.Whole("INJECTION_CYCLE_TIME"))
                    : null);
        }

        foreach (var row in set.Walk(tables.Rows("cycle_time_summary", Cycle)))
        {
            var minutes = tables.Children("cycle_time_injection", Injection, Cycle, row)
                .Select(one => Begun(one) is var (begin, end)
                    ? CycleTime.OfInjection(begin, end)
                    : null)
                .ToList();
            if (minutes.Count == 0)
            {
                set.LeaveOut(SetUnderWay.NothingBelow);
                continue;
            }

            set.Compare(
                row, tables.KeyOf("cycle_time_summary", Cycle, row), "CALC_TOTAL_TIME",
                minutes.Contains(null)
                    ? null
                    : CycleTime.KeptOfTest(
                        [.. minutes.OfType<int>()], row.Whole("TOTAL_TIME")));
        }

        return set.Done();
    }

    public static ComparedSet UnitDefaults(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa unit default");
        foreach (var row in set.Walk(tables.Rows("unit_default_test", Default)))
        {
            var runs = tables.Children(
                "unit_default_test_run", "UNIT_DEFAULT_TEST_RUN_ID", Default, row);
            if (runs.IsEmpty)
            {
                set.LeaveOut(SetUnderWay.NothingBelow);
                continue;
            }

            set.Compare(
                row, tables.KeyOf("unit_default_test", Default, row), "CALC_NOX_DEFAULT_RATE",
                UnitDefault.Kept(
                [
                    .. runs.Select(run => new DefaultRun(
                        run.Whole("OP_LEVEL_NUM") ?? 0, run.Number("REF_VALUE"),
                        run.Text("RUN_USED_IND") == "1")),
                ], row.Number("NOX_DEFAULT_RATE")));
        }

        return set.Done();
    }

    public static ComparedSet FlowToLoadReferences(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa flow-to-load reference");
        foreach (var row in set.Walk(tables.Rows("flow_to_load_reference", "FLOW_LOAD_REF_ID")))
        {
            var key = tables.KeyOf("flow_to_load_reference", "FLOW_LOAD_REF_ID", row);
            if (row.Number("AVG_GROSS_UNIT_LOAD") is not { } load)
            {
                set.LeaveOut("no load");
                continue;
            }

            if (row.Number("AVG_REF_METHOD_FLOW") is { } flow)
            {
                set.Compare(row, key, "CALC_REF_FLOW_LOAD_RATIO", FlowToLoad.Ratio(flow, load));
            }

            if (row.Number("AVG_HRLY_HI_RATE") is { } rate)
            {
                set.Compare(row, key, "CALC_REF_GHR", FlowToLoad.GrossHeatRate(rate, load));
            }
        }

        return set.Done();
    }

    private static (DateTime Begin, DateTime End)? Begun(PublishedRow row) =>
        row.Instant("BEGIN") is { } begin && row.Instant("END") is { } end ? (begin, end) : null;
}
