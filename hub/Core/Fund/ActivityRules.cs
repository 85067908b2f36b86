using System.Collections.Immutable;
using Monitoring.Core.Contracts;
using Monitoring.Core.Ledger;
using Monitoring.Core.Settlement;
using Monitoring.Wire;

namespace Monitoring.Core.Fund;

/// <summary>What a report of activity in a period has to fit.</summary>
/// <param name="Unit">In which the contract counts what is made; empty: in any.</param>
/// <param name="MembersOf">Whose a source is in a span; nobody's where it is none.</param>
public sealed record ActivityTerms(
    long FromMs, long UntilMs, string Unit,
    Func<string, long, long, ImmutableArray<string>> MembersOf);

/// <summary>What members did in a period, as a settlement needs it.</summary>
/// <param name="Known">One of each member and span, in that order.</param>
/// <param name="Missing">Why it is not enough to settle by; empty where it is.</param>
public sealed record ReportedActivity(
    ImmutableArray<Activity> Known, ImmutableArray<MissingActivity> Missing);

/// <param name="Source">Of which something is missing.</param>
public sealed record MissingActivity(string Member, string Source, ActivityGap Gap);

/// <param name="IsWhole">Reports in one unit fill the span, and none goes beyond it.</param>
internal sealed record MadeInSpan(long Quantity, string Unit, bool IsWhole);

public enum ActivityGap
{
    /// <summary>It has masses in the period, of which no report tells what was made.</summary>
    NotReported,

    /// <summary>A member counts what it made in several units.</summary>
    UnitsDiffer,
}

/// <summary>Reports of what sources made: which are taken, and what follows from them.</summary>
public static class ActivityRules
{
    private const int UnitLengthMax = 20;

    internal static Decision Report(
        FundState state, FundCommand.ReportActivity it, FundTerms terms)
    {
        var asked = terms.ActivityIn?.Invoke(it.PeriodId);
        if (asked is null && (terms.ActivityIn is not null || !IsPeriod(it, terms.Allowances)))
        {
            return Decision.Refuse(FundVerdict.NoSuchPeriod);
        }

        if (!Identifier.IsValid(it.Source) || !Identifier.IsValid(it.Product)
            || it.Unit.Length is 0 or > UnitLengthMax)
        {
            return Decision.Refuse(FundVerdict.NameNotUsable);
        }

        if (it.Quantity is < 0 or > LedgerRules.AmountMax)
        {
            return Decision.Refuse(FundVerdict.AmountNotPositive);
        }

        var report = new ActivityReport(
            it.PeriodId, it.Source, it.Product, it.Quantity, it.Unit);
        return asked is null
            ? Decision.Accept(report)
            : Report(state, report with
            {
                FromMs = it.From?.ToUnixTimeMilliseconds() ?? asked.FromMs,
                UntilMs = it.Until?.ToUnixTimeMilliseconds() ?? asked.UntilMs,
            }, asked, terms);
    }

    private static Decision Report(
        FundState state, ActivityReport it, ActivityTerms asked, FundTerms terms)
    {
        if (asked.Unit.Length > 0 && asked.Unit != it.Unit)
        {
            return Decision.Refuse(
                FundVerdict.UnitDiffers, $"the contract counts in {asked.Unit}, not in {it.Unit}");
        }

        if (it.FromMs >= it.UntilMs || it.FromMs < asked.FromMs || it.UntilMs > asked.UntilMs)
        {
            return Decision.Refuse(
                FundVerdict.SpanNotUsable, $"it is not within {it.PeriodId}; 'from' is before "
                    + "'until', and both lie in the period");
        }

        // One that takes the place of another has its span too.
        if (ReportsOf(state, it.PeriodId).FirstOrDefault(other => other.Source == it.Source
            && other.FromMs < it.UntilMs && other.UntilMs > it.FromMs
            && (other.FromMs, other.UntilMs) != (it.FromMs, it.UntilMs)) is { } cut)
        {
            return Decision.Refuse(
                FundVerdict.SpanNotUsable, $"{it.Source} has a report from "
                    + $"{terms.Show(cut.FromMs!.Value)} to "
                    + $"{terms.Show(cut.UntilMs!.Value)} already; report that span again, "
                    + "or one beside it");
        }

        return asked.MembersOf(it.Source, it.FromMs!.Value, it.UntilMs!.Value) switch
        {
            [] => Decision.Refuse(
                FundVerdict.NoSuchSource, $"'{it.Source}' is no source of the cluster then"),
            [var member] => Decision.Accept(it with { Member = member }),
            var members => Decision.Refuse(
                FundVerdict.SpanNotUsable, $"'{it.Source}' was of {string.Join(" and ", members)} "
                    + "in that span; report what each made"),
        };
    }

