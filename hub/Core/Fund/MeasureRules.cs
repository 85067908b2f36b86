using System.Globalization;

namespace Monitoring.Core.Fund;

/// <summary>What of the hub's facts is asked: those that begin and end in a span.</summary>
public sealed record FactSpan(string Source, string Pollutant, long FromMs, long UntilMs);

/// <summary>
/// What the newest facts of a source and pollutant say of a span. They are in the public log, so
/// that anybody can find the same.
/// </summary>
/// <param name="MeasuredMs">The time of those that were measured.</param>
/// <param name="FilledMs">Of those that were substituted or entered by a person.</param>
/// <param name="FactsSha256">Of their ids in order of time, each with a line feed behind.</param>
public sealed record SpanFacts(
    long FromMs, long UntilMs, long Milligrams, long MeasuredMs, long FilledMs, long Facts,
    string FactsSha256);

/// <summary>Out of what the abatement of a project was worked out.</summary>
/// <param name="Unit">Of the activity; null where nobody reported what was made, and the time of
/// the facts stands for it, in milliseconds.</param>
public sealed record AbatementProof(
    string Pollutant, SpanFacts Before, SpanFacts After, string? Unit);

/// <summary>Measures what a project spared, by the sensors that measured the harm.</summary>
internal static class MeasureRules
{
    /// <summary>A span is measured for at least so much of its time.</summary>
    public static readonly Constant LeastMeasured = new(
        "least measured part of a span of abatement", 90m, "%",
        "our choice: no text says how much of a span has to be measured");

    private const long MilligramsPerGram = 1_000;
    private const int PercentWhole = 100;

    public static Decision Measure(
        FundState state, Project project, FundCommand.Measure it, FundTerms terms, long nowMs)
    {
        if (SpanFault(project, it, terms.Show, nowMs) is { } refused)
        {
            return refused;
        }

        if (terms.FactsIn is not { } factsIn)
        {
            return Decision.Refuse(FundVerdict.NoFacts, "these books have no facts beside them");
        }

        var pollutant = state.Programmes[project.Programme].Pollutant;
        SpanFacts Of(AskedSpan span) => factsIn(new FactSpan(
            project.Source, pollutant, span.From.ToUnixTimeMilliseconds(),
            span.Until.ToUnixTimeMilliseconds()));
        var (before, after) = (Of(it.Before), Of(it.After));
        return HoleIn(before, "before", project.Source, pollutant)
            ?? HoleIn(after, "after", project.Source, pollutant)
            ?? Compare(state, project, new AbatementProof(pollutant, before, after, null));
    }

    /// <summary>
    /// Masses that a person enters are taken where the facts of both times are not there.
    /// </summary>
    public static Decision? TypedFault(
        FundState state, Project project, FundTerms terms, long nowMs) =>
        terms.FactsIn is { } factsIn
            && project is { CommittedMs: { } committedMs, CompletedMs: { } completedMs }
            && state.Programmes[project.Programme].Pollutant is var pollutant
            && factsIn(new FactSpan(project.Source, pollutant, 0, committedMs)).Facts > 0
            && factsIn(new FactSpan(project.Source, pollutant, completedMs, nowMs)).Facts > 0
            ? Decision.Refuse(
                FundVerdict.HasFacts,
                $"the hub has masses of {pollutant} of {project.Source} from before and after; "
                    + "ask 'measure' with two spans")
            : null;

    private static Decision? SpanFault(
        Project project, FundCommand.Measure it, Func<long, string> show, long nowMs)
    {
        var (before, after) = (it.Before, it.After);
        if (project is not { CommittedMs: { } committedMs, CompletedMs: { } completedMs })
        {
            return Decision.Refuse(
                FundVerdict.SpanNotUsable,
                $"an earlier release did not keep when {project.Id} was promised and completed; "
                    + "enter its masses with 'verify', as an estimate");
        }

        return before.From >= before.Until || after.From >= after.Until
            ? Decision.Refuse(FundVerdict.SpanNotUsable, "'from' is before 'until' in each span")
            : before.Until.ToUnixTimeMilliseconds() > committedMs
                ? Decision.Refuse(
                    FundVerdict.SpanNotUsable, "the span before ends at the latest when the "
                        + $"project was promised its money, {show(committedMs)}")
            : after.From.ToUnixTimeMilliseconds() < completedMs
                ? Decision.Refuse(
                    FundVerdict.SpanNotUsable, "the span after begins at the earliest when the "
                        + $"project was completed, {show(completedMs)}")
            : after.Until.ToUnixTimeMilliseconds() > nowMs
                ? Decision.NotYet(FundVerdict.TooEarly, "the span after is not over")
            : null;
    }

    private static Decision? HoleIn(
        SpanFacts span, string name, string source, string pollutant)
    {
        var lengthMs = span.UntilMs - span.FromMs;
        var percent = (long)((Int128)span.MeasuredMs * PercentWhole / lengthMs);
        return span.Facts == 0
            ? Decision.Refuse(
                FundVerdict.NoFacts, $"there is no mass of {pollutant} of {source} in the span "
                    + name)
            : percent < LeastMeasured.Whole
                ? Decision.Refuse(
                    FundVerdict.HolesInFacts,
                    $"{percent} % of the span {name} was measured, and {LeastMeasured.Whole} % is "
                        + $"the least; {Hours(span.FilledMs)} h of it were filled in")
            : null;
    }

    private static Decision Compare(FundState state, Project project, AbatementProof proof)
    {
        var (before, after) = (
            ActivityRules.MadeIn(state, project.Source, proof.Before.FromMs, proof.Before.UntilMs),
            ActivityRules.MadeIn(state, project.Source, proof.After.FromMs, proof.After.UntilMs));
        if (before is null && after is null)
        {
            return Accept(project, proof, Known(proof.Before), Known(proof.After));
        }

        if (before is not { IsWhole: true } || after is not { IsWhole: true }
            || before.Unit != after.Unit)
        {
            return Decision.Refuse(
                FundVerdict.ActivityIncomplete,
                $"what {project.Source} made is reported for a part of the spans only, or in "
                    + "several units; report the rest ('report_activity'), or take spans of whole "
                    + "reports");
        }

        return before.Quantity <= 0 || after.Quantity <= 0
            ? Decision.Refuse(FundVerdict.ActivityNotPositive)
            : Accept(
                project, proof with { Unit = before.Unit }, before.Quantity, after.Quantity);
    }

    // All facts of a span are in its mass, so all of their time is too.
    private static long Known(SpanFacts span) => span.MeasuredMs + span.FilledMs;

    private static Decision Accept(
        Project project, AbatementProof proof, long beforeActivity, long afterActivity) =>
        Decision.Accept(project with
        {
            State = ProjectState.Verified,
            Abatement = new Abatement(
                Rounding.Quotient(proof.Before.Milligrams, MilligramsPerGram),
                Rounding.Quotient(proof.After.Milligrams, MilligramsPerGram),
                beforeActivity, afterActivity)
            {
                Proof = proof,
            },
        });

    internal static string Hours(long ms) =>
        (ms / 3_600_000m).ToString("0.##", CultureInfo.InvariantCulture);
}
