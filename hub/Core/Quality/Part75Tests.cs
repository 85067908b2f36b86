namespace Monitoring.Core.Quality;

/// <summary>
/// The numbers by which tests of 40 CFR Part 75 pass, as the agency's check engine states them.
/// </summary>
public static class Part75Tests
{
    private const string Appendix = "40 CFR 75 Appendix A";

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

    public static readonly Constant LinearityInjections = new(
        "injections of a level of linearity", 3, "", "check LINEAR-26");
}