    /// <summary>What each member did, of all its sources, and what of it is not known.</summary>
    /// <param name="facts">Of the period: where there is a mass, what was made must be told.
    /// </param>
    public static ReportedActivity In(
        FundState state, Contract contract, Period period, PeriodFacts facts)
    {
        var reports = ReportsOf(state, period.Id)
            .Where(report => contract.Parties.Any(party => party.Member == report.Member))
            .OrderBy(report => report.Member, StringComparer.Ordinal)
            .ThenBy(report => report.Source, StringComparer.Ordinal)
            .ThenBy(report => report.FromMs).ToList();
        var missing = ImmutableArray.CreateBuilder<MissingActivity>();
        foreach (var (member, source) in facts.Series
            .Select(series => (series.Member, series.Source)).Distinct())
        {
            var own = reports.Where(report => report.Member == member && report.Source == source);
            if (!IsWhole(own, facts, (member, source)))
            {
                missing.Add(new MissingActivity(member, source, ActivityGap.NotReported));
            }
        }

        var known = ImmutableArray.CreateBuilder<Activity>();
        foreach (var own in reports.GroupBy(report => report.Member!))
        {
            if (own.Select(report => report.Unit).Distinct().Count() > 1)
            {
                missing.Add(new MissingActivity(
                    own.Key, own.First().Source, ActivityGap.UnitsDiffer));
            }

            known.AddRange(Together([.. own.OrderBy(report => report.FromMs)]).Select(span =>
                new Activity(
                    own.Key, DateTimeOffset.FromUnixTimeMilliseconds(span.FromMs),
                    DateTimeOffset.FromUnixTimeMilliseconds(span.UntilMs), span.Quantity)));
        }

        return new ReportedActivity(known.ToImmutable(), missing.ToImmutable());
    }

    // Spans of several sources that cut each other count as one: no report can be taken back, so
    // none may stop the settlement for ever.
    private static List<(long FromMs, long UntilMs, long Quantity)> Together(
        IReadOnlyList<ActivityReport> reports)
    {
        var spans = new List<(long FromMs, long UntilMs, long Quantity)>();
        foreach (var report in reports)
        {
            var (fromMs, untilMs) = (report.FromMs!.Value, report.UntilMs!.Value);
            if (spans.Count > 0 && fromMs < spans[^1].UntilMs)
            {
                spans[^1] = (
                    spans[^1].FromMs, Math.Max(spans[^1].UntilMs, untilMs),
                    spans[^1].Quantity + report.Quantity);
            }
            else
            {
                spans.Add((fromMs, untilMs, report.Quantity));
            }
        }

        return spans;
    }

    /// <summary>
    /// What a source made in all of a period; null where nobody told, or told of several products.
    /// </summary>
    public static ActivityReport? MadeBy(FundState state, string periodId, string source)
    {
        var own = ReportsOf(state, periodId).Where(report => report.Source == source).ToList();

        // What an earlier release took says the whole period; what was said since holds.
        own = own.Exists(report => report.FromMs is not null)
            ? own.FindAll(report => report.FromMs is not null)
            : own;
        return own.Count > 0
            && own.TrueForAll(report =>
                (report.Product, report.Unit) == (own[0].Product, own[0].Unit))
            ? own[0] with { Quantity = own.Sum(report => report.Quantity) }
            : null;
    }

    /// <summary>
    /// What a source made in a span, by the reports that lie in it; null where none cuts it.
    /// </summary>
    internal static MadeInSpan? MadeIn(FundState state, string source, long fromMs, long untilMs)
    {
        List<ActivityReport> cut =
        [
            .. state.Activities.Values.Where(report => report.Source == source
                && report.FromMs < untilMs && report.UntilMs > fromMs),
        ];
        return cut.Count == 0 ? null : new MadeInSpan(
            cut.Sum(report => report.Quantity), cut[0].Unit,
            cut.TrueForAll(report => report.Unit == cut[0].Unit
                && report.FromMs >= fromMs && report.UntilMs <= untilMs)
            && cut.Sum(report => report.UntilMs - report.FromMs) == untilMs - fromMs);
    }

    public static IEnumerable<ActivityReport> ReportsOf(FundState state, string periodId) =>
        state.Activities.Values.Where(report => report.PeriodId == periodId);

    // The time from the first fact to the last lies in reports without a hole.
    private static bool IsWhole(
        IEnumerable<ActivityReport> reports, PeriodFacts facts,
        (string Member, string Source) of)
    {
        var own = facts.Series.Where(series => (series.Member, series.Source) == of).ToList();
        var atMs = own.Min(series => series.Facts[0].Start).ToUnixTimeMilliseconds();
        var endMs = own.Max(series => series.Facts[^1].End).ToUnixTimeMilliseconds();
        foreach (var report in reports)
        {
            atMs = report.FromMs <= atMs ? Math.Max(atMs, report.UntilMs!.Value) : atMs;
        }

        return atMs >= endMs;
    }

    private static bool IsPeriod(FundCommand.ReportActivity it, AllowanceTerms terms) =>
        it.PeriodId.StartsWith(terms.PeriodOf(""), StringComparison.Ordinal)
        && terms.VintageOf(it.PeriodId[terms.PeriodOf("").Length..]) is not null;
}
