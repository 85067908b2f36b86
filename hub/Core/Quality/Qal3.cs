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
    private const decimal PrecisionLimit = 6.90m;
    private const decimal PrecisionSlack = 1.85m;
    private const decimal DriftLimit = 2.85m;
    private const decimal DriftSlack = 0.501m;
    private const decimal CorrectionShare = 0.7m;

    public static readonly CusumChart Start = new(null, 0, 0, 0, 0, 0);

    /// <param name="difference">Reading less reference.</param>
    /// <param name="deviation">s_AMS at that level; above 0.</param>
    public CusumChart Add(decimal difference, decimal deviation)
    {
        var slack = DriftSlack * deviation;
        var above = Math.Max(0, Above + difference - slack);
        var below = Math.Max(0, Below - difference - slack);
        var step = difference - Last;
        return new CusumChart(
            difference,
            step is { } change
                ? Math.Max(
                    0, Precision + change * change / 2 - PrecisionSlack * deviation * deviation)
                : Precision,
            above, below,
            above > 0 ? AboveCount + 1 : 0, below > 0 ? BelowCount + 1 : 0);
    }

    public ChartSignal Signal(decimal deviation) =>
        Precision > PrecisionLimit * deviation * deviation ? ChartSignal.Imprecise
            : Above > DriftLimit * deviation || Below > DriftLimit * deviation
                ? ChartSignal.Drift
                : ChartSignal.None;

    /// <summary>
    /// What to take off the readings after a drift; 0 without one. Where readings went far both
    /// ways the larger sum tells.
    /// </summary>
    public decimal Correction(decimal deviation)
    {
        var (limit, slack) = (DriftLimit * deviation, DriftSlack * deviation);
        return Above > limit && Above > Below ? CorrectionShare * (slack + Above / AboveCount)
            : Below > limit && Below > Above ? -CorrectionShare * (slack + Below / BelowCount)
            : 0;
    }
}

/// <summary>The Shewhart chart: each reading for itself. From memory (unverified constants).
/// </summary>
public static class ShewhartChart
{
    private const decimal WarningDeviations = 2;
    private const decimal ActionDeviations = 3;

    public static ChartSignal Signal(decimal difference, decimal deviation) =>
        Math.Abs(difference) > ActionDeviations * deviation ? ChartSignal.Drift
            : Math.Abs(difference) > WarningDeviations * deviation ? ChartSignal.Warning
            : ChartSignal.None;
}

/// <summary>
/// The EWMA chart, z = lambda x + (1 - lambda) z: small drifts show in a mean that forgets. From
/// memory (unverified constants).
/// </summary>
public sealed record EwmaChart(decimal Mean, decimal Forgotten)
{
    public const decimal Lambda = 0.2m;
    private const decimal LimitDeviations = 3;

    public static readonly EwmaChart Start = new(0, 1);

    public EwmaChart Add(decimal difference) => new(
        Lambda * difference + (1 - Lambda) * Mean, Forgotten * (1 - Lambda) * (1 - Lambda));

    /// <summary>The limit widens with the number of readings to its full width.</summary>
    public decimal Limit(decimal deviation) => LimitDeviations * deviation
        * SquareRoot.Of(Lambda / (2 - Lambda) * (1 - Forgotten));

    public ChartSignal Signal(decimal deviation) =>
        Math.Abs(Mean) > Limit(deviation) ? ChartSignal.Drift : ChartSignal.None;
}
