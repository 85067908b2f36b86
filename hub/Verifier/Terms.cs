using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>One step of a charge.</summary>
/// <param name="IsOver">Of what a member answers for; else of what is left of its mass.</param>
/// <param name="ToPercent">Where it ends, in percent of the holding; null: nowhere.</param>
internal sealed record Step(bool IsOver, int? ToPercent, Fraction Times);

/// <summary>A member's part of the bubble, and the factor of its charges.</summary>
internal sealed record Share(string Member, Fraction Grams, Fraction Factor);

/// <summary>Tonnes in kind for each tonne answered for.</summary>
/// <param name="IsOfBubble">The excess of the bubble is multiplied and then divided.</param>
/// <param name="Assurance">For the aggregate beside one's own, with both triggers.</param>
internal sealed record MakeGood(Fraction Ratio, bool IsOfBubble, Fraction Assurance);

/// <summary>What the law, and its own plan, allow a member for one unit of its activity.</summary>
internal sealed record Benchmark(string Member, Fraction Grams, Fraction OwnGrams);

/// <summary>What counts is what exceeds benchmarks, less a part of what stays below.</summary>
/// <param name="Kept">Of each credit, such as 9/10.</param>
internal sealed record Credits(Fraction Kept, bool IsOnlyIfComplete);

/// <summary>What becomes of what is left over.</summary>
internal sealed record Bank(
    string Carry, Fraction FreePercent, Fraction Beyond, bool IsOldestFirst,
    Fraction BorrowPercent)
{
    public static readonly Bank None = new(
        "none", Fraction.Zero, Fraction.Of(1), false, Fraction.Zero);
}

/// <summary>What a member has of a period, left from earlier ones, and owes. Grams.</summary>
internal sealed record Account(string Member, BigInteger Held, BigInteger Banked, BigInteger Owed);

/// <summary>The numbers of a contract, and the first clause that is not judged here.</summary>
internal sealed record Terms
{
    private static readonly Fraction OnePercent = new(1, 100);

    /// <summary>Clauses that move no money of a period, or are read below.</summary>
    private static readonly string[] Known =
    [
        "contract", "version", "title", "in_force", "currency", "parties", "bubble", "alerts",
        "breach", "charge", "rounding", "fund", "trade", "calendar", "late", "correct", "law",
        "unverified", "make_good", "bank", "data", "refund",
    ];

    private static readonly string[] KnownOfBubble =
    [
        "id", "pollutant", "period", "mass_unit", "cap", "cap_path", "between", "reserve",
        "holdings", "gates", "on_closure", "pollutants", "measure", "benchmarks",
    ];

    public required string Id { get; init; }

    public required int Version { get; init; }

    public required long InForceMs { get; init; }

    /// <summary>What one milligram of each pollutant counts; all others count nothing.</summary>
    public required IReadOnlyDictionary<string, Fraction> Weights { get; init; }

    /// <summary>That of the holdings; of several pollutants the first by name.</summary>
    public string Pollutant => Weights.Keys.Order(StringComparer.Ordinal).First();

    /// <summary>Month and day, as 1231, of the first and last that count; null: all do.</summary>
    public required (int From, int To)? Season { get; init; }

    /// <summary>Empty: members hold what the contract says, whatever they do.</summary>
    public required IReadOnlyList<Benchmark> Benchmarks { get; init; }

    /// <summary>Null: what counts is mass.</summary>
    public required Credits? Credits { get; init; }

    /// <summary>What running it costs, of what comes in; null: nothing goes back.</summary>
    public required Fraction? RefundCost { get; init; }

    /// <summary>The clause that asks what members did or made; null: none does.</summary>
    public string? AsksActivity =>
        Benchmarks.Count > 0 ? "bubble.benchmarks" : RefundCost is not null ? "refund" : null;

    public required Fraction CapGrams { get; init; }

    /// <summary>In the order of the parties.</summary>
    public required IReadOnlyList<Share> Shares { get; init; }

    /// <summary>Members in the order in which their holdings are written.</summary>
    public required IReadOnlyList<string> HoldingOrder { get; init; }

    /// <summary>1 and what the sum may be above the cap, such as 1.18.</summary>
    public required Fraction Variability { get; init; }

    public required string Trigger { get; init; }

    public required string Apportion { get; init; }

