using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Engine;

/// <summary>
/// Whether edited documents can go on where the books stand. Other windows or periods would count
/// some time twice or pass over it, so they are refused at the start rather than found in a bill.
/// </summary>
public static class Continuity
{
    public static IReadOnlyList<string> FaultsOf(
        FactBook facts, LedgerBook ledger, ClusterMap cluster, ProfileSet profiles,
        ContractVersions versions) =>
    [
        .. cluster.Sources
            .Select(source => WindowFault(facts, source, profiles[source.Profile]))
            .OfType<string>(),
        .. PeriodFault(ledger, versions) is { } fault ? (string[])[fault] : [],
    ];

    private static string? WindowFault(FactBook facts, SourceBinding source, Profile profile) =>
        facts.OtherLengthOf(source, profile.Window) is { } length
            ? $"Source '{source.Id}' was averaged over {DocumentText.Format(length)}, and profile "
                + $"'{profile.Id}' now says {DocumentText.Format(profile.Window)}. Leave that "
                + "profile as it was, end the source's binding with 'until', and begin another "
                + "one then, with a profile of its own."
            : null;

    private static string? PeriodFault(LedgerBook ledger, ContractVersions versions)
    {
        var contract = versions.Newest;
        if (versions.Before is { } before
            && Period.Containing(before, contract.InForce) is var cut
            && cut.Start != contract.InForce && cut.Start >= before.InForce)
        {
            return $"Version {contract.Version} is in force from {contract.InForce:O}, inside a "
                + $"period of version {before.Version} that ends at {cut.End:O}. Set 'in_force' "
                + "to that.";
        }

        if (ledger.SettledUntil() is not var (settledBy, hash, until))
        {
            return null;
        }

        if (settledBy != contract.Id && contract.InForce < until)
        {
            return $"Contract '{settledBy}' is settled up to {until:O}, and contract "
                + $"'{contract.Id}' would charge for time before that. Set 'in_force' to it.";
        }

        if (versions.Of(hash) is { } own && own.Version < contract.Version
            && contract.InForce < until)
        {
            return $"Periods up to {until:O} are settled by version {own.Version}, and version "
                + $"{contract.Version} says it was in force before that. Set 'in_force' to it.";
        }

        var first = settledBy == contract.Id ? until : contract.InForce;
        var next = versions.PeriodAt(first);
        return next.Start < until
            ? $"Contract '{settledBy}' is settled up to {until:O}, which lies inside a period of "
                + $"{versions.At(first).Bubble.Period.Text}: a part of it would be charged "
                + "again. Use a period that begins then."
            : null;
    }
}
