using System.Collections.Immutable;

namespace Monitoring.Core.Part75;

/// <summary>
/// A fuel of table 1 of 40 CFR Part 75 Appendix F: flue gas for each mmBtu, and the moisture of
/// the gas where none is measured. Null where the tables have none.
/// </summary>
public sealed record Fuel
{
    private const string FactorSource =
        "ECMPS Reporting Instructions, Monitoring Plan, 2021 Q2; 40 CFR 75 Appendix F, table 1";

    private static readonly ImmutableDictionary<string, Fuel> ByName = new[]
    {
        Of("anthracite", 10_100, 1_970, 10_540, 3, 5),
        Of("bituminous", 9_780, 1_800, 10_640, 6, 8),
        Of("subbituminous", 9_820, 1_840, null, 8, 12),
        Of("lignite", 9_860, 1_910, 11_950, 11, 13),
        Of("petroleum-coke", 9_830, 1_850, null, null, null),
        Of("tyres", 10_260, 1_800, null, null, null),
        Of("natural-gas", 8_710, 1_040, 10_610, 14, 18),
        Of("propane", 8_710, 1_190, 10_200, null, null),
        Of("butane", 8_710, 1_250, 10_390, null, null),
        Of("oil", 9_190, 1_420, 10_320, null, null),
        Of("municipal-waste", 9_570, 1_820, null, null, null),
        Of("bark", 9_600, 1_920, null, null, null),
        Of("wood", 9_240, 1_830, null, 13, 15),
    }.ToImmutableDictionary(fuel => fuel.Name, StringComparer.Ordinal);

    private readonly decimal? _moistureMost;

    private Fuel(string name, Constant? moisture, decimal? moistureMost)
    {
        Name = name;
        Moisture = moisture;
        _moistureMost = moistureMost;
    }

    public string Name { get; }

    /// <summary>Fd, dscf/mmBtu.</summary>
    public Constant DryFactor { get; private init; }

    /// <summary>Fc, scf CO2/mmBtu.</summary>
    public Constant CarbonFactor { get; private init; }

    /// <summary>Fw, wscf/mmBtu.</summary>
    public Constant? WetFactor { get; private init; }

    /// <summary>Percent H2O, where more moisture lowers the result: the least.</summary>
    public Constant? Moisture { get; }

    /// <summary>Every factor and moisture of every fuel.</summary>
    public static IEnumerable<Constant> AllConstants => ByName.Values.SelectMany(fuel =>
        new Constant?[]
        {
            fuel.DryFactor, fuel.CarbonFactor, fuel.WetFactor, fuel.Moisture,
        }).OfType<Constant>();

    public static IEnumerable<string> Names => ByName.Keys.Order(StringComparer.Ordinal);

    /// <summary>Null for one that the table has not.</summary>
    public static Fuel? Find(string? name) =>
        name is not null && ByName.TryGetValue(name, out var fuel) ? fuel : null;

    /// <summary>
    /// Percent H2O: the most where it raises the result, as in 19-3, 19-3D, 19-4 and 19-8.
    /// </summary>
    public Constant? MoistureFor(string formula) =>
        formula is "19-3" or "19-3D" or "19-4" or "19-8" && Moisture is { } least
            ? least with { Value = _moistureMost!.Value }
            : Moisture;

    private static Fuel Of(
        string name, decimal dry, decimal carbon, decimal? wet, decimal? least, decimal? most)
    {
        Constant Factor(string factor, decimal value, string unit) =>
            new($"{factor} of {name}", value, unit, FactorSource);
        return new Fuel(
            name,
            least is { } percent
                ? new Constant($"moisture of {name}", percent, "%", "40 CFR 75.11(b)")
                : null,
            most)
        {
            DryFactor = Factor("Fd", dry, "dscf/mmBtu"),
            CarbonFactor = Factor("Fc", carbon, "scf/mmBtu"),
            WetFactor = wet is { } number ? Factor("Fw", number, "wscf/mmBtu") : null,
        };
    }
}
