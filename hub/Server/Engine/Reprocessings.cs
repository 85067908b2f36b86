using System.Collections.Immutable;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Gaps;
using Monitoring.Core.Mass;
using Monitoring.Core.Reprocessing;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Engine;

/// <summary>A configuration that somebody accepted for the windows of a span.</summary>
/// <param name="AtMs">When.</param>
/// <param name="ApprovedBy">The second person; null: none has said so.</param>
/// <param name="IsInForce">Its windows are worked out under it.</param>
/// <param name="SinceMs">Since when it is in force, or was accepted.</param>
public sealed record AcceptedConfiguration(
    Amendment Amendment, long AtMs, string? ApprovedBy, bool IsInForce, long SinceMs);

/// <summary>
/// Works stored windows out under another configuration, beside what is in the books, and keeps
/// what somebody accepted. From then on the hub itself gives the windows a new revision, by the
/// same calculation; the old revision stays.
/// </summary>
public sealed class Reprocessings(
    StoredWindows windows, GapFilling gaps, FactBook facts, AmendmentBook amendments,
    ConfigurationBook configurations, ClusterMap cluster, ProfileSet profiles)
{
    private static readonly ILookup<string, MeasuredHour> NoHours =
        Array.Empty<(string Quantity, MeasuredHour Hour)>()
            .ToLookup(one => one.Quantity, one => one.Hour);

    /// <summary>So many windows are compared at once: a year of half-hours.</summary>
    public const int WindowsMax = 18_000;

    /// <summary>For a command, which has the stores and no host.</summary>
    public static Reprocessings Of(
        RecordLog records, Books books, ClusterMap cluster, ProfileSet profiles) => new(
        StoredWindows.Of(records, books, cluster, profiles),
        GapFilling.Of(books, cluster, profiles), new FactBook(books),
        new AmendmentBook(books), new ConfigurationBook(books), cluster, profiles);

    /// <summary>Adds a fault for all that stands against it.</summary>
    public void Check(
        string source, Window span, Configuration proposed, Faults faults)
    {
        var file = proposed.Text.Cluster.File;
        ConfigurationCheck.Run(
            source, span, cluster,
            at => cluster.SourceAt(source, at) is { } binding
                ? (binding, profiles[binding.Profile])
                : null,
            proposed, faults);
        var stored = RowsOf(source, span).Count;
        if (stored == 0)
        {
            faults.Add(
                file, 0, $"'{source}' has no stored window in that span",
                "take a span in which it was measured");
        }
        else if (stored > WindowsMax)
        {
            faults.Add(
                file, 0, $"the span has {stored} windows; {WindowsMax} are compared at once",
                "take several shorter spans");
        }
    }

    /// <summary>What it makes of windows in the books; nothing is changed.</summary>
    /// <exception cref="RecordLogException">Records of a window are not there.</exception>
    public Difference Compare(string source, Window span, Configuration proposed) =>
        Compare(RowsOf(source, span), proposed);

    /// <summary>Keeps it, to be worked out by the hub that runs, or runs next.</summary>
    public Amendment Accept(
        string source, Window span, Configuration proposed, (string Author, string Reason) by,
        DateTimeOffset now)
    {
        configurations.Keep(proposed);
        var amendment = new Amendment
        {
            Source = source, Quantity = "", Kind = AmendmentKind.Reprocessing,
            FromMs = span.StartMs, UntilMs = span.EndMs, Subject = proposed.Id,
            Author = by.Author, Reason = by.Reason,
        };
        amendments.Add([amendment], now.ToUnixTimeMilliseconds());
        return amendment;
    }

    /// <summary>Whether a second person has to say so too.</summary>
    public bool NeedsApproval(string source, Window span) =>
        cluster.SourceAt(source, span.Start) is { } binding
        && profiles[binding.Profile].NeedsApproval;

    /// <summary>All that were accepted, in order.</summary>
    public IReadOnlyList<AcceptedConfiguration> All()
    {
        var rows = amendments.All(null);
        return
        [
            .. from row in rows
               where row.Amendment.Kind == AmendmentKind.Reprocessing
               let span = new Window(row.Amendment.FromMs, row.Amendment.UntilMs!.Value)
               let approval = rows.FirstOrDefault(other =>
                   other.Amendment.Kind == AmendmentKind.Approval
                   && other.Amendment.Subject == row.Amendment.Id
                   && other.Amendment.Author != row.Amendment.Author)
               let needsApproval = NeedsApproval(row.Amendment.Source, span)
               select new AcceptedConfiguration(
                   row.Amendment, row.AtMs, approval?.Amendment.Author,
                   !needsApproval || approval is not null,
                   needsApproval && approval is not null ? approval.AtMs : row.AtMs),
        ];
    }

    /// <summary>
    /// What it changes, or changed: against the revisions that were there before it was in force.
    /// </summary>
    /// <param name="windowsMax">Null where there are more of them.</param>
    public Difference? Of(AcceptedConfiguration accepted, int windowsMax = WindowsMax)
    {
        var one = accepted.Amendment;
        var rows = facts.NewestIn(
            one.Source, one.FromMs, one.UntilMs!.Value,
            accepted.IsInForce ? accepted.SinceMs : long.MaxValue);
        return rows.Count > windowsMax
            ? null
            : Compare(rows, configurations.Find(one.Subject));
    }

    private IReadOnlyList<WindowRow> RowsOf(string source, Window span) =>
        facts.NewestIn(source, span.StartMs, span.EndMs, long.MaxValue);

    private Difference Compare(IReadOnlyList<WindowRow> rows, Configuration proposed)
    {
        // What fills an hour follows from the hours beside it, so these are worked out first.
        var hours = proposed.Profiles.Values.All(one => one.MissingData == GapRule.None)
            ? NoHours
            : rows.SelectMany(row => HoursOf(windows.Under(proposed, row, null)))
                .ToLookup(one => one.Quantity, one => one.Hour);
        return Difference.Of(
            rows.Select(row => Compare(row, windows.Under(proposed, row, hours)))
                .Concat(hours.Count == 0 ? [] : Beside(rows, hours)));
    }

    // Hours outside of the span that rest on hours in it: the hub will fill them again.
    private IEnumerable<ComparedWindow> Beside(
        IReadOnlyList<WindowRow> rows, ILookup<string, MeasuredHour> hours)
    {
        var within = rows.Select(row => row.StartMs).ToHashSet();
        return
            from refill in gaps.If(rows[0].Source, hours)
            where !within.Contains(refill.Window.StartMs)
            let row = facts.NewestIn(
                rows[0].Source, refill.Window.StartMs, refill.Window.EndMs, long.MaxValue).Single()
            let knownAt = DateTimeOffset.FromUnixTimeMilliseconds(row.KnownMs)
            select Compare(
                row, windows.Refill(refill, (int)row.Revision, row.LogId, knownAt)) with
            {
                IsBeside = true,
            };
    }

    private ComparedWindow Compare(WindowRow row, WindowResult result) => new(
        new Window(row.StartMs, row.EndMs), row.Revision,
        Difference.Compare(facts.NumbersOf(row), FactBook.NumbersOf(result)));

    private static IEnumerable<(string Quantity, MeasuredHour Hour)> HoursOf(
        WindowResult measured) =>
        measured.Filled.Select(way => (way.Quantity, new MeasuredHour(
            measured.Window.StartMs, way.Value,
            way.AbsentBecause == WindowAverages.RuleNotOperating) { Load = measured.Load }));
}
