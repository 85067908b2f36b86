using System.Collections.Immutable;

namespace Monitoring.Server.Inspection;

/// <summary>
/// Recomputes every published result of a folder and holds it against ours. The folder has the
/// layout <c>epa-qa/*.csv</c>, <c>epa-hourly/*.csv</c>, <c>epa-daily-*/*.csv</c>,
/// <c>epa-quota/*.csv</c>, <c>epa-json/*.json</c>, or is one of these folders itself.
/// </summary>
public static class RulesInspection
{
    private const string QaMark = "test_summary.csv";

    /// <summary>Null where the folder holds none of these.</summary>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="FormatException">A file is no table.</exception>
    public static ImmutableArray<ComparedSet>? Run(string folder)
    {
        var sets = ImmutableArray.CreateBuilder<ComparedSet>();
        foreach (var qa in Folders(folder, "epa-qa")
            .Where(path => File.Exists(Path.Combine(path, QaMark))))
        {
            var tables = new QaTables(qa);
            sets.Add(InjectionSets.Linearity(tables));
            sets.Add(AuditSets.RelativeAccuracies(tables));
            sets.Add(InjectionSets.SevenDay(tables));
            sets.Add(InjectionSets.OnlineOffline(tables));
            sets.Add(AppendixESets.HeatInputs(tables));
            sets.Add(AppendixESets.Runs(tables));
            sets.Add(AppendixESets.Means(tables));
            sets.Add(AuditSets.CycleTimes(tables));
            sets.Add(AuditSets.UnitDefaults(tables));
            sets.Add(AuditSets.FlowToLoadReferences(tables));
        }

        Add(sets, EcmpsSets.Tests, Files(folder, "epa-json", "qa*.json"));
        Add(sets, HourlySets.BiasAdjusted, Tables(folder, "epa-hourly", "hourly*.csv"));
        Add(sets, DailySets.CarbonDioxide, Tables(folder, "epa-daily-*", "DLY_*.csv"));
        Add(sets, QuotaSets.Accounts, Tables(folder, "epa-quota", "compliance_accounts*.csv"));
        Add(
            sets, QuotaSets.AssuranceLevels,
            Tables(folder, "epa-quota", "csapr_state_assurance_levels*.csv"));
        Add(sets, QuotaSets.StateLedgers, Tables(folder, "epa-quota", "arp_state_ledger*.csv"));
        return sets.Count > 0 ? sets.ToImmutable() : null;
    }

    private static void Add<T>(
        ImmutableArray<ComparedSet>.Builder sets, Func<IEnumerable<T>, ComparedSet> compare,
        List<T> files)
    {
        if (files.Count > 0)
        {
            sets.Add(compare(files));
        }
    }

    private static List<PublishedTable> Tables(string folder, string name, string pattern) =>
        Files(folder, name, pattern).ConvertAll(PublishedTable.Read);

    private static List<string> Files(string folder, string name, string pattern) =>
    [
        .. Folders(folder, name).SelectMany(path => Directory.EnumerateFiles(path, pattern))
            .Order(StringComparer.Ordinal),
    ];

    private static IEnumerable<string> Folders(string folder, string name) =>
        Directory.EnumerateDirectories(folder, name).Order(StringComparer.Ordinal)
            .Append(folder);
}
