using System.Collections.Immutable;

namespace Monitoring.Core.Quality;

/// <summary>
/// The numbers of EN 14181. All but those of CUSUM are from memory: unverified until somebody
/// holds them against the text.
/// </summary>
public static class En14181
{
    private const string Standard = "EN 14181";
    private const string Manual = "EN 14181, as the manual of the ABB EL3000 prints it";

    public static readonly Constant PairsMin = Remembered("least pairs of QAL2", 15, "");
    public static readonly Constant DaysMin = Remembered("least days of QAL2", 3, "d");
    public static readonly Constant DaysMax = Remembered("most days of QAL2", 28, "d");

    public static readonly Constant LowShare = Remembered(
        "least reference value of method B, of the limit value", 0.15m, "");

    public static readonly Constant RangeOverMost = Remembered(
        "calibration range, of the highest value", 1.1m, "");

    public static readonly Constant RangeShareMin = Remembered(
        "calibration range, least, of the limit value", 0.2m, "");

    public static readonly Constant ConfidenceDeviations = Remembered(
        "deviations of a confidence interval of 95 %", 1.96m, "");

    public static readonly Constant SurveillancePairsMin = Remembered(
        "least pairs of AST", 5, "");

    public static readonly Constant SurveillanceAllowance = Remembered(
        "allowance of AST for the deviation", 1.5m, "");

    public static readonly Constant WeekPercent = Remembered(
        "values outside the range that make a week count", 5, "%");

    public static readonly Constant WeeksMax = Remembered(
        "such weeks before a new QAL2 is due", 5, "");

    public static readonly Constant OncePercent = Remembered(
        "values outside the range in one week that make a QAL2 due", 40, "%");

    public static readonly Constant CusumPrecisionLimit = Printed("h_s of CUSUM", 6.90m, "s2");
    public static readonly Constant CusumPrecisionSlack = Printed("k_s of CUSUM", 1.85m, "s2");
    public static readonly Constant CusumDriftLimit = Printed("h_x of CUSUM", 2.85m, "s");
    public static readonly Constant CusumDriftSlack = Printed("k_x of CUSUM", 0.501m, "s");

    public static readonly Constant CusumCorrection = Remembered(
        "share of a drift that CUSUM takes off", 0.7m, "");

    public static readonly Constant ShewhartWarning = Remembered("warning of Shewhart", 2, "s");
    public static readonly Constant ShewhartAction = Remembered("action of Shewhart", 3, "s");
    public static readonly Constant EwmaWeight = Remembered("lambda of EWMA", 0.2m, "");
    public static readonly Constant EwmaLimit = Remembered("limit of EWMA", 3, "s");

    /// <summary>What the weekly look at the range of a calibration rests on.</summary>
    public static ImmutableArray<Constant> OfRange =>
        [RangeOverMost, RangeShareMin, WeekPercent, WeeksMax, OncePercent];

    /// <summary>What the charts of QAL3 rest on.</summary>
    public static ImmutableArray<Constant> OfCharts =>
    [
        CusumPrecisionLimit, CusumPrecisionSlack, CusumDriftLimit, CusumDriftSlack,
        CusumCorrection, ShewhartWarning, ShewhartAction, EwmaWeight, EwmaLimit,
    ];

    private static Constant Remembered(string name, decimal value, string unit) =>
        new(name, value, unit, Standard, false);

    private static Constant Printed(string name, decimal value, string unit) =>
        new(name, value, unit, Manual);
}
