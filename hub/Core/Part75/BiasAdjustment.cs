namespace Monitoring.Core.Part75;

/// <summary>
/// Hourly values times the bias factor of the last audit, at the precision at which the
/// parameter is reported (40 CFR Part 75 Appendix A 7.6; ECMPS reporting instructions).
/// </summary>
public static class BiasAdjustment
{
    /// <summary>
    /// Whether a parameter has a bias factor at all: diluents and moisture have no bias test.
    /// </summary>
    public static bool IsAdjusted(string parameter) =>
        parameter is not ("CO2C" or "O2C" or "H2O");

    public static decimal Adjust(
        decimal unadjusted, decimal factor, ReportedPrecision precision) =>
        precision.Round(unadjusted * factor);
}
