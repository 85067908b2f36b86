using Monitoring.Wire;

namespace Monitoring.Core.Forecast;

/// <summary>What a period will end at if it goes on at the rate it has had so far.</summary>
public static class LinearForecast
{
    /// <summary>Milligrams at the period's end; null where nothing is known of it yet.</summary>
    /// <param name="elapsed">The time that the used mass stands for.</param>
    public static long? AtPeriodEnd(long usedMilligrams, TimeSpan elapsed, TimeSpan period)
    {
        Invariant.That(period > TimeSpan.Zero && usedMilligrams >= 0);
        return elapsed <= TimeSpan.Zero ? null
            : elapsed >= period ? usedMilligrams
            : Rounding.Quotient((Int128)usedMilligrams * period.Ticks, elapsed.Ticks);
    }
}