    public required Fraction MinorUnitsPerGram { get; init; }

    /// <summary>The rate is written for so many grams.</summary>
    public required Fraction PerGrams { get; init; }

    public required IReadOnlyList<Step> Steps { get; init; }

    /// <summary>Masses are whole multiples of it, in grams.</summary>
    public required int MassUnit { get; init; }

    /// <summary><c>source</c>, <c>member</c> or <c>bubble</c>.</summary>
    public required string MassAt { get; init; }

    public required bool IsMoneyAtBubble { get; init; }

    public required bool IsMassHalfToEven { get; init; }

    public required bool IsMoneyHalfToEven { get; init; }

    /// <summary>Levels follow the allocation, whatever was bought since.</summary>
    public required bool IsLevelOfAllocation { get; init; }

    /// <summary>Null: nothing is made good in kind.</summary>
    public required MakeGood? MakeGood { get; init; }

    public required Bank Bank { get; init; }

    /// <summary>In the order of years; empty: the cap never changes.</summary>
    public required IReadOnlyList<(int Year, Fraction Grams)> CapPath { get; init; }

    public required bool IsCapLinear { get; init; }

    /// <summary>What the rate is multiplied by from a year on, and its base year.</summary>
    public required IReadOnlyList<(int Year, Fraction Times)> Index { get; init; }

    /// <summary>The rate is a whole multiple of so many minor units.</summary>
    public required Fraction RateStep { get; init; }

    /// <summary>Where years begin.</summary>
    public required TimeZoneInfo Zone { get; init; }

    /// <summary>Whether a period leaves something to the next one.</summary>
    public bool IsCarried => MakeGood is not null || Bank != Bank.None;

    public required string Currency { get; init; }

    /// <summary>Local, programme, reserve, in percent.</summary>
    public required IReadOnlyList<Fraction> Split { get; init; }

