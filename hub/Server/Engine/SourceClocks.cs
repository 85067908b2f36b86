using Monitoring.Core.Averaging;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>Up to where the windows of a source are over.</summary>
/// <param name="FirstMs">Where its first one begins.</param>
/// <param name="HeardUntilMs">The end of those that were closed by what was heard.</param>
/// <param name="UntilMs">And of those of silence, by the hub's clock.</param>
public sealed record SourceClock(
    SourceBinding Source, Profile Profile, long FirstMs, long HeardUntilMs, long UntilMs)
{
    private static readonly Level YearLevel = new("year", LevelSpan.Year, TimeSpan.Zero, 0, null);

    /// <summary>Null while it is heard.</summary>
    public long? SilentSinceMs => UntilMs > HeardUntilMs ? HeardUntilMs : null;

    /// <summary>The year that its last window lies in.</summary>
    public Window Year =>
        YearLevel.Containing(UntilMs - 1, Source.TimeZone, Profile.WindowMs);

    /// <summary>How many windows a span has up to now, while the source is there.</summary>
    public int PassedOf(Window span) => (int)(Math.Max(
        0, Math.Min(span.EndMs, UntilMs) - Math.Max(span.StartMs, FirstMs)) / Profile.WindowMs);
}

/// <summary>
/// Where sources stand in time. A silent gateway closes no window; those that are over by the
/// hub's clock are missing all the same, while that lasts.
/// </summary>
public sealed class SourceClocks(FactBook facts, ClusterMap cluster, ProfileSet profiles)
{
    /// <summary>
    /// A window is closed by what comes after it: so long after its end nobody calls that silence.
    /// </summary>
    public const long AwaitedMs = 10 * 60_000;

    /// <summary>So many windows of silence are told at most: three years of hours.</summary>
    private static readonly long SilentMax = Core.Gaps.GapConstants.ClockHours.Whole;

    /// <summary>Null for a source without windows.</summary>
    public SourceClock? Of(string source, DateTimeOffset now)
    {
        if (facts.PositionOf(source) is not { } heardMs
            || (cluster.SourceAt(source, now) ?? cluster.SourceAt(
                source, DateTimeOffset.FromUnixTimeMilliseconds(heardMs - 1)))
                is not { } binding)
        {
            return null;
        }

        var profile = profiles[binding.Profile];
        return new SourceClock(
            binding, profile,
            cluster.Sources.Where(one => one.Id == source).Min(one => one.From)
                .ToUnixTimeMilliseconds(),
            heardMs,
            heardMs + profile.WindowMs * SilentWindows(binding, heardMs, profile.WindowMs, now));
    }

    /// <summary>Windows that are over since one was heard, and were not.</summary>
    /// <param name="heardMs">The end of the last that was.</param>
    public static long SilentWindows(
        SourceBinding binding, long heardMs, long windowMs, DateTimeOffset now)
    {
        var untilMs = Math.Min(
            now.ToUnixTimeMilliseconds() - AwaitedMs,
            binding.Until?.ToUnixTimeMilliseconds() ?? long.MaxValue);
        return Math.Clamp((untilMs - heardMs) / windowMs, 0, SilentMax);
    }
}
