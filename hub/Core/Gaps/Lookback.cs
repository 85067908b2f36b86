using System.Collections.Immutable;
using Monitoring.Wire;

namespace Monitoring.Core.Gaps;

/// <summary>The values of quality-assured hours before a gap, as many as a rule looks back.
/// </summary>
public static class Lookback
{
    /// <summary>The mean; null for no values.</summary>
    public static decimal? Mean(ImmutableArray<decimal> values) =>
        values.IsEmpty ? null : values.Sum() / values.Length;

    /// <summary>
    /// The value that a share of them does not exceed: the one of rank ceiling(share n). Null for
    /// no values. The way of counting ranks is from memory (unverified constant).
    /// </summary>
    /// <param name="percent">Above 0, at most 100.</param>
    public static decimal? Percentile(ImmutableArray<decimal> values, int percent)
    {
        Invariant.That(percent is > 0 and <= 100);
        if (values.IsEmpty)
        {
            return null;
        }

        var rank = (values.Length * percent + 99) / 100;
        return values.Sort()[rank - 1];
    }
}
