using System.Collections.Immutable;

namespace Monitoring.Core.Exports;

/// <summary>A year's release to air in the European register (E-PRTR).</summary>
/// <param name="ReportedGrams">
/// To three significant digits; null where the threshold is not exceeded.
/// </param>
/// <param name="AccidentalGrams">The part that accidents released, rounded the same way.</param>
public sealed record Release(
    string Pollutant, decimal Grams, Constant Threshold, decimal? ReportedGrams,
    decimal AccidentalGrams)
{
    public bool IsReported => ReportedGrams is not null;
}

/// <summary>
/// Which releases a facility reports, and with how many digits. The thresholds of Annex II of
/// Regulation 166/2006 are from memory: each is an unverified constant.
/// </summary>
public static class ReleaseReport
{
    private const decimal GramsPerTonne = 1e6m;
    private const decimal GramsPerKilogram = 1e3m;

    private static readonly ImmutableDictionary<string, Constant> Thresholds =
        new (string Pollutant, decimal Grams)[]
        {
            ("co2", 100_000 * GramsPerTonne), ("ch4", 100 * GramsPerTonne),
            ("n2o", 10 * GramsPerTonne), ("co", 500 * GramsPerTonne),
            ("nox", 100 * GramsPerTonne), ("so2", 150 * GramsPerTonne),
            ("nmvoc", 100 * GramsPerTonne), ("nh3", 10 * GramsPerTonne),
            ("pm10", 50 * GramsPerTonne), ("hcl", 10 * GramsPerTonne),
            ("hf", 5 * GramsPerTonne), ("hg", 10 * GramsPerKilogram),
            ("cd", 10 * GramsPerKilogram), ("as", 20 * GramsPerKilogram),
            ("ni", 50 * GramsPerKilogram), ("pb", 200 * GramsPerKilogram), ("pcdd-f", 0.1m),
        }.ToImmutableDictionary(row => row.Pollutant, row => new Constant(
            $"E-PRTR threshold of {row.Pollutant}", row.Grams, "g/a",
            "Regulation 166/2006, Annex II", false));

    public static IEnumerable<Constant> AllThresholds => Thresholds.Values;

    /// <summary>Null for a pollutant without a threshold here.</summary>
    public static Constant? ThresholdOf(string pollutant) =>
        Thresholds.TryGetValue(pollutant, out var threshold) ? threshold : null;

    /// <param name="grams">Of the whole year, accidents among them.</param>
    /// <returns>Null for a pollutant without a threshold here.</returns>
    public static Release? Of(string pollutant, decimal grams, decimal accidentalGrams) =>
        ThresholdOf(pollutant) is { } threshold
            ? new Release(
                pollutant, grams, threshold,
                grams > threshold.Value ? Significant(grams) : null, Significant(accidentalGrams))
            : null;

    /// <summary>To three significant digits, halves away from zero.</summary>
    public static decimal Significant(decimal value)
    {
        if (value == 0)
        {
            return 0;
        }

        var step = 1m;
        const decimal Most = 1_000;
        while (Math.Abs(value) / step >= Most)
        {
            step *= 10;
        }

        while (Math.Abs(value) / step < Most / 10 && step > 1e-20m)
        {
            step /= 10;
        }

        return Rounding.ToDecimals(value / step, 0) * step;
    }
}
