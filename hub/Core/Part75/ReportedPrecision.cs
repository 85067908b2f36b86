using System.Collections.Frozen;

namespace Monitoring.Core.Part75;

/// <summary>
/// To which step an hourly value is reported, halves away from zero, and how far a recomputation
/// may be off before the agency objects (ECMPS reporting instructions and table of tolerances).
/// </summary>
/// <param name="Step">The least step of a reported value, in its unit.</param>
public sealed record ReportedPrecision(decimal Step, decimal RecheckTolerance)
{
    private static readonly FrozenDictionary<string, ReportedPrecision> ByParameter =
        new Dictionary<string, ReportedPrecision>
        {
            ["SO2C"] = new(0.1m, 0.1m),
            ["NOXC"] = new(0.1m, 0.1m),
            ["FLOW"] = new(1_000m, 1_000m),
            ["NOXR"] = new(0.001m, 0.005m),
            ["CO2C"] = new(0.1m, 0.1m),
            ["O2C"] = new(0.1m, 0.1m),
            ["H2O"] = new(0.1m, 0.1m),
            ["HI"] = new(0.1m, 1m),
            ["SO2"] = new(0.1m, 0.1m),
            ["NOX"] = new(0.1m, 0.1m),
            ["CO2"] = new(0.1m, 0.1m),
            ["LOAD"] = new(1m, 1m),
        }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>By the ECMPS code of a parameter; null for one that is not known here.</summary>
    public static ReportedPrecision? Of(string parameter) =>
        ByParameter.GetValueOrDefault(parameter);

    public decimal Round(decimal value) => Rounding.ToDecimals(value / Step, 0) * Step;
}
