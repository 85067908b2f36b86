using System.Collections.Immutable;
using Monitoring.Core.Averaging;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>How a source stands: what is missing, what may still be lost, its tests.</summary>
/// <param name="Gaps">Null where there is nothing to say, as of the next one.</param>
public sealed record SourceStanding(
    string Source, DateTimeOffset At, SourceGaps? Gaps, SourceTests? Tests,
    ImmutableArray<PollutantDay> Days);

/// <summary>What a look at a source may find changed since the last one.</summary>
/// <param name="Passed">Windows that passed by the hub's clock.</param>
public readonly record struct StandingMark(long Window, long Amendment, long Passed);

/// <summary>Works out of the books how sources stand.</summary>
public sealed class SourceStandings(
    GapFilling gaps, QualityStandings quality, SourceClocks clocks, RunningDays days,
    FactBook facts, AmendmentBook amendments, ClusterMap cluster)
{
    private const long LookEveryMs = 10 * 60_000;

    public IEnumerable<string> Sources => cluster.Sources.Select(one => one.Id).Distinct();

    /// <summary>As long as it stays the same, so does how the source stands.</summary>
    public StandingMark MarkOf(string source, DateTimeOffset now) => new(
        facts.NewestIdOf(source), amendments.Newest,
        now.ToUnixTimeMilliseconds() / LookEveryMs);

    public SourceStanding Of(string source, DateTimeOffset now) => new(
        source, now, gaps.Standing(source, now), quality.Of(source, now),
        clocks.Of(source, now) is { } at && !(at.Source.Until <= now) ? days.Of(at) : []);
}
