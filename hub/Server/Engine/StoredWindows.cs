using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Gaps;
using Monitoring.Core.Mass;
using Monitoring.Core.Reprocessing;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// Works windows out, for the first time or again: from the images that were stored then, and
/// from the hours in the books that a gap is filled by, and what persons and tests say.
/// </summary>
public sealed class StoredWindows(
    RecordLog records, GapFilling gaps, AmendmentBook amendments,
    ConfigurationBook configurations, ClusterMap cluster, ProfileSet profiles)
{
    /// <summary>For a command, which has the stores and no host.</summary>
    public static StoredWindows Of(
        RecordLog records, Books books, ClusterMap cluster, ProfileSet profiles) => new(
        records, GapFilling.Of(books, cluster, profiles),
        new AmendmentBook(books), new ConfigurationBook(books), cluster, profiles);

    /// <param name="logId">The newest record that it may see.</param>
    /// <param name="seen">The newest window row that it may see.</param>
    public WindowResult Compute(
        SourceBinding source, Window window, int revision, long logId, long seen,
        DateTimeOffset knownAt) => Filled(
        RulesOf(source, window, knownAt), window, revision, (logId, seen), knownAt);

    /// <summary>
    /// A stored one as it would be under another configuration, filled by what the hours beside
    /// it would be; null: it is not filled.
    /// </summary>
    public WindowResult Under(
        Configuration configuration, WindowRow row, ILookup<string, MeasuredHour>? beside)
    {
        var window = new Window(row.StartMs, row.EndMs);
        var source = cluster.SourceAt(row.Source, window.Start)!;
        var rules = WindowRules.Under(
            configuration, source, window, profiles[source.Profile],
            profile => amendments.KnownOf(source.Id, profile, window, row.KnownMs));
        var (revision, known) = (
            (int)row.Revision, DateTimeOffset.FromUnixTimeMilliseconds(row.KnownMs));
        if (beside is not null)
        {
            return Filled(
                rules, window, revision, (row.LogId, long.MaxValue), known, beside);
        }

        var images = SourceImages.Read(records, rules.Source, window, row.LogId);
        return Compute(
            rules, window, revision, images, known,
            BesideImages.Nothing with { Amended = rules.Amended });
    }

    /// <summary>The same of a window whose gaps are known.</summary>
    public WindowResult Refill(
        RefillWindow refill, int revision, long logId, DateTimeOffset knownAt)
    {
        var rules = RulesOf(refill.Binding, refill.Window, knownAt);
        var images = SourceImages.Read(records, rules.Source, refill.Window, logId);
        return Compute(
            rules, refill.Window, revision, images, knownAt,
            new BesideImages(refill.Substitutes, rules.Amended)) with
        {
            Unread = images.Unread,
        };
    }

    /// <summary>A stored one; null where the source is bound no more at that time.</summary>
    public WindowResult? Again(WindowRow row)
    {
        var window = new Window(row.StartMs, row.EndMs);
        return cluster.SourceAt(row.Source, window.Start) is { } source
            ? Compute(
                source, window, (int)row.Revision, row.LogId, row.Id,
                DateTimeOffset.FromUnixTimeMilliseconds(row.KnownMs))
            : null;
    }

    /// <summary>
    /// The parts of a stored one, each worked out as a window of its own and not filled; none
    /// where the source is bound no more at that time.
    /// </summary>
    /// <param name="lengthMs">It divides the window.</param>
    public IEnumerable<WindowResult> PartsOf(WindowRow row, long lengthMs)
    {
        var window = new Window(row.StartMs, row.EndMs);
        if (cluster.SourceAt(row.Source, window.Start) is not { } source)
        {
            yield break;
        }

        var knownAt = DateTimeOffset.FromUnixTimeMilliseconds(row.KnownMs);
        var rules = RulesOf(source, window, knownAt);
        var images = SourceImages.Read(records, rules.Source, window, row.LogId);
        var beside = BesideImages.Nothing with { Amended = rules.Amended };
        for (var startMs = window.StartMs; startMs < window.EndMs; startMs += lengthMs)
        {
            var part = new Window(startMs, startMs + lengthMs);
            yield return Compute(
                rules, part, (int)row.Revision, images.In(part), knownAt, beside);
        }
    }

    private WindowRules RulesOf(SourceBinding source, Window window, DateTimeOffset knownAt) =>
        WindowRules.Of(source, window, knownAt, profiles, (amendments, configurations));

    private WindowResult Filled(
        WindowRules rules, Window window, int revision, (long LogId, long Seen) upTo,
        DateTimeOffset knownAt, ILookup<string, MeasuredHour>? instead = null)
    {
        var images = SourceImages.Read(records, rules.Source, window, upTo.LogId);
        var beside = BesideImages.Nothing with { Amended = rules.Amended };
        var measured = Compute(rules, window, revision, images, knownAt, beside);
        beside = beside with { Substitutes = gaps.Of(rules.Source, measured, upTo.Seen, instead) };
        return beside.Substitutes.Count == 0
            ? measured.Without(images.Unread)
            : Compute(rules, window, revision, images, knownAt, beside) with
            {
                Unread = images.Unread,
            };
    }

    private static WindowResult Compute(
        WindowRules rules, Window window, int revision, SourceImages images,
        DateTimeOffset knownAt, BesideImages beside) =>
        WindowCalculation.Compute(
            rules.Source, rules.Profile, window, images.OfDevices, revision, knownAt,
            beside) with
        {
            Note = rules.Note,
        };
}
