using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Quality;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Relative accuracy tests of the agency's quality-assurance tables, beside the agency's own
/// results (the columns CALC_...).
/// </summary>
internal static class AccuracySets
{
    /// <summary>The agency keeps means, deviation and coefficient to so many decimals.</summary>
    private const int Decimals = 3;
    private const int ToxicDecimals = 5;

    /// <summary>A plant that reports it takes the factor of a low emitter.</summary>
    private const decimal LowEmitterFactor = 1.111m;

    /// <summary>Flow in scfh is never below it, and nothing else reaches it.</summary>
    private const decimal FlowMin = 10_000m;

    public static ComparedSet RelativeAccuracies(QaTables tables)
    {
        var set = new SetUnderWay("epa-qa relative accuracy");
        foreach (var row in set.Walk(tables.Rows("rata_summary", "RATA_SUM_ID")))
        {
            var key = tables.KeyOf("rata_summary", "RATA_SUM_ID", row);
            if (LevelOf(tables, row) is not { } level)
            {
                set.LeaveOut(
                    $"no {Part75Tests.AuditRunsMin.Whole} to {StudentT.DegreesMax + 1} complete "
                        + "runs of values that are not below 0");
                continue;
            }

            CompareLevel(set, row, key, level);
        }

        foreach (var row in set.Walk(tables.Rows("rata", "RATA_ID")))
        {
            CompareTest(set, tables, row);
        }

        return set.Done();
    }

    private static void CompareLevel(SetUnderWay set, PublishedRow row, string key, Level level)
    {
        var (audit, system) = (level.Audit, level.System);
        var decimals = system == AuditedSystem.AirToxic ? ToxicDecimals : Decimals;
        decimal Kept(decimal value) => Rounding.ToDecimals(value, decimals);
        set.Compare(row, key, "CALC_MEAN_CEM_VALUE", Kept(audit.MeanMonitor));
        set.Compare(row, key, "CALC_MEAN_RATA_REF_VALUE", Kept(audit.MeanReference));
        set.Compare(row, key, "CALC_MEAN_DIFF", Kept(audit.MeanDifference));
        set.Compare(row, key, "CALC_STND_DEV_DIFF", Kept(audit.StandardDeviation));
        set.Compare(row, key, "CALC_CONFIDENCE_COEF", Kept(audit.ConfidenceCoefficient));
        set.Compare(row, key, "CALC_T_VALUE", audit.T);
        set.Compare(row, key, "CALC_RELATIVE_ACCURACY", audit.RelativeAccuracyPercent);
        if (level.Load is { } load)
        {
            set.Compare(row, key, "CALC_AVG_GROSS_UNIT_LOAD", load);
        }

        if (system is null)
        {
            set.LeaveOut("no reference method: nothing tells which bias test applies");
            return;
        }

        // A test that failed has no factor.
        set.Compare(row, key, "CALC_BIAS_ADJ_FACTOR", audit.BiasAdjustmentFactor);
        if (level.Verdict is { } verdict)
        {
            set.Compare(row, key, "CALC_APS_IND", verdict.IsAlternative ? 1 : 0);
        }
        else
        {
            set.LeaveOut("the alternative specifications of this system are not known here");
        }
    }

    /// <summary>The results of all levels of a test together.</summary>
    private static void CompareTest(SetUnderWay set, QaTables tables, PublishedRow row)
    {
        var key = tables.KeyOf("rata", "RATA_ID", row);
        var rows = tables.Children("rata_summary", "RATA_SUM_ID", "RATA_ID", row);
        var levels = rows.Select(level => LevelOf(tables, level)).OfType<Level>().ToList();
        if (rows.IsEmpty || levels.Count < rows.Length)
        {
            set.LeaveOut("a level of the test is missing or incomplete");
            return;
        }

        set.Compare(row, key, "CALC_NUM_LOAD_LEVEL", levels.Count);
        set.Compare(
            row, key, "CALC_RELATIVE_ACCURACY",
            levels.Max(level => level.Audit.RelativeAccuracyPercent));
        if (levels.TrueForAll(level => level.System is not null
            && level.Audit.BiasAdjustmentFactor == levels[0].Audit.BiasAdjustmentFactor))
        {
            set.Compare(
                row, key, "CALC_OVERALL_BIAS_ADJ_FACTOR", levels[0].Audit.BiasAdjustmentFactor);
        }
        else
        {
            set.LeaveOut("the factor of several levels rests on which of them is normal");
        }

        if (levels.TrueForAll(level => level.Verdict?.Quarters is not null)
            && QuartersOf(row.Text("CALC_RATA_FREQUENCY_CD")) is { } theirs)
        {
            set.Compare(new Comparison(
                key, "CALC_RATA_FREQUENCY_CD",
                levels.Min(level => level.Verdict!.Value.Quarters), theirs));
        }
    }

