using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Core.Gaps;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>
/// The gaps of a source whose profile fills none: windows without a value that limits could be
/// held against, though the plant may have run. Windows that nobody heard of are among them.
/// </summary>
internal static class UnfilledGaps
{
    private const decimal MsPerHour = 3_600_000;

    private static readonly Substitute Nothing = Substitute.None("the profile fills no gaps");

    public static SourceGaps Of(GapBook gaps, SourceClock at)
    {
        var fromMs = Math.Max(at.Year.StartMs, at.FirstMs);
        var span = new Window(fromMs, at.UntilMs);
        return new SourceGaps(
            at.Source.Id, at.Profile.Id, at.UntilMs, at.SilentSinceMs,
            [.. gaps.CountsOf(at.Source.Id, span).Select(one => Standing(gaps, at, span, one))],
            []);
    }

    private static QuantityStanding Standing(
        GapBook gaps, SourceClock at, Window span, MeasuredCount count)
    {
        var standing = gaps.StandingFrom(
            at.Source.Id, count.Quantity, count.MeasuredUntilMs ?? span.StartMs);
        var missing = new List<long>();
        for (var startMs = count.MeasuredUntilMs ?? span.StartMs;
            startMs < at.UntilMs; startMs += at.Profile.WindowMs)
        {
            if (!standing.Contains(startMs))
            {
                missing.Add(startMs);
            }
        }

        var running = at.PassedOf(span) - count.Standing;
        var lasts = missing.Count > 0 && missing[^1] == at.UntilMs - at.Profile.WindowMs;
        return new QuantityStanding(
            count.Quantity[..^LevelBook.ValidatedSuffix.Length], count.Unit,
            running > 0 ? 100m * count.Measured / running : null, null, null,
            lasts ? missing[0] : null,
            lasts ? missing.Count * at.Profile.WindowMs / MsPerHour : 0,
            lasts ? Nothing : null);
    }
}
