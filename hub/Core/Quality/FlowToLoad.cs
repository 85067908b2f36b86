namespace Monitoring.Core.Quality;

/// <summary>
/// The reference of the flow-to-load test, 40 CFR Part 75 Appendix A 7.7: what the flow monitor
/// should show at a load.
/// </summary>
public static class FlowToLoad
{
    private const decimal RatioScale = 1e-5m;
    private const decimal HeatRateScale = 1_000m;

    /// <summary>Flow over load, times 1e-5, to 0.01; null without a load.</summary>
    /// <param name="flow">scfh.</param>
    /// <param name="load">MW, or 1000 lb/h of steam.</param>
    public static decimal? Ratio(decimal flow, decimal load) =>
        load > 0 ? Rounding.ToDecimals(RatioScale * flow / load, 2) : null;

    /// <summary>The gross heat rate in Btu/kWh, to 1; null without a load.</summary>
    /// <param name="heatInputRate">mmBtu/h.</param>
    /// <param name="load">MW.</param>
    public static decimal? GrossHeatRate(decimal heatInputRate, decimal load) =>
        load > 0 ? Rounding.ToDecimals(HeatRateScale * heatInputRate / load, 0) : null;
}
