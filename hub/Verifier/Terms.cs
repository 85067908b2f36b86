using System.Numerics;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>The numbers of a contract, and the clauses that this program cannot judge.</summary>
internal sealed record Terms
{
    private static readonly string[] Known =
    [
        "contract", "version", "title", "in_force", "currency", "parties", "bubble", "alerts",
        "breach", "charge", "rounding", "fund",
    ];

    public required string Id { get; init; }

    public required string Pollutant { get; init; }

    public required BigInteger CapGrams { get; init; }

    /// <summary>In the order of the parties.</summary>
    public required IReadOnlyList<(string Member, BigInteger Grams)> Holdings { get; init; }

    public required Fraction MinorUnitsPerGram { get; init; }

    /// <summary>Local, programme, reserve, in percent.</summary>
    public required IReadOnlyList<Fraction> Split { get; init; }

    /// <summary>Null: every clause is understood.</summary>
    public required string? NotUnderstood { get; init; }

    public static Terms Of(JsonElement document)
    {
        var bubble = document.GetProperty("bubble");
        var unit = bubble.GetProperty("mass_unit").GetString() switch
        {
            "g" => 1,
            "kg" => 1_000,
            _ => 1_000_000,
        };
        var holdings = bubble.GetProperty("holdings").EnumerateArray().ToDictionary(
            one => one.GetProperty("member").GetString()!, one => Grams(one, "mass", unit));
        var charge = document.GetProperty("charge");
        var minor = BigInteger.Pow(
            10, document.GetProperty("currency").GetProperty("decimals").GetInt32());
        var split = document.GetProperty("fund").GetProperty("split");
        return new Terms
        {
            Id = document.GetProperty("contract").GetString()!,
            Pollutant = bubble.GetProperty("pollutant").GetString()!,
            CapGrams = Grams(bubble, "cap", unit),
            Holdings =
            [
                .. document.GetProperty("parties").EnumerateArray()
                    .Select(party => party.GetProperty("member").GetString()!)
                    .Select(member => (member, holdings[member])),
            ],
            MinorUnitsPerGram =
                Number(charge, "rate_per_kg") * Fraction.Of(minor) / Fraction.Of(1_000),
            Split =
            [
                Number(split, "local_percent"), Number(split, "programme_percent"),
                Number(split, "reserve_percent"),
            ],
            NotUnderstood = Unknown(document, bubble, charge),
        };
    }

    private static string? Unknown(JsonElement document, JsonElement bubble, JsonElement charge)
    {
        var breach = document.GetProperty("breach");
        string[] bubbleKnown =
            ["id", "pollutant", "period", "mass_unit", "cap", "holdings"];
        return breach.GetProperty("trigger").GetString() != "aggregate" ? "breach.trigger"
            : breach.GetProperty("apportion").GetString() != "own-excess" ? "breach.apportion"
            : Other(document, Known)
                ?? Other(bubble, bubbleKnown) ?? Other(charge, ["rate_per_kg"])
                ?? Other(breach, ["trigger", "apportion"]);
    }

    private static string? Other(JsonElement json, string[] known) =>
        json.EnumerateObject().Select(member => member.Name)
            .FirstOrDefault(name => !known.Contains(name));

    private static BigInteger Grams(JsonElement json, string name, int unit) =>
        (Number(json, name) * Fraction.Of(unit)).Round();

    private static Fraction Number(JsonElement json, string name) =>
        Fraction.Parse(json.GetProperty(name).GetRawText());
}
