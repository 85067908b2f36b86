using System.Collections.Immutable;
using Monitoring.Core.Ledger;

namespace Monitoring.Core.Fund;

/// <summary>What a member means to make, and to emit by that, in a span.</summary>
/// <param name="Span">As it was written; see <see cref="Contracts.PlanSpan"/>.</param>
/// <param name="Quantity">Of the product, whole units.</param>
/// <param name="Grams">To be emitted, as the contract counts pollutants.</param>
public sealed record PlannedLine(
    string Span, string Product, long Quantity, string Unit, long Grams)
{
    /// <summary>UTC milliseconds.</summary>
    public long FromMs { get; init; }

    /// <summary>The first instant after it.</summary>
    public long UntilMs { get; init; }
}

/// <summary>
/// An indicative plan as a member submitted it. It binds nobody; it is kept for ever, so that
/// what came can be held against what was said before.
/// </summary>
/// <param name="Version">1, and one more with each.</param>
public sealed record PlanSubmitted(
    string Member, int Version, long AtMs, ImmutableArray<PlannedLine> Lines) : BookEvent
{
    /// <summary>Plans are in the order of members and versions.</summary>
    public string Key => $"{Member}/{Version:D9}";
}

/// <summary>A span of a member's plans, with what was planned for it.</summary>
/// <param name="Version">Of the plan that these numbers are of.</param>
/// <param name="IsMadeBefore">It was submitted before the span began, so it can be scored.</param>
public sealed record PlannedSpan(
    string Span, long FromMs, long UntilMs, int Version, bool IsMadeBefore, long Grams,
    ImmutableArray<PlannedLine> Lines);
