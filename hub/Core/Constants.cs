using System.Collections.Immutable;

namespace Monitoring.Core;

/// <summary>A number that a rule was given, who says so, and whether we checked.</summary>
/// <param name="Source">The text that it is from.</param>
/// <param name="IsVerified">
/// It was read in the text of that source; else it is from memory, and every trace says so.
/// </param>
public readonly record struct Constant(
    string Name, decimal Value, string Unit, string Source, bool IsVerified = true)
{
    /// <summary>A number of things.</summary>
    public int Whole => (int)Value;

    /// <summary>The names of those that are from memory; empty where none is.</summary>
    public static string UnverifiedOf(IEnumerable<Constant> constants)
    {
        var names = constants.Where(one => !one.IsVerified).Select(one => one.Name).ToList();
        return names.Count == 0
            ? ""
            : (names.Count == 1 ? "unverified constant: " : "unverified constants: ")
                + string.Join("; ", names);
    }

    public TraceConstant ToTrace() => TraceConstant.Of(
        Name, Value, Unit, IsVerified ? Source : $"{Source}; unverified constant");
}

/// <summary>
/// The numbers of nature and of convention that no profile chooses. Those of a regime stand in
/// its profile, each with its citation.
/// </summary>
public static class Constants
{
    /// <summary>What an ideal gas of one mole fills at 273.15 K and 101.325 kPa.</summary>
    public static readonly Constant MolarVolume = new(
        "molar volume", 22.414m, "L/mol", "22.414 L of an ideal gas at 273.15 K, 101.325 kPa");

    public static readonly Constant Atmosphere = new(
        "atmosphere", 101.325m, "kPa", "definition");

    public static readonly Constant Pound = new(
        "pound", 453_592.37m, "mg", "definition, 0.45359237 kg");

    public static readonly Constant ShortTon = new("short ton", 2_000m, "lb", "definition");

    public static readonly Constant CubicFoot = new(
        "cubic foot", 0.028316846592m, "m3", "definition, (0.3048 m)^3");

    public static readonly Constant ZeroCelsius = new("0 Cel", 273.15m, "K", "definition");

    /// <summary>
    /// Grams per mole. Nitrogen oxides are stated as NO2, organic carbon as C (one atom a unit of
    /// ppm, as a flame ionisation detector is calibrated).
    /// </summary>
    private static readonly ImmutableDictionary<string, Constant> MolarMasses =
        new (string Pollutant, decimal Grams)[]
        {
            ("nox", 46.006m), ("no", 30.006m), ("no2", 46.006m), ("co", 28.010m),
            ("so2", 64.064m), ("co2", 44.010m), ("nh3", 17.031m), ("hcl", 36.461m),
            ("hf", 20.006m), ("toc", 12.011m), ("hg", 200.592m),
        }.ToImmutableDictionary(row => row.Pollutant, row => new Constant(
            $"molar mass of {row.Pollutant}", row.Grams, "g/mol",
            "standard atomic weights, IUPAC", false));

    public static IEnumerable<Constant> AllMolarMasses => MolarMasses.Values;

    /// <summary>Null for what is no gas, such as dust.</summary>
    public static Constant? MolarMassOf(string pollutant) =>
        MolarMasses.TryGetValue(pollutant, out var mass) ? mass : null;
}