    private static Level? LevelOf(QaTables tables, PublishedRow row)
    {
        var runs = tables.Children("rata_run", "RATA_RUN_ID", "RATA_SUM_ID", row)
            .Where(run => run.Text("RUN_STATUS_CD").Equals(
                "RUNUSED", StringComparison.OrdinalIgnoreCase))
            .Select(run => (
                Monitor: run.Number("CEM_VALUE"), Reference: run.Number("RATA_REF_VALUE"),
                Load: run.Number("GROSS_UNIT_LOAD")))
            .ToList();
        if (runs.Exists(run => run.Monitor is null || run.Reference is null))
        {
            return null;
        }

        ImmutableArray<AuditRun> pairs =
            [.. runs.Select(run => new AuditRun(run.Monitor!.Value, run.Reference!.Value))];
        var system = SystemOf(tables, row, pairs);
        var audit = RelativeAccuracy.Of(
            system ?? AuditedSystem.AirToxic, pairs,
            row.Number("BIAS_ADJ_FACTOR") == LowEmitterFactor);
        decimal? load = runs.Count > 0 && runs.TrueForAll(run => run.Load > 0)
            ? Rounding.ToDecimals(runs.Sum(run => run.Load!.Value) / runs.Count, 0)
            : null;
        return audit is null ? null : new Level(audit, system, load);
    }

    /// <summary>
    /// What was audited, as the reference methods of 40 CFR Part 60 tell: 7 is NOx, 6 is SO2, 3 a
    /// diluent, which makes a rate of them; 2 is flow, 4 moisture. Null: they do not tell.
    /// </summary>
    private static AuditedSystem? SystemOf(
        QaTables tables, PublishedRow row, ImmutableArray<AuditRun> runs)
    {
        var methods = row.Text("REF_METHOD_CD").ToUpperInvariant()
            .Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries);
        bool Has(string first) => methods.Any(method =>
            method == first || (method.StartsWith(first, StringComparison.Ordinal)
                && char.IsLetter(method[first.Length])));
        return tables.Find("rata", "RATA_ID", row)?.Text("SYS_TYPE_CD") switch
        {
            "FLOW" => AuditedSystem.Flow,
            "NOX" or "NOXP" => AuditedSystem.NitrogenRate,
            "SO2R" => AuditedSystem.SulphurRate,
            "SO2" or "NOXC" => AuditedSystem.Concentration,
            "CO2" or "O2" => AuditedSystem.Diluent,
            "H2O" or "H2OM" => AuditedSystem.Moisture,
            _ when runs.Length > 0 && runs.Average(run => run.Reference) >= FlowMin =>
                AuditedSystem.Flow,
            _ when Has("2") || Has("D2") || Has("M2") => AuditedSystem.Flow,
            _ when (Has("7") && Has("3")) || Has("20") => AuditedSystem.NitrogenRate,
            _ when Has("6") && Has("3") => AuditedSystem.SulphurRate,
            _ when Has("7") || Has("6") => AuditedSystem.Concentration,
            _ when Has("3") => AuditedSystem.Diluent,
            _ when Has("4") => AuditedSystem.Moisture,
            _ when Has("30") || Has("29") || Has("26") => AuditedSystem.AirToxic,
            _ => null,
        };
    }

    private static int? QuartersOf(string code) => code switch
    {
        "4QTRS" => 4,
        "2QTRS" => 2,
        _ => null,
    };

    private sealed record Level(RelativeAccuracy Audit, AuditedSystem? System, decimal? Load)
    {
        /// <summary>
        /// Of flow only the percentage is judged here; null where it alone does not decide.
        /// </summary>
        public AuditVerdict? Verdict =>
            System is not { } system || AuditVerdict.Of(system, Audit) is not { } verdict
                || (system == AuditedSystem.Flow && verdict.Quarters is not 4)
                ? null
                : verdict;
    }
}
