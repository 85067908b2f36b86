using System.Numerics;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>One step of a charge.</summary>
/// <param name="IsOver">Of what a member answers for; else of what is left of its mass.</param>
/// <param name="ToPercent">Where it ends, in percent of the holding; null: nowhere.</param>
internal sealed record Step(bool IsOver, int? ToPercent, Fraction Times);

/// <summary>A member's part of the bubble, and the factor of its charges.</summary>
internal sealed record Share(string Member, Fraction Grams, Fraction Factor);

/// <summary>The numbers of a contract, and the first clause that is not judged here.</summary>
internal sealed record Terms
{
    /// <summary>Clauses that move no money of a period, or are read below.</summary>
    private static readonly string[] Known =
    [
        "contract", "version", "title", "in_force", "currency", "parties", "bubble", "alerts",
        "breach", "charge", "rounding", "fund", "trade", "calendar", "late", "correct", "law",
        "unverified",
    ];

    private static readonly string[] KnownOfBubble =
        ["id", "pollutant", "period", "mass_unit", "cap", "holdings", "gates", "on_closure"];

    public required string Id { get; init; }

    public required string Pollutant { get; init; }

    public required Fraction CapGrams { get; init; }

    /// <summary>In the order of the parties.</summary>
    public required IReadOnlyList<Share> Shares { get; init; }

    /// <summary>1 and what the sum may be above the cap, such as 1.18.</summary>
    public required Fraction Variability { get; init; }

    public required string Trigger { get; init; }

    public required string Apportion { get; init; }

    public required Fraction MinorUnitsPerGram { get; init; }

    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>Masses are whole multiples of it, in grams.</summary>
    public required int MassUnit { get; init; }

    /// <summary><c>source</c>, <c>member</c> or <c>bubble</c>.</summary>
    public required string MassAt { get; init; }

    public required bool IsMoneyAtBubble { get; init; }

    /// <summary>Local, programme, reserve, in percent.</summary>
    public required IReadOnlyList<Fraction> Split { get; init; }

    /// <summary>Null: every clause is understood.</summary>
    public required string? NotUnderstood { get; init; }

    public static Terms Of(JsonElement document)
    {
        var bubble = document.GetProperty("bubble");
        var breach = document.GetProperty("breach");
        var charge = document.GetProperty("charge");
        var mass = document.GetProperty("rounding").GetProperty("mass");
        var money = document.GetProperty("rounding").GetProperty("money");
        var split = document.GetProperty("fund").GetProperty("split");
        return new Terms
        {
            Id = Text(document, "contract"),
            Pollutant = Text(bubble, "pollutant"),
            CapGrams = Number(bubble, "cap") * Unit(Text(bubble, "mass_unit")),
            Shares = SharesOf(document, bubble, charge),
            Variability = (Fraction.Of(100) + Number(breach, "variability_percent"))
                / Fraction.Of(100),
            Trigger = Text(breach, "trigger"),
            Apportion = Text(breach, "apportion"),
            MinorUnitsPerGram = RateOf(document, charge),
            Steps = StepsOf(charge),
            MassUnit = (int)Unit(Text(mass, "unit")).Floor(),
            MassAt = Text(mass, "at"),
            IsMoneyAtBubble = Text(money, "at") == "bubble",
            Split =
            [
                Number(split, "local_percent"), Number(split, "programme_percent"),
                Number(split, "reserve_percent"),
            ],
            NotUnderstood = Unknown(document, bubble, breach, charge),
        };
    }

    private static List<Share> SharesOf(
        JsonElement document, JsonElement bubble, JsonElement charge)
    {
        var unit = Unit(Text(bubble, "mass_unit"));
        var holdings = List(bubble, "holdings").ToDictionary(
            one => Text(one, "member"), one => Number(one, "mass") * unit);
        var factors = List(charge, "factors").ToDictionary(
            one => Text(one, "member"), one => Number(one, "times"));
        return
        [
            .. List(document, "parties").Select(party => Text(party, "member"))
                .Select(member => new Share(
                    member, holdings.GetValueOrDefault(member, Fraction.Zero),
                    factors.GetValueOrDefault(member, Fraction.Of(1)))),
        ];
    }

    private static Fraction RateOf(JsonElement document, JsonElement charge)
    {
        var minor = BigInteger.Pow(
            10, document.GetProperty("currency").GetProperty("decimals").GetInt32());
        var perGram = charge.TryGetProperty("rate_per_kg", out _)
            ? Number(charge, "rate_per_kg") / Fraction.Of(1_000)
            : Number(charge, "rate_per_t") / Fraction.Of(1_000_000);
        return perGram * Fraction.Of(minor);
    }

    private static List<Step> StepsOf(JsonElement charge)
    {
        var steps = List(charge, "tiers").Select(tier => new Step(
            Text(tier, "part") == "over",
            tier.TryGetProperty("to_percent", out var to) ? to.GetInt32() : null,
            Number(tier, "times"))).ToList();

        // Without steps only what a member answers for is charged.
        return steps.Count > 0 ? steps : [new Step(true, null, Fraction.Of(1))];
    }

    private static string? Unknown(
        JsonElement document, JsonElement bubble, JsonElement breach, JsonElement charge)
    {
        var rounding = document.GetProperty("rounding");
        return Text(breach, "trigger") is not ("aggregate" or "member") ? "breach.trigger"
            : Other(document, Known) ?? Other(bubble, KnownOfBubble, "bubble.")
                ?? Other(charge, ["rate_per_kg", "rate_per_t", "tiers", "factors"], "charge.")
                ?? Other(breach, ["trigger", "apportion", "variability_percent"], "breach.")
                ?? OtherMode(rounding.GetProperty("mass"), "rounding.mass.mode")
                ?? OtherMode(rounding.GetProperty("money"), "rounding.money.mode");
    }

    private static string? Other(JsonElement json, string[] known, string within = "") =>
        json.EnumerateObject().Select(member => member.Name)
            .FirstOrDefault(name => !known.Contains(name)) is { } name ? within + name : null;

    private static string? OtherMode(JsonElement rounding, string name) =>
        rounding.TryGetProperty("mode", out var mode)
            && mode.GetString() != "half-away-from-zero" ? name : null;

    private static Fraction Unit(string unit) =>
        Fraction.Of(unit switch { "g" => 1, "kg" => 1_000, _ => 1_000_000 });

    private static string Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) ? value.GetString() ?? "" : "";

    private static List<JsonElement> List(JsonElement json, string name) =>
        json.TryGetProperty(name, out var list) ? [.. list.EnumerateArray()] : [];

    /// <summary>0 where it is not there.</summary>
    private static Fraction Number(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value)
            ? Fraction.Parse(value.GetRawText())
            : Fraction.Zero;
}