    /// <summary>
    /// The percent of each zone in which the emissions of a source come down; of a source that is
    /// not here all is for the zone that its masses name.
    /// </summary>
    public required IReadOnlyDictionary<string, IReadOnlyList<(string Zone, Fraction Percent)>>
        ZoneKeys { get; init; }

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
        var keys = KeysOf(document.GetProperty("fund"));
        return new Terms
        {
            Id = Text(document, "contract"),
            Version = document.GetProperty("version").GetInt32(),
            InForceMs = document.GetProperty("in_force").GetDateTimeOffset()
                .ToUnixTimeMilliseconds(),
            Weights = WeightsOf(bubble),
            Season = SeasonOf(bubble),
            Benchmarks = BenchmarksOf(bubble),
            Credits = Text(bubble, "measure") == "credits" ? CreditsOf(document, breach) : null,
            RefundCost = document.TryGetProperty("refund", out var refund)
                ? Number(refund, "admin_percent") * OnePercent
                : null,
            CapGrams = (List(bubble, "cap_path") is [var first, ..]
                ? Number(first, "cap")
                : Number(bubble, "cap")) * Unit(Text(bubble, "mass_unit")),
            Shares = SharesOf(document, bubble, charge),
            HoldingOrder = [.. List(bubble, "holdings").Select(one => Text(one, "member"))],
            Variability = (Fraction.Of(100) + Number(breach, "variability_percent"))
                / Fraction.Of(100),
            Trigger = Text(breach, "trigger"),
            Apportion = Text(breach, "apportion"),
            MinorUnitsPerGram = RateOf(document, charge),
            PerGrams = Fraction.Of(charge.TryGetProperty("rate_per_kg", out _) ? 1_000 : 1_000_000),
            Steps = StepsOf(charge),
            MassUnit = (int)Unit(Text(mass, "unit")).Floor(),
            MassAt = Text(mass, "at"),
            IsMoneyAtBubble = Text(money, "at") == "bubble",
            IsMassHalfToEven = Text(mass, "mode") == "half-even",
            IsMoneyHalfToEven = Text(money, "mode") == "half-even",
            IsLevelOfAllocation = Text(breach, "levels") == "allocation",
            MakeGood = document.TryGetProperty("make_good", out var inKind)
                ? new MakeGood(
                    Number(inKind, "ratio"), Text(inKind, "of") == "bubble",
                    Number(inKind, "assurance_ratio"))
                : null,
            Bank = document.TryGetProperty("bank", out var bank) ? BankOf(bank) : Bank.None,
            CapPath =
            [
                .. List(bubble, "cap_path").Select(point => (
                    point.GetProperty("year").GetInt32(),
                    Number(point, "cap") * Unit(Text(bubble, "mass_unit")))),
            ],
            IsCapLinear = Text(bubble, "between") == "linear",
            Index = IndexOf(charge),
            RateStep = charge.TryGetProperty("index", out var index)
                && Text(index, "rounded_to") == "major"
                    ? MinorPerMajor(document)
                    : Fraction.Of(1),
            Zone = ZoneOf(bubble),
            Currency = Text(document.GetProperty("currency"), "code"),
            Split =
            [
                Number(split, "local_percent"), Number(split, "programme_percent"),
                Number(split, "reserve_percent"),
            ],
            ZoneKeys = keys,
            NotUnderstood = Unknown(document, bubble, breach, charge) ?? UnknownOf(document, keys),
        };
    }

    /// <summary>The same with the cap, the holdings and the rate of a period's year.</summary>
    public Terms In(long startMs)
    {
        var year = TimeZoneInfo
            .ConvertTime(DateTimeOffset.FromUnixTimeMilliseconds(startMs), Zone).Year;
        var times = Index.Where(one => one.Year <= year).Select(one => one.Times)
            .LastOrDefault(Fraction.Of(1));
        var cap = CapIn(year);
        var left = CapGrams - Shares.Aggregate(Fraction.Zero, (sum, one) => sum + one.Grams);
        var parts = cap == CapGrams || CapGrams == Fraction.Zero
            ? null
            : Fraction.Shares(cap.Floor(), [.. Shares.Select(share => share.Grams), left]);
        return this with
        {
            CapGrams = cap,
            Shares =
            [
                .. Shares.Select((share, i) => parts is null
                    ? share
                    : share with { Grams = Fraction.Of(parts[i]) }),
            ],
            MinorUnitsPerGram = Index.Count == 0
                ? MinorUnitsPerGram
                : Fraction.Of((MinorUnitsPerGram * PerGrams * times / RateStep).Round())
                    * RateStep / PerGrams,
        };
    }

    private Fraction CapIn(int year)
    {
        if (CapPath.Count == 0)
        {
            return CapGrams;
        }

        var before = CapPath.LastOrDefault(point => point.Year <= year, CapPath[0]);
        var after = CapPath.FirstOrDefault(point => point.Year > year, before);
        return !IsCapLinear || after == before
            ? before.Grams
            : before.Grams + Fraction.Of(((after.Grams - before.Grams)
                * new Fraction(year - before.Year, after.Year - before.Year)).Round());
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

    private static Dictionary<string, Fraction> WeightsOf(JsonElement bubble) =>
        bubble.TryGetProperty("pollutants", out var several)
            ? several.EnumerateObject().ToDictionary(
                one => one.Name, one => Fraction.Parse(one.Value.GetRawText()))
            : new Dictionary<string, Fraction> { [Text(bubble, "pollutant")] = Fraction.Of(1) };

    private static Credits CreditsOf(JsonElement document, JsonElement breach) => new(
        Fraction.Of(1) - (Number(breach, "credit_discount_percent") * OnePercent),
        document.TryGetProperty("data", out var data) && Text(data, "credit") == "if-complete");

    private static TimeZoneInfo ZoneOf(JsonElement bubble) =>
        bubble.TryGetProperty("period", out var period)
        && period.ValueKind == JsonValueKind.Object
        && Text(period, "zone") is { Length: > 0 } and var zone
            ? TimeZoneInfo.FindSystemTimeZoneById(zone)
            : TimeZoneInfo.Utc;

    private static (int From, int To)? SeasonOf(JsonElement bubble)
    {
        static int Day(string text) => int.Parse(
            text.Replace("-", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
        return bubble.TryGetProperty("period", out var period)
            && period.ValueKind == JsonValueKind.Object
            && period.TryGetProperty("season", out var season)
                ? (Day(Text(season, "from")), Day(Text(season, "to")))
                : null;
    }

    private static List<Benchmark> BenchmarksOf(JsonElement bubble)
    {
        var unit = Unit(Text(bubble, "mass_unit"));
        return
        [
            .. List(bubble, "benchmarks").Select(one => new Benchmark(
                Text(one, "member"), Number(one, "limit") * unit,
                Number(one, one.TryGetProperty("own_limit", out _) ? "own_limit" : "limit")
                    * unit)),
        ];
    }

    private static Fraction RateOf(JsonElement document, JsonElement charge)
    {
        var perGram = charge.TryGetProperty("rate_per_kg", out _)
            ? Number(charge, "rate_per_kg") / Fraction.Of(1_000)
            : Number(charge, "rate_per_t") / Fraction.Of(1_000_000);
        return perGram * MinorPerMajor(document);
    }

    private static Fraction MinorPerMajor(JsonElement document) => Fraction.Of(BigInteger.Pow(
        10, document.GetProperty("currency").GetProperty("decimals").GetInt32()));

    private static List<(int Year, Fraction Times)> IndexOf(JsonElement charge) =>
        !charge.TryGetProperty("index", out var index) ? [] :
        [
            (int.MinValue, Fraction.Of(1)),
            .. index.GetProperty("by_year").EnumerateObject()
                .Select(pair => (
                    int.Parse(pair.Name, CultureInfo.InvariantCulture),
                    Fraction.Parse(pair.Value.GetRawText())))
                .OrderBy(pair => pair.Item1),
        ];

    private static Bank BankOf(JsonElement bank)
    {
        var isFlow = Text(bank, "carry") == "flow-control";
        return new Bank(
            Text(bank, "carry"), isFlow ? Number(bank, "free_percent") : Fraction.Zero,
            isFlow ? Number(bank, "beyond") : Fraction.Of(1),
            Text(bank, "use") == "oldest-first", Number(bank, "borrow_percent"));
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
        return Text(breach, "trigger") is not ("aggregate" or "member" or "both" or "two-route")
            ? "breach.trigger"
            : Other(document, Known) ?? Other(bubble, KnownOfBubble, "bubble.")
                ?? Other(
                    charge, ["rate_per_kg", "rate_per_t", "tiers", "factors", "index"], "charge.")
                ?? Other(
                    breach,
                    [
                        "trigger", "apportion", "variability_percent", "levels",
                        "credit_discount_percent",
                    ],
                    "breach.")
                ?? OtherMode(rounding.GetProperty("mass"), "rounding.mass.mode")
                ?? OtherMode(rounding.GetProperty("money"), "rounding.money.mode");
    }

    // A clause in force that does not divide the whole would send money nowhere, or twice.
    private static string? UnknownOf(
        JsonElement document,
        Dictionary<string, IReadOnlyList<(string Zone, Fraction Percent)>> keys)
    {
        var fund = document.GetProperty("fund");
        var by = Text(fund, "local_by");
        var other = Other(
            fund,
            [
                "split", "local_by", "zone_keys", "admin_max_percent", "local_min_percent",
                "self_max_percent", "score_min",
            ],
            "fund.");
        return other
            ?? (by is not ("" or "zone-of-source" or "zone-key")
                || (keys.Count > 0 && by != "zone-key") ? "fund.local_by" : null)
            ?? (keys.Values.Any(zones => zones.Aggregate(
                    Fraction.Zero, (sum, one) => sum + one.Percent) != Fraction.Of(100))
                ? "fund.zone_keys, which does not sum to 100" : null);
    }

    private static Dictionary<string, IReadOnlyList<(string Zone, Fraction Percent)>> KeysOf(
        JsonElement fund) =>
        List(fund, "zone_keys").GroupBy(key => Text(key, "source"))
            .ToDictionary(group => group.Key, group => ZonesOf(group));

    private static IReadOnlyList<(string Zone, Fraction Percent)> ZonesOf(
        IEnumerable<JsonElement> keys) =>
    [
        .. keys.SelectMany(key => key.GetProperty("zones").EnumerateObject())
            .Select(zone => (zone.Name, Fraction.Parse(zone.Value.GetRawText()))),
    ];

    private static string? Other(JsonElement json, string[] known, string within = "") =>
        json.EnumerateObject().Select(member => member.Name)
            .FirstOrDefault(name => !known.Contains(name)) is { } name ? within + name : null;

    private static string? OtherMode(JsonElement rounding, string name) =>
        rounding.TryGetProperty("mode", out var mode)
            && mode.GetString() is not ("half-away-from-zero" or "half-even") ? name : null;

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
