using System.Collections.Immutable;
using Monitoring.Core.Averaging;

namespace Monitoring.Core.Compliance;

/// <summary>One average that there is, and what it is the average of.</summary>
public sealed record LevelValue(Window Window, decimal Value);

/// <summary>From best to worst.</summary>
public enum LimitVerdict
{
    /// <summary>Nothing to judge yet.</summary>
    NoValues,

    Kept,

    /// <summary>More values are above it than so far may be, not than the year may have.</summary>
    AtRisk,

    Broken,
}

/// <summary>One test of one limit, and how much of it is left.</summary>
/// <param name="Limit">mg/m3.</param>
/// <param name="Values">Averages that were held against it.</param>
/// <param name="Above">Those of them above it.</param>
/// <param name="AllowedSoFar">How many of these values may be above it.</param>
/// <param name="AllowedInSpan">
/// How many may be above it in the whole year, if all that is left of it gets a value; of a test
/// over any day, in the 24 hours up to the last value.
/// </param>
/// <param name="AboveInSpan">How many are, in the same span.</param>
public sealed record LimitResult(
    LimitTest Test, decimal Limit, LimitVerdict Verdict, int Values, int Above,
    int AllowedSoFar, int AllowedInSpan, int AboveInSpan)
{
    public decimal? Highest { get; init; }

    /// <summary>Values above it that may still come; below 0 where there are too many.</summary>
    public int Left => AllowedInSpan - AboveInSpan;

    /// <summary>The values above it, in order of time.</summary>
    public ImmutableArray<LevelValue> Exceedances { get; init; } = [];
}

/// <summary>Tests of which one has to be kept, or one test by itself.</summary>
public sealed record LimitGroup(
    string Pollutant, string Either, LimitVerdict Verdict, ImmutableArray<LimitResult> Tests);
