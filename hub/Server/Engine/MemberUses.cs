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

    private MemberUse UseOf(string member, Period period, TimeSpan elapsed)
    {
        var pollutant = versions.At(period.Start).Bubble.Pollutant;
        var startMs = period.Start.ToUnixTimeMilliseconds();
        var untilMs = (period.Start + elapsed).ToUnixTimeMilliseconds();
        var openFromMs = untilMs - (long)profiles.LongestWindow.TotalMilliseconds;
        return new MemberUse(sums.BegunIn(pollutant, member, startMs, EndMs(period)), elapsed)
        {
            OfElapsedMilligrams = sums.BegunIn(pollutant, member, startMs, untilMs)
                - sums.OpenAt(pollutant, member, Math.Max(startMs, openFromMs), untilMs),
        };
    }

    /// <summary>How far each source of the bubble is; one never heard of is at 0.</summary>
    private Dictionary<SourceBinding, long> PositionsOf(Period period)
    {
        var contract = versions.At(period.Start);
        return cluster.Sources
            .Where(source => source.From < period.End
                && (source.Until is not { } until || until > period.Start)
                && contract.Parties.Any(party => party.Member == source.Member)
                && source.Quantities.Any(it => it.Quantity == contract.Bubble.Pollutant))
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
