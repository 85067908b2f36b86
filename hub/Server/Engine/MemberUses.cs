using Monitoring.Core.Alerts;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>What the members of a bubble have emitted in a period, and how far they are.</summary>
public sealed class MemberUses(
    FactBook facts, MassSums sums, ClusterMap cluster, ProfileSet profiles,
    ContractVersions versions)
{
    /// <summary>All sources have passed the end of the period, or their own within it.</summary>
    public bool HavePassed(Period period)
    {
        var positions = PositionsOf(period);
        return positions.Count > 0 && positions.All(it => it.Value >= NeededMs(it.Key, period));
    }

    /// <summary>By member, each party of the contract.</summary>
    public IReadOnlyDictionary<string, MemberUse> In(Period period)
    {
        var contract = versions.At(period.Start);
        var positions = PositionsOf(period);
        return contract.Parties.Select(party => party.Member).ToDictionary(
            member => member,
            member => UseOf(member, period, Elapsed(period, positions, member)));
    }

    // Weighted as the contract weighs, and of its season only.

    private MemberUse UseOf(string member, Period period, TimeSpan elapsed)
    {
        var bubble = versions.At(period.Start).Bubble;
        var until = period.Start + elapsed;
        var openFrom = until - profiles.LongestWindow;
        long Counted(DateTimeOffset from, DateTimeOffset to, Func<string, long, long, long> sum) =>
            bubble.Weighed(pollutant => bubble.Period.CountedIn(from, to).Sum(span => sum(
                pollutant, span.From.ToUnixTimeMilliseconds(),
                span.Until.ToUnixTimeMilliseconds())));
        long Begun(string pollutant, long fromMs, long toMs) =>
            sums.BegunIn(pollutant, member, fromMs, toMs);
        return new MemberUse(Counted(period.Start, period.End, Begun), elapsed)
        {
            OfElapsedMilligrams = Counted(period.Start, until, Begun)
                - Counted(
                    openFrom > period.Start ? openFrom : period.Start, until,
                    (pollutant, fromMs, toMs) => sums.OpenAt(pollutant, member, fromMs, toMs)),
            Pace = bubble.Period.Season is null
                ? null
                : (TimeOf(bubble.Period.CountedIn(period.Start, until)),
                    TimeOf(bubble.Period.CountedIn(period.Start, period.End))),
        };
    }

    private static long TimeOf(IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> spans) =>
        spans.Sum(span => (span.Until - span.From).Ticks);

    /// <summary>How far each source of the bubble is; one never heard of is at 0.</summary>
    private Dictionary<SourceBinding, long> PositionsOf(Period period)
    {
        var contract = versions.At(period.Start);
        return cluster.Sources
            .Where(source => source.From < period.End
                && (source.Until is not { } until || until > period.Start)
                && contract.Parties.Any(party => party.Member == source.Member)
                && source.Quantities.Any(it => contract.Bubble.WeightOf(it.Quantity) > 0))
            .ToDictionary(source => source, source => facts.PositionOf(source.Id) ?? 0);
    }

    /// <summary>How far a source has to be before the period is settled.</summary>
    private static long NeededMs(SourceBinding source, Period period) =>
        source.Until is { } until && until < period.End
            ? until.ToUnixTimeMilliseconds()
            : EndMs(period);

    /// <summary>The time of the period that all sources of a member have behind them.</summary>
    private static TimeSpan Elapsed(
        Period period, Dictionary<SourceBinding, long> positions, string member)
    {
        var own = positions.Where(pair => pair.Key.Member == member).Select(pair => pair.Value);
        var untilMs = Math.Min(own.DefaultIfEmpty(0).Min(), EndMs(period));
        var elapsedMs = untilMs - period.Start.ToUnixTimeMilliseconds();
        return TimeSpan.FromMilliseconds(Math.Max(0, elapsedMs));
    }

    private static long EndMs(Period period) => period.End.ToUnixTimeMilliseconds();
}
