using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Core.Forecast;
using Monitoring.Core.Fund;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Engine;

/// <summary>A span that was planned, and what came.</summary>
/// <param name="ForecastGrams">
/// What it will end at; of a period that is over what was forecast in the middle of it. Null where
/// nobody could tell.
/// </param>
/// <param name="ActualGrams">So far, where it is not over.</param>
/// <param name="IsOver">All sources of the member have passed its end.</param>
public sealed record PlanOutcome(
    PlannedSpan Planned, long? ForecastGrams, long ActualGrams, bool IsOver)
{
    /// <summary>What its sources reported to have made, by product; in the plan's order.</summary>
    public ImmutableArray<long?> Made { get; init; } = [];

    public bool IsScored => IsOver && Planned.IsMadeBefore;
}

/// <summary>The plans of one member, held against what came.</summary>
/// <param name="ErrorPercent">
/// Of spans that are over and were planned before they began; null: there is none.
/// </param>
/// <param name="ForecastErrorPercent">The same of forecasts in the middle of periods.</param>
public sealed record MemberPlan(
    string Member, string Role, int? Version, ImmutableArray<PlanOutcome> Spans,
    decimal? ErrorPercent, decimal? ForecastErrorPercent);

/// <summary>Holds indicative plans against forecasts and against what came.</summary>
public sealed class Planning(
    LedgerBook ledger, MemberUses uses, Books books, ContractVersions versions)
{
    private const int SpansMax = 200;
    private const long MilligramsPerGram = 1_000;

    /// <summary>Of every party, also of those without a plan; of many spans the newest.</summary>
    public ImmutableArray<MemberPlan> All()
    {
        var state = ledger.Books();
        return [.. versions.Newest.Parties.Select(party => Of(state, party))];
    }

    private MemberPlan Of(FundState state, Party party)
    {
        ImmutableArray<PlanOutcome> spans =
        [
            .. PlanRules.SpansOf(state, party.Member).TakeLast(SpansMax)
                .Select(span => OutcomeOf(state, party.Member, span)),
        ];
        var over = spans.Where(span => span.IsOver).ToList();
        return new MemberPlan(
            party.Member, party.Role, PlanRules.Newest(state, party.Member)?.Version, spans,
            PlanRules.ErrorPercent(
                [.. over.Where(span => span.IsScored)
                    .Select(span => (span.Planned.Grams, span.ActualGrams))]),
            PlanRules.ErrorPercent(
                [.. over.Where(span => span.ForecastGrams is not null)
                    .Select(span => (span.ForecastGrams!.Value, span.ActualGrams))]));
    }

    private PlanOutcome OutcomeOf(FundState state, string member, PlannedSpan span)
    {
        var (from, until) = (
            DateTimeOffset.FromUnixTimeMilliseconds(span.FromMs),
            DateTimeOffset.FromUnixTimeMilliseconds(span.UntilMs));
        var use = uses.Of(member, from, until);
        var isOver = use.Elapsed >= until - from;
        return new PlanOutcome(
            span, isOver ? Halfway(member, from, until) : Grams(LinearForecast.AtPeriodEnd(
                use.OfElapsedMilligrams, use.Pace ?? (use.Elapsed.Ticks, (until - from).Ticks))),
            Grams(use.Milligrams)!.Value, isOver)
        {
            Made = [.. span.Lines.Select(line => MadeOf(state, member, line))],
        };
    }

    // As it was issued, and nothing that could be made up afterwards.
    private long? Halfway(string member, DateTimeOffset from, DateTimeOffset until) =>
        versions.PeriodAt(from) is var period && (period.Start, period.End) == (from, until)
            ? Grams(new BookReader(books.Database).ForecastFrom(
                versions.Newest.Id, member, period.Id,
                (from + ((until - from) / 2)).ToUnixTimeMilliseconds()))
            : null;

    private static long? MadeOf(FundState state, string member, PlannedLine line)
    {
        var reports = state.Activities.Values.Where(report => report.Member == member
            && (report.Product, report.Unit) == (line.Product, line.Unit)
            && report.FromMs >= line.FromMs && report.UntilMs <= line.UntilMs).ToList();
        return reports.Count == 0 ? null : reports.Sum(report => report.Quantity);
    }

    private static long? Grams(long? milligrams) => milligrams is { } known
        ? Core.Rounding.Quotient(known, MilligramsPerGram)
        : null;
}
