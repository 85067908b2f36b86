using Monitoring.Wire;

namespace Monitoring.Core.Forecast;

/// <summary>What a period will end at if it goes on at the rate it has had so far.</summary>
public static class LinearForecast
{
    /// <summary>Milligrams at the period's end; null where nothing is known of it yet.</summary>
    /// <param name="elapsed">The time that the used mass stands for.</param>
    public static long? AtPeriodEnd(long usedMilligrams, TimeSpan elapsed, TimeSpan period)
    {
        Invariant.That(period > TimeSpan.Zero);
        return AtPeriodEnd(usedMilligrams, (elapsed.Ticks, period.Ticks));
    }

    /// <param name="pace">
    /// What of the period is done, and the whole of it, in any one unit: time, or planned work.
    /// </param>
    public static long? AtPeriodEnd(long usedMilligrams, (long Done, long Whole) pace)
    {
        Invariant.That(usedMilligrams >= 0);
        return pace.Done <= 0 ? null
            : pace.Done >= pace.Whole ? usedMilligrams
            : Rounding.Quotient((Int128)usedMilligrams * pace.Whole, pace.Done);
    }
}
