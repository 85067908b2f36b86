namespace Monitoring.Core.Part75;

/// <summary>The bias factor of an audit.</summary>
/// <param name="Factor">Null: the audit is there, and gave none.</param>
/// <param name="Test">Which audit, for people.</param>
/// <param name="IsOfRate">Of NOx in lb/mmBtu; else of the monitor's own unit.</param>
public sealed record BiasFactor(decimal? Factor, string Test, bool IsOfRate)
{
    /// <summary>How the result of an audit in lb/mmBtu ends.</summary>
    public const string OfRate = "of lb/mmBtu";
}

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
