using Monitoring.Core.Alerts;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>What the members of a bubble have emitted in a period, and how far they are.</summary>
public sealed class MemberUses(
    FactBook facts, MassSums sums, ClusterMap cluster, ProfileSet profiles,
    ContractVersions versions, LedgerBook ledger)
{
    /// <summary>All sources have passed the end of the period, or their own within it.</summary>
    public bool HavePassed(Period period)
    {
        var positions = PositionsIn((period.Start, period.End));
        return positions.Count > 0 && positions.All(it => it.Value >= NeededMs(it.Key, period.End));
    }

    /// <summary>By member, each party of the contract.</summary>
    public IReadOnlyDictionary<string, MemberUse> In(Period period)
    {
        var plans = ledger.Books();
        return versions.At(period.Start).Parties.Select(party => party.Member).ToDictionary(
            member => member, member => UseOf(plans, member, (period.Start, period.End)));
    }

    /// <summary>What a member has emitted in any span of one version of the contract.</summary>
    public MemberUse Of(string member, DateTimeOffset from, DateTimeOffset until) =>
        UseOf(ledger.Books(), member, (from, until));

    // Weighted as the contract weighs, and of its season only.
    private MemberUse UseOf(
        FundState books, string member, (DateTimeOffset From, DateTimeOffset Until) span)
    {
        var bubble = versions.At(span.From).Bubble;
        var elapsed = Elapsed(span, PositionsIn(span), member);
        var until = span.From + elapsed;
        var openFrom = until - profiles.LongestWindow;
        long Counted(DateTimeOffset from, DateTimeOffset to, Func<string, long, long, long> sum) =>
            bubble.Weighed(pollutant => bubble.Period.CountedIn(from, to).Sum(part => sum(
                pollutant, part.From.ToUnixTimeMilliseconds(),
                part.Until.ToUnixTimeMilliseconds())));
        long Begun(string pollutant, long fromMs, long toMs) =>
            sums.BegunIn(pollutant, member, fromMs, toMs);
        return new MemberUse(Counted(span.From, span.Until, Begun), elapsed)
        {
            OfElapsedMilligrams = Counted(span.From, until, Begun)
                - Counted(
                    openFrom > span.From ? openFrom : span.From, until,
                    (pollutant, fromMs, toMs) => sums.OpenAt(pollutant, member, fromMs, toMs)),
            Pace = PaceOf(
                PlanRules.Newest(books, member),
                [.. bubble.Period.CountedIn(span.From, until)],
                [.. bubble.Period.CountedIn(span.From, span.Until)]),
        };
    }

    // By what the member means to emit; where its plan does not say it of all of the time, or
    // says that nothing is to be emitted yet, by the time that counts.
    private static (long Done, long Whole) PaceOf(
        PlanSubmitted? plan, List<(DateTimeOffset From, DateTimeOffset Until)> done,
        List<(DateTimeOffset From, DateTimeOffset Until)> whole)
    {
        long? Planned(List<(DateTimeOffset From, DateTimeOffset Until)> spans) =>
            spans.Aggregate((long?)0, (sum, span) => sum + PlanRules.MilligramsIn(
                plan!, span.From.ToUnixTimeMilliseconds(), span.Until.ToUnixTimeMilliseconds()));
        return plan is not null && Planned(whole) is { } all && Planned(done) is > 0 and var some
            ? (some, all)
            : (done.Sum(span => (span.Until - span.From).Ticks),
                whole.Sum(span => (span.Until - span.From).Ticks));
    }

    /// <summary>How far each source of the bubble is; one never heard of is at 0.</summary>
    private Dictionary<SourceBinding, long> PositionsIn(
        (DateTimeOffset From, DateTimeOffset Until) span)
    {
        var contract = versions.At(span.From);
        return cluster.Sources
            .Where(source => source.From < span.Until
                && (source.Until is not { } until || until > span.From)
                && contract.Parties.Any(party => party.Member == source.Member)
                && source.Quantities.Any(it => contract.Bubble.WeightOf(it.Quantity) > 0))
            .ToDictionary(source => source, source => facts.PositionOf(source.Id) ?? 0);
    }

    /// <summary>How far a source has to be before the period is settled.</summary>
    private static long NeededMs(SourceBinding source, DateTimeOffset end) =>
        (source.Until is { } until && until < end ? until : end).ToUnixTimeMilliseconds();

    /// <summary>The time of the span that all sources of a member have behind them.</summary>
    private static TimeSpan Elapsed(
        (DateTimeOffset From, DateTimeOffset Until) span,
        Dictionary<SourceBinding, long> positions, string member)
    {
        var own = positions.Where(pair => pair.Key.Member == member)
            .Select(pair => pair.Key.Until is { } ended && ended < span.Until
                && pair.Value >= ended.ToUnixTimeMilliseconds()
                ? span.Until.ToUnixTimeMilliseconds()
                : pair.Value);
        var untilMs = Math.Min(
            own.DefaultIfEmpty(0).Min(), span.Until.ToUnixTimeMilliseconds());
        var elapsedMs = untilMs - span.From.ToUnixTimeMilliseconds();
        return TimeSpan.FromMilliseconds(Math.Max(0, elapsedMs));
    }
}
