using System.Collections.Immutable;

namespace Monitoring.Core.Quality;

/// <summary>
/// y = a + b x: what an instrument's averaged raw signal means, as a QAL2 found it. A function
/// never changes; the next one is a new version from its own instant on.
/// </summary>
/// <param name="From">The first instant it holds for, until the next one.</param>
/// <param name="Unit">Of y.</param>
/// <param name="RangeMax">
/// Up to here, in standardised values, it is proved, from 0; null: not stated.
/// </param>
/// <param name="Document">The report that it is from.</param>
public sealed record CalibrationFunction(
    DateTimeOffset From, decimal A, decimal B, string Unit, decimal? RangeMax, string Document)
{
    /// <summary>The first instant it holds for no more, whatever follows; null: open.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>How it was found; null: not stated.</summary>
    public Qal2Method? Method { get; init; }

    public decimal Apply(decimal raw) => A + B * raw;

    /// <summary>The version that holds at an instant; null before the first, or after its end.
    /// </summary>
    /// <param name="versions">In order of time.</param>
    public static CalibrationFunction? At(
        ImmutableArray<CalibrationFunction> versions, DateTimeOffset instant) =>
        versions.LastOrDefault(one => one.From <= instant) is { } last
        && (last.Until is not { } until || instant < until)
            ? last
            : null;
}
