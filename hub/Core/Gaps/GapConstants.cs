namespace Monitoring.Core.Gaps;

/// <summary>The numbers of the rules that fill missing hours.</summary>
public static class GapConstants
{
    private const string Tables = "40 CFR 75.33";
    private const string Gates = "40 CFR 75.33, the agency's check engine";
    private const string Mrr = "(EU) 2018/2066 Article 45";
    private const string Hj75 = "HJ 75-2017";

    public static readonly Constant High = new("first gate of availability", 95, "%", Gates);
    public static readonly Constant Middle = new("second gate of availability", 90, "%", Gates);
    public static readonly Constant Low = new("third gate of availability", 80, "%", Gates);

    public static readonly Constant LongGapHigh = new(
        "long gap above the first gate", 24, "h", Tables, false);

    public static readonly Constant LongGapMiddle = new(
        "long gap above the second gate", 8, "h", Tables, false);

    public static readonly Constant PercentileHigh = new(
        "percentile of a long gap above the first gate", 90, "%", Tables, false);

    public static readonly Constant PercentileMiddle = new(
        "percentile of a long gap above the second gate", 95, "%", Tables, false);

    public static readonly Constant LookbackHourly = new(
        "hours that SO2 and CO2 look back", 720, "h", Tables, false);

    public static readonly Constant LookbackByLoad = new(
        "hours that NOx and flow look back", 2_160, "h", Tables, false);

    public static readonly Constant OperatingHours = new(
        "hours of operation of an availability", 8_760, "h", "40 CFR 75.32", false);

    public static readonly Constant ClockHours = new(
        "hours that are looked back at most", 26_280, "h", "40 CFR 75.32 of 2003");

    public static readonly Constant Sigmas = new("deviations added to the mean", 2, "", Mrr, false);

    public static readonly Constant CaptureHigh = new(
        "capture of the quarter, first gate", 90, "%", Hj75, false);

    public static readonly Constant CaptureLow = new(
        "capture of the quarter, last gate", 75, "%", Hj75, false);

    public static readonly Constant ChineseLongGap = new("long gap", 24, "h", Hj75, false);

    public static readonly Constant ChineseShort = new(
        "hours of a short gap's lookback", 180, "h", Hj75, false);

    public static readonly Constant ChineseLong = new(
        "hours of a long gap's lookback", 720, "h", Hj75, false);

    public static readonly Constant ChineseMost = new(
        "hours of the lookback below the first gate", 2_160, "h", Hj75, false);
}
