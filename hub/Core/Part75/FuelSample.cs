namespace Monitoring.Core.Part75;

/// <summary>What somebody stated of a fuel, by its sampling or its contract.</summary>
/// <param name="CalorificValue">
/// Gross; Btu a lb of oil, or a standard cubic foot of gas. Null where it is measured.
/// </param>
/// <param name="SulphurPercent">Of oil by weight.</param>
/// <param name="SulphurGrains">In 100 scf of gas.</param>
/// <param name="SulphurRate">lb of SO2/mmBtu, in place of either.</param>
public sealed record FuelSample(
    decimal? CalorificValue, decimal? SulphurPercent, decimal? SulphurGrains,
    decimal? SulphurRate)
{
    private const string Source = "cluster.yaml, fuel_sample";

    /// <summary>Whether SO2 follows from it.</summary>
    public bool HasSulphur => SulphurRate is not null || SulphurPercent is not null
        || SulphurGrains is not null;

    /// <summary>The default rate; that of pipeline natural gas by its own source.</summary>
    public Constant? Rate => SulphurRate is not { } rate ? null
        : rate == FuelFormulas.PipelineGas.Value ? FuelFormulas.PipelineGas
        : new Constant("default SO2 rate", rate, "lb/mmBtu", Source);

    /// <summary>Of the fuel that a meter of that kind has.</summary>
    public Constant? Sulphur(bool isGas) => isGas
        ? Of("sulphur of the gas", SulphurGrains, "gr/(100 scf)")
        : Of("sulphur of the oil", SulphurPercent, "%");

    public Constant? Heat(bool isGas) => Of(
        "gross calorific value", CalorificValue, isGas ? "Btu/scf" : "Btu/lb");

    private static Constant? Of(string name, decimal? value, string unit) =>
        value is { } number ? new Constant(name, number, unit, Source) : null;
}
