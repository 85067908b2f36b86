using System.Collections.Immutable;
using Monitoring.Core.Ledger;
using Monitoring.Wire;

namespace Monitoring.Core.Fund;

/// <summary>Which plans are taken, and what they say of a time.</summary>
public static class PlanRules
{
    public const int LinesMax = 500;

    private const int UnitLengthMax = 20;

    internal static Decision Submit(
        FundState state, FundCommand.SubmitPlan it, FundTerms terms, long nowMs)
    {
        if (!Identifier.IsValid(it.Member)
            || (terms.Planners is { } members && !members.Contains(it.Member)))
        {
            return Decision.Refuse(
                FundVerdict.NoSuchMember, $"'{it.Member}' is no party of the contract");
        }

        ImmutableArray<PlannedLine> lines =
        [
            .. it.Lines.Select(line => terms.PlanSpanOf?.Invoke(line.Span) is var (fromMs, untilMs)
                ? line with { FromMs = fromMs, UntilMs = untilMs }
                : line with { FromMs = 0, UntilMs = 0 }),
        ];
        var faults = FaultsOf(lines).Select(fault => fault.Problem).ToList();
        if (faults.Count > 0)
        {
            return Decision.Refuse(FundVerdict.PlanNotUsable, string.Join("; ", faults));
        }

        return Decision.Accept(new PlanSubmitted(
            it.Member, Newest(state, it.Member)?.Version + 1 ?? 1, nowMs, lines));
    }

    /// <summary>All that is wrong with the lines of one plan, by the number of the line.</summary>
    public static IEnumerable<(int Line, string Problem)> FaultsOf(
        ImmutableArray<PlannedLine> lines)
    {
        if (lines.Length is 0 or > LinesMax)
        {
            yield return (0, $"a plan has 1 to {LinesMax} lines, not {lines.Length}");
            yield break;
        }

        foreach (var (i, line) in lines.Index())
        {
            foreach (var problem in ProblemsOf(line))
            {
                yield return (i, $"line {i + 1}: {problem}");
            }
        }

        // Lines of one span are its products; spans that cut each other cannot be held against
        // what came.
        foreach (var (i, line) in lines.Index().Where(one => one.Item.UntilMs > 0))
        {
            var earlier = lines.Take(i).Where(other => other.UntilMs > line.FromMs
                && other.FromMs < line.UntilMs).ToList();
            if (earlier.FirstOrDefault(other => (other.FromMs, other.UntilMs)
                != (line.FromMs, line.UntilMs)) is { } cut)
            {
                yield return (i, $"line {i + 1}: '{line.Span}' cuts '{cut.Span}'");
            }
            else if (earlier.Exists(other => other.Product == line.Product))
            {
                yield return (i, $"line {i + 1}: {line.Product} has a line for '{line.Span}' "
                    + "already");
            }
        }
    }

    /// <summary>The plan of a member that holds; null where it never made one.</summary>
    public static PlanSubmitted? Newest(FundState state, string member) =>
        PlansOf(state, member).LastOrDefault();

    /// <summary>
    /// Every span that a member ever planned, in order, as the newest plan of before it says;
    /// where there is none, as the newest says.
    /// </summary>
    public static ImmutableArray<PlannedSpan> SpansOf(FundState state, string member)
    {
        var plans = PlansOf(state, member).ToList();
        return
        [
            .. plans.SelectMany(plan => plan.Lines).Select(line => (line.FromMs, line.UntilMs))
                .Distinct().OrderBy(span => span.FromMs).ThenBy(span => span.UntilMs)
                .Select(span => SpanOf(plans, span)).OfType<PlannedSpan>(),
        ];
    }

    /// <summary>What is planned to be emitted in a part of a time; milligrams.</summary>
    /// <returns>Null where the plan does not say it of the whole of that part.</returns>
    public static long? MilligramsIn(PlanSubmitted plan, long fromMs, long untilMs)
    {
        const int MilligramsPerGram = 1_000;
        var coveredMs = fromMs;
        var sum = 0m;
        foreach (var span in plan.Lines.GroupBy(line => (line.FromMs, line.UntilMs))
            .Where(span => span.Key.UntilMs > fromMs && span.Key.FromMs < untilMs)
            .OrderBy(span => span.Key.FromMs))
        {
            if (span.Key.FromMs > coveredMs)
            {
                return null;
            }

            var partMs = Math.Min(span.Key.UntilMs, untilMs) - Math.Max(span.Key.FromMs, fromMs);
            sum += span.Sum(line => (decimal)line.Grams) * MilligramsPerGram * partMs
                / (span.Key.UntilMs - span.Key.FromMs);
            coveredMs = span.Key.UntilMs;
        }

        return coveredMs >= untilMs ? (long)Rounding.ToDecimals(sum, 0) : null;
    }

    /// <summary>
    /// By how much plans missed what came: the sum of the misses in percent of the sum of what
    /// came. Null where nothing can be scored.
    /// </summary>
    public static decimal? ErrorPercent(IReadOnlyCollection<(long Planned, long Actual)> spans)
    {
        var actual = spans.Sum(span => (decimal)span.Actual);
        return actual == 0 ? null : Rounding.ToDecimals(
            spans.Sum(span => Math.Abs((decimal)span.Planned - span.Actual)) * 100 / actual, 1);
    }

    private static IEnumerable<PlanSubmitted> PlansOf(FundState state, string member) =>
        state.Plans.Values.Where(plan => plan.Member == member);

    private static PlannedSpan? SpanOf(
        List<PlanSubmitted> plans, (long FromMs, long UntilMs) of)
    {
        ImmutableArray<PlannedLine> In(PlanSubmitted plan) =>
            [.. plan.Lines.Where(line => (line.FromMs, line.UntilMs) == of)];
        var before = plans.FindLast(plan => plan.AtMs < of.FromMs);
        var (plan, isBefore) = before is not null && !In(before).IsEmpty
            ? (before, true)
            : (plans.FindLast(one => !In(one).IsEmpty), false);
        return plan is null ? null : In(plan) is var lines ? new PlannedSpan(
            lines[0].Span, of.FromMs, of.UntilMs, plan.Version, isBefore,
            lines.Sum(line => line.Grams), lines) : null;
    }

    private static IEnumerable<string> ProblemsOf(PlannedLine line)
    {
        if (line.UntilMs == 0)
        {
            yield return $"'{line.Span}' is no span; {Contracts.PlanSpan.Remedy}";
        }

        if (!Identifier.IsValid(line.Product))
        {
            yield return $"'{line.Product}' is no name of a product; use letters, digits and "
                + "hyphens";
        }

        if (line.Unit.Length is 0 or > UnitLengthMax)
        {
            yield return $"a unit has 1 to {UnitLengthMax} characters, such as MWh";
        }

        if (line.Quantity is < 0 or > LedgerRules.AmountMax
            || line.Grams is < 0 or > LedgerRules.AmountMax)
        {
            yield return "quantity and grams are not below 0; 0 stands for a standstill";
        }
    }
}
