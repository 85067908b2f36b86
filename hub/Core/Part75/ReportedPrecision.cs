using System.Collections.Frozen;

namespace Monitoring.Core.Part75;

/// <summary>
/// To which step an hourly value is reported, halves away from zero (ECMPS reporting
/// instructions).
/// </summary>
/// <param name="Step">The least step of a reported value.</param>
/// <param name="Unit">Its unit.</param>
public sealed record ReportedPrecision(decimal Step, string Unit)
{
    private static readonly FrozenDictionary<string, ReportedPrecision> ByParameter =
        new Dictionary<string, ReportedPrecision>
        {
            ["SO2C"] = new(0.1m, "ppm"),
            ["NOXC"] = new(0.1m, "ppm"),
            ["FLOW"] = new(1_000m, "scf/h"),
            ["NOXR"] = new(0.001m, "lb/mmBtu"),
            ["CO2C"] = new(0.1m, "%"),
            ["O2C"] = new(0.1m, "%"),
            ["H2O"] = new(0.1m, "%"),
            ["HI"] = new(0.1m, "mmBtu/h"),
            ["SO2"] = new(0.1m, "lb/h"),
            ["NOX"] = new(0.1m, "lb/h"),
            ["CO2"] = new(0.1m, "ton/h"),
            ["LOAD"] = new(1m, "MW or 1000 lb/h"),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>By the ECMPS code of a parameter; null for one that is not known here.</summary>
    public static ReportedPrecision? Of(string parameter) =>
        ByParameter.GetValueOrDefault(parameter);

    public decimal Round(decimal value) => Rounding.ToDecimals(value / Step, 0) * Step;
}
