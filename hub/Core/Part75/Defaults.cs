using System.Collections.Immutable;

namespace Monitoring.Core.Part75;

/// <summary>
/// Values that take the place of a measurement, 40 CFR 75.11, Appendix D 2.3.1.1 and Appendix F
/// 3.3.4 (emission-rules 1.3).
/// </summary>
public static class Defaults
{
    /// <summary>lb SO2/mmBtu of pipeline natural gas.</summary>
    public const decimal PipelineGasRate = 0.0006m;

    private static readonly ImmutableDictionary<string, (decimal Min, decimal Max)> Moistures =
        new Dictionary<string, (decimal, decimal)>
        {
            ["anthracite"] = (3, 5),
            ["bituminous"] = (6, 8),
            ["subbituminous"] = (8, 12),
            ["lignite"] = (11, 13),
            ["wood"] = (13, 15),
            ["natural-gas"] = (14, 18),
        }.ToImmutableDictionary(StringComparer.Ordinal);

    /// <summary>
    /// Percent H2O. Where more moisture lowers the result the least is taken, and the most where
    /// it raises it, as in 19-3, 19-4 and 19-8. Null for a fuel without a default.
    /// </summary>
    public static decimal? Moisture(string fuel, string formula) =>
        !Moistures.TryGetValue(fuel, out var moisture) ? null
            : formula is "19-3" or "19-3D" or "19-4" or "19-8" ? moisture.Max
            : moisture.Min;

    /// <summary>The diluent cap in percent: no less CO2 is used, and no more O2.</summary>
    public static decimal CarbonDioxideCap(bool isTurbine) => isTurbine ? 1 : 5;

    /// <inheritdoc cref="CarbonDioxideCap"/>
    public static decimal OxygenCap(bool isTurbine) => isTurbine ? 19 : 14;
}
