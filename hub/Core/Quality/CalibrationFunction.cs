using System.Collections.Immutable;

namespace Monitoring.Core.Quality;

/// <summary>
/// y = a + b x: what an instrument's averaged raw signal means, as a QAL2 found it. A function
/// never changes; the next one is a new version from its own day on.
/// </summary>
/// <param name="ValidFromMs">UTC milliseconds.</param>
/// <param name="RangeMax">
/// Up to here, in standardised values, it is proved; 0 is the other end.
/// </param>
/// <param name="ReportId">The laboratory's report.</param>
public sealed record CalibrationFunction(
    decimal Intercept, decimal Slope, long ValidFromMs, decimal RangeMax, string ReportId)
{
    public decimal Apply(decimal raw) => Intercept + Slope * raw;

    /// <summary>The version that is valid at a time; null before the first.</summary>
    public static CalibrationFunction? At(
        ImmutableArray<CalibrationFunction> versions, long timeMs) =>
        versions.Where(one => one.ValidFromMs <= timeMs).MaxBy(one => one.ValidFromMs);
}
