using static Monitoring.Core.Quality.En14181;

namespace Monitoring.Core.Quality;

/// <summary>What a control chart says after a reading of zero or span gas.</summary>
public enum ChartSignal
{
    None,
    Warning,

    /// <summary>The readings scatter more than the instrument should.</summary>
    Imprecise,

    /// <summary>The instrument drifted: adjust it, or correct by the amount the chart gives.
    /// </summary>
    Drift,
}

/// <summary>
/// The CUSUM chart of EN 14181 annex, of zero and span apart. Its constants are those in the
/// manual of the ABB EL3000; the correction is from memory (unverified constant).
/// </summary>
/// <param name="Precision">The sum for scatter; the first reading has none before it.</param>
/// <param name="Above">The sum for drift upwards.</param>
/// <param name="Below">The sum for drift downwards.</param>
/// <param name="AboveCount">Readings since the sum was last 0.</param>
public sealed record CusumChart(
    decimal? Last, decimal Precision, decimal Above, decimal Below, int AboveCount,
    int BelowCount)
{
    public static readonly CusumChart Start = new(null, 0, 0, 0, 0, 0);

    /// <param name="difference">Reading less reference.</param>
    /// <param name="deviation">s_AMS at that level; above 0.</param>
    public CusumChart Add(decimal difference, decimal deviation)
    {
        var slack = CusumDriftSlack.Value * deviation;
        var above = Math.Max(0, Above + difference - slack);
        var below = Math.Max(0, Below - difference - slack);
        var step = difference - Last;
        return new CusumChart(
            difference,
            step is { } change
                ? Math.Max(
                    0,
                    Precision + change * change / 2
                        - CusumPrecisionSlack.Value * deviation * deviation)
                : Precision,
            above, below,
            above > 0 ? AboveCount + 1 : 0, below > 0 ? BelowCount + 1 : 0);
    }

    public ChartSignal Signal(decimal deviation) =>
        Precision > CusumPrecisionLimit.Value * deviation * deviation ? ChartSignal.Imprecise
            : Above > CusumDriftLimit.Value * deviation || Below > CusumDriftLimit.Value * deviation
                ? ChartSignal.Drift
                : ChartSignal.None;

    /// <summary>
    /// What to take off the readings after a drift; 0 without one. Where readings went far both
    /// ways the larger sum tells.
    /// </summary>
    public decimal Correction(decimal deviation)
    {
        var (limit, slack) = (CusumDriftLimit.Value * deviation, CusumDriftSlack.Value * deviation);
        return Above > limit && Above > Below ? CusumCorrection.Value * (slack + Above / AboveCount)
            : Below > limit && Below > Above ? -CusumCorrection.Value * (slack + Below / BelowCount)
            : 0;
    }
}

/// <summary>The Shewhart chart: each reading for itself. From memory (unverified constants).
/// </summary>
public static class ShewhartChart
{
    public static ChartSignal Signal(decimal difference, decimal deviation) =>
        Math.Abs(difference) > ShewhartAction.Value * deviation ? ChartSignal.Drift
            : Math.Abs(difference) > ShewhartWarning.Value * deviation ? ChartSignal.Warning
            : ChartSignal.None;
}

/// <summary>
/// The EWMA chart, z = lambda x + (1 - lambda) z: small drifts show in a mean that forgets. From
/// memory (unverified constants).
/// </summary>
public sealed record EwmaChart(decimal Mean, decimal Forgotten)
{
    public static readonly EwmaChart Start = new(0, 1);

    private static decimal Lambda => EwmaWeight.Value;

    public EwmaChart Add(decimal difference) => new(
        Lambda * difference + (1 - Lambda) * Mean, Forgotten * (1 - Lambda) * (1 - Lambda));

    /// <summary>The limit widens with the number of readings to its full width.</summary>
    public decimal Limit(decimal deviation) => EwmaLimit.Value * deviation
        * SquareRoot.Of(Lambda / (2 - Lambda) * (1 - Forgotten));

    public ChartSignal Signal(decimal deviation) =>
        Math.Abs(Mean) > Limit(deviation) ? ChartSignal.Drift : ChartSignal.None;
}
