using System.Collections.Immutable;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Recomputes every published result of a folder and holds it against ours. The folder has the
/// layout <c>epa-qa/*.csv</c>, <c>epa-hourly/*.csv</c>, <c>epa-daily-*/*.csv</c>,
/// <c>epa-quota/*.csv</c>, <c>epa-json/*.json</c>, or is one of these folders itself. Files and
/// columns may be missing: what is not there is not compared, and its set says so.
/// </summary>
public static class RulesInspection
{
    /// <summary>One of these tables makes a folder one of quality assurance.</summary>
    private static readonly ImmutableArray<string> QaMarks =
    [
        "test_summary", "linearity_summary", "rata_summary", "rata", "calibration_injection",
        "on_off_cal", "ae_hi_gas", "ae_hi_oil", "ae_correlation_test_run",
        "ae_correlation_test_sum", "cycle_time_injection", "cycle_time_summary",
        "unit_default_test", "flow_to_load_reference",
    ];

    private static readonly ImmutableArray<Func<QaTables, ComparedSet>> QaSets =
    [
        InjectionSets.Linearity, AccuracySets.RelativeAccuracies, InjectionSets.SevenDay,
        InjectionSets.OnlineOffline, AppendixESets.HeatInputs, AppendixESets.Runs,
        AppendixESets.Means, AuditSets.CycleTimes, AuditSets.UnitDefaults,
        AuditSets.FlowToLoadReferences,
    ];

    /// <summary>Null where the folder holds none of these.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="FormatException">A file is no table.</exception>
    public static ImmutableArray<ComparedSet>? Run(string folder)
    {
        var qa = PublishedFiles.Folders(folder, "epa-qa").Where(HasQaTables)
            .Select(QaTables.Of).ToList();
        var json = PublishedFiles.Files(folder, "epa-json", "*.json", "*.json");
        var hourly = Tables(folder, "epa-hourly", "hourly*.csv", "UNADJUSTED_HRLY_VALUE");
        var daily = Tables(folder, "epa-daily-*", "DLY*.csv", "CO2_MASS");
        var accounts = Tables(folder, "epa-quota", "*account*.csv", "totalAllowancesHeld");
        var levels = Tables(folder, "epa-quota", "*assurance*.csv", "assuranceLevel");
        var ledgers = Tables(folder, "epa-quota", "*ledger*.csv", "stateName", "carriedOver");
        if (qa.Count + json.Count + hourly.Length + daily.Length + accounts.Length
            + levels.Length + ledgers.Length == 0)
        {
            return null;
        }

        return
        [
            .. QaSets.Select(compare => Joined(
                [.. qa.Count == 0
                    ? [compare(new QaTables(_ => []))]
                    : qa.Select(compare)])),
            Ecmps(json),
            HourlySets.BiasAdjusted(hourly),
            DailySets.CarbonDioxide(daily),
            QuotaSets.Accounts(accounts),
            QuotaSets.AssuranceLevels(levels),
            QuotaSets.StateLedgers(ledgers),
        ];
    }

    private static ComparedSet Ecmps(List<string> files)
    {
        var plans = new MonitoringPlans();
        var tables = EcmpsTables.Read(files, plans);
        var all = Joined([.. QaSets.Select(compare => compare(tables))]);
        return all with
        {
            Name = "epa-json quality assurance",
            Notes = plans.Locations == 0
                ? all.Notes
                : all.Notes.Add(
                    $"{plans.Locations} locations of monitoring plans tell what is measured"),
        };
    }

    /// <summary>What several folders or kinds of test hold, as one set with the first's name.
    /// </summary>
    private static ComparedSet Joined(ImmutableArray<ComparedSet> sets) => new(
        sets[0].Name, sets.Sum(set => set.Rows), [.. sets.SelectMany(set => set.Comparisons)],
        sets.SelectMany(set => set.LeftOut)
            .GroupBy(pair => pair.Key, pair => pair.Value)
            .ToImmutableSortedDictionary(group => group.Key, group => group.Sum(),
                StringComparer.Ordinal))
    {
        Notes = [.. sets.SelectMany(set => set.Notes)],
    };

    private static bool HasQaTables(string folder) => QaMarks.Any(table =>
        Directory.EnumerateFiles(folder, table + ".csv", PublishedFiles.AnyCase).Any());

    /// <summary>The tables that have the columns by which a kind is known.</summary>
    private static ImmutableArray<PublishedTable> Tables(
        string folder, string name, string usualName, params string[] columns) =>
    [
        .. PublishedFiles.Files(folder, name, "*.csv", usualName).Select(PublishedTable.Read)
            .Where(table => table.Has(columns)),
    ];
}
