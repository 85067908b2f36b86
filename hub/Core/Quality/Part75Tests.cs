namespace Monitoring.Core.Quality;

/// <summary>
/// The numbers by which tests of 40 CFR Part 75 pass, as the agency's check engine states them;
/// what is from memory is marked.
/// </summary>
public static class Part75Tests
{
    private const string Appendix = "40 CFR 75 Appendix A";
    private const string Calibrations = $"{Appendix} 3.1, checks SEVNDAY-15 and -16";
    private const string Linearities = $"{Appendix} 3.2, check LINEAR-26";
    private const string Audits = "check RATA-37";
    private const string LowEmitters = "check RATA-39";
    private const string FlowLoads = "40 CFR 75 Appendix B 2.2.5";

    public static readonly Constant CalibrationOxides = new(
        "calibration error of SO2 and NOx, of the span", 2.5m, "%", Calibrations);

    public static readonly Constant CalibrationOxidesDifference = new(
        "calibration error of SO2 and NOx, small span", 5, "ppm", Calibrations);

    public static readonly Constant CalibrationOxidesSpan = new(
        "span of SO2 and NOx that is not small", 200, "ppm", Calibrations);

    public static readonly Constant CalibrationDiluent = new(
        "calibration error of CO2 and O2", 0.5m, "%", Calibrations);

    public static readonly Constant CalibrationMercury = new(
        "calibration error of mercury, of the span", 5, "%", Calibrations);

    public static readonly Constant CalibrationMercuryDifference = new(
        "calibration error of mercury, small span", 1, "ug/m3", Calibrations);

    public static readonly Constant CalibrationMercurySpan = new(
        "largest small span of mercury", 10, "ug/m3", Calibrations);

    public static readonly Constant CalibrationFlow = new(
        "calibration error of flow, of the span", 3, "%", Calibrations);

    public static readonly Constant CalibrationPressure = new(
        "calibration error of a flow by pressure", 0.01m, "[in_i'H2O]", Calibrations);

    public static readonly Constant DailyFactor = new(
        "out of control by a daily calibration, times its limit", 2, "",
        "40 CFR 75 Appendix B 2.1.4", false);

    public static readonly Constant LinearityPercent = new(
        "linearity error, of the reference", 5, "%", Linearities);

    public static readonly Constant LinearityOxidesDifference = new(
        "linearity error of SO2 and NOx", 5, "ppm", Linearities);

    public static readonly Constant LinearityDiluentDifference = new(
        "linearity error of CO2 and O2", 0.5m, "%", Linearities);

    public static readonly Constant LinearityMercury = new(
        "linearity error of mercury, of the reference", 10, "%", Linearities);

    public static readonly Constant LinearityMercuryDifference = new(
        "linearity error of mercury", 0.8m, "ug/m3", Linearities);

    public static readonly Constant LinearityLevels = new(
        "levels of linearity", 3, "", Appendix + " 6.2", false);

    public static readonly Constant CycleTimeMax = new(
        "cycle time", 15, "min", Appendix + " 3.5, the agency's checks of cycle time");

    public static readonly Constant LowConcentration = new(
        "low concentration of a RATA", 250, "ppm", Audits);

    public static readonly Constant ConcentrationYear = new(
        "difference of a low concentration for four quarters, first", 8, "ppm", Audits);

    public static readonly Constant ConcentrationYearMore = new(
        "difference of a low concentration for four quarters, second", 12, "ppm", Audits);

    public static readonly Constant ConcentrationHalfYear = new(
        "difference of a low concentration for two quarters", 15, "ppm", Audits);

    public static readonly Constant LowNitrogenRate = new(
        "low NOx rate of a RATA", 0.20m, "lb/mmBtu", Audits);

    public static readonly Constant NitrogenRateYear = new(
        "difference of a low NOx rate for four quarters, first", 0.01m, "lb/mmBtu", Audits);

    public static readonly Constant NitrogenRateYearMore = new(
        "difference of a low NOx rate for four quarters, second", 0.015m, "lb/mmBtu", Audits);

    public static readonly Constant NitrogenRateHalfYear = new(
        "difference of a low NOx rate for two quarters", 0.020m, "lb/mmBtu", Audits);

    public static readonly Constant LowSulphurRate = new(
        "low SO2 rate of a RATA", 0.50m, "lb/mmBtu", Audits);

    public static readonly Constant SulphurRateYear = new(
        "difference of a low SO2 rate for four quarters", 0.016m, "lb/mmBtu", Audits);

    public static readonly Constant SulphurRateHalfYear = new(
        "difference of a low SO2 rate for two quarters", 0.03m, "lb/mmBtu", Audits);

    public static readonly Constant DiluentYear = new(
        "difference of CO2 or O2 for four quarters", 0.7m, "%", Audits);

    public static readonly Constant DiluentHalfYear = new(
        "difference of CO2 or O2 for two quarters", 1, "%", Audits);

    public static readonly Constant MoistureYear = new(
        "difference of moisture for four quarters", 1, "%", Audits);

    public static readonly Constant MoistureHalfYear = new(
        "difference of moisture for two quarters", 1.5m, "%", Audits);

    public static readonly Constant LowEmitterConcentration = new(
        "most mean reference of a low emitter, concentration", 250, "ppm", LowEmitters);

    public static readonly Constant LowEmitterRate = new(
        "most mean reference of a low emitter, rate", 0.20m, "lb/mmBtu", LowEmitters);

    public static readonly Constant FlowLoadDifference = new(
        "mean difference of flow-to-load, flow not adjusted", 15, "%", FlowLoads, false);

    public static readonly Constant FlowLoadAdjusted = new(
        "mean difference of flow-to-load, flow adjusted for bias", 10, "%", FlowLoads, false);

    public static readonly Constant FlowLoadHours = new(
        "least hours of a flow-to-load test", 168, "h", FlowLoads, false);

    public static readonly Constant SevenDays = new(
        "days of a seven-day calibration test", 7, "d", $"{Appendix} 6.3.1", false);

    public static readonly Constant AuditRunsMin = new(
        "least runs of a RATA", 9, "", $"{Appendix} 6.5.9", false);

    public static readonly Constant LowEmitterFactor = new(
        "bias factor of a low emitter", 1.111m, "", $"{Appendix} 7.6.5, published audits");

    public static readonly Constant AuditYearPercent = new(
        "relative accuracy for four quarters", 7.5m, "%", "check RATA-37");

    public static readonly Constant AuditHalfYearPercent = new(
        "relative accuracy for two quarters", 10, "%", "check RATA-37");

    public static readonly Constant HeatTolerance = new(
        "heat input of a plant that counts in place of ours", 0.1m, "mmBtu",
        "the agency's table of tolerances, APPE HeatInputRate");

    public static readonly Constant CorrelationRunsMin = new(
        "least runs of a level of Appendix E", 3, "", "40 CFR 75 Appendix E 2.1.1, check APPE-33");

    public static readonly Constant DefaultRunsMin = new(
        "least runs of a level of a unit default test", 3, "", "check UNITDEF-23");

    public static readonly Constant DefaultTolerance = new(
        "default rate of a plant that counts in place of ours", 0.01m, "lb/mmBtu",
        "check UNITDEF-25, the agency's table of tolerances, MeanReferenceValue");

    public static readonly Constant LinearityInjections = new(
        "injections of a level of linearity", 3, "", "check LINEAR-26");
}
