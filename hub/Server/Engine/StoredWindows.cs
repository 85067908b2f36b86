using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// Works windows out, for the first time or again: from the images that were stored then, and
/// from the hours in the books that a gap is filled by, and what persons and tests say.
/// </summary>
public sealed class StoredWindows(
    RecordLog records, GapFilling gaps, AmendmentBook amendments, ClusterMap cluster,
    ProfileSet profiles)
{
    /// <summary>For a command, which has the stores and no host.</summary>
    public static StoredWindows Of(
        RecordLog records, Books books, ClusterMap cluster, ProfileSet profiles) => new(
        records, new GapFilling(new GapBook(books), cluster, profiles),
        new AmendmentBook(books), cluster, profiles);

    /// <param name="logId">The newest record that it may see.</param>
    /// <param name="seen">The newest window row that it may see.</param>
    public WindowResult Compute(
        SourceBinding source, Window window, int revision, long logId, long seen,
        DateTimeOffset knownAt)
    {
        var images = SourceImages.Read(records, source, window, logId);
        var beside = BesideImages.Nothing with { Amended = Amended(source, window, knownAt) };
        var measured = Compute(source, window, revision, images, knownAt, beside);
        beside = beside with { Substitutes = gaps.Of(source, measured, seen) };
        return beside.Substitutes.Count == 0
            ? measured.Without(images.Unread)
            : Compute(source, window, revision, images, knownAt, beside) with
            {
                Unread = images.Unread,
            };
    }

    /// <summary>The same of a window whose gaps are known.</summary>
    public WindowResult Refill(
        RefillWindow refill, int revision, long logId, DateTimeOffset knownAt)
    {
        var images = SourceImages.Read(records, refill.Binding, refill.Window, logId);
        var beside = new BesideImages(
            refill.Substitutes, Amended(refill.Binding, refill.Window, knownAt));
        return Compute(
            refill.Binding, refill.Window, revision, images, knownAt, beside) with
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

    private WindowResult Compute(
        SourceBinding source, Window window, int revision, SourceImages images,
        DateTimeOffset knownAt, BesideImages beside) =>
        WindowCalculation.Compute(
            source, profiles[source.Profile], window, images.OfDevices, revision, knownAt,
            beside);

    private AmendedWindow Amended(SourceBinding source, Window window, DateTimeOffset knownAt)
    {
        var profile = profiles[source.Profile];
        return AmendedWindow.Of(
            source, profile, window,
            amendments.KnownOf(source.Id, profile, window, knownAt.ToUnixTimeMilliseconds()));
    }
}
