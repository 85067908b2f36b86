using System.Collections.Immutable;
using Monitoring.Core.Part75;
using Monitoring.Core.Quality;
using Monitoring.Wire;

namespace Monitoring.Core.Averaging;

/// <summary>One owner in the cluster.</summary>
public sealed record Member(string Id, string Title);

/// <summary>One place that bears the emissions.</summary>
public sealed record Zone(string Id, string Title);

/// <summary>Which point of which device measures a quantity of a source.</summary>
/// <param name="Unit">The UCUM code that the quantity has to be measured in.</param>
public sealed record QuantityBinding(string Quantity, string Device, string Point, string Unit)
{
    /// <summary>Measured in wet gas, so that the water has to be taken out.</summary>
    public bool IsWet { get; init; }

    /// <summary>
    /// A concentration at the temperature and pressure of the stack. A flow always is.
    /// </summary>
    public bool IsAtStackState { get; init; }

    /// <summary>In order of time; empty: the signal is the quantity.</summary>
    public ImmutableArray<CalibrationFunction> Calibrations { get; init; } = [];

    /// <summary>What others call its instrument: components and systems of ECMPS.</summary>
    public ImmutableArray<string> Names { get; init; } = [];

    /// <summary>Of one window's average; null where nobody stated it.</summary>
    public RelativeUncertainty? Uncertainty { get; init; }

    public CalibrationFunction? CalibrationAt(DateTimeOffset instant) =>
        CalibrationFunction.At(Calibrations, instant);
}

/// <summary>
/// One stack: who owns it, where it stands, and what measures it, for a span of time. A changed
/// instrument is a new binding of the same source, never an edit.
/// </summary>
public sealed record SourceBinding
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required string Plant { get; init; }

    public required string Gateway { get; init; }

    public required string Member { get; init; }

    public required string Zone { get; init; }

    public required string Profile { get; init; }

    /// <summary>One image of each device is expected each cycle.</summary>
    public required TimeSpan Cycle { get; init; }

    /// <summary>The first instant it holds for.</summary>
    public required DateTimeOffset From { get; init; }

    /// <summary>The first instant it holds for no more; null while it is open.</summary>
    public DateTimeOffset? Until { get; init; }

    public required ImmutableArray<QuantityBinding> Quantities { get; init; }

    /// <summary>
    /// Further ducts that feed it, each with quantities of its own among
    /// <see cref="Quantities"/>: see <see cref="QuantityUnits.DuctQuantity"/>.
    /// </summary>
    public ImmutableArray<string> Ducts { get; init; } = [];

    /// <summary>The zone whose days and years its longer averages are of.</summary>
    public TimeZoneInfo TimeZone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>Emission limit values of its own, mg/m3, by pollutant.</summary>
    public ImmutableDictionary<string, decimal> Limits { get; init; } =
        ImmutableDictionary<string, decimal>.Empty;

    /// <summary>
    /// The most that a pollutant (mg/m3) or the flow (m3/h) can be, at the reference state.
    /// </summary>
    public ImmutableDictionary<string, decimal> Potentials { get; init; } =
        ImmutableDictionary<string, decimal>.Empty;

    /// <summary>What it burns, for formulas that need it; null: not stated.</summary>
    public string? Fuel { get; init; }

    /// <summary>It burns in a gas turbine; else in a boiler.</summary>
    public bool IsTurbine { get; init; }

    /// <summary>What is known of the fuel; null: nothing was stated.</summary>
    public FuelSample? FuelSample { get; init; }

    /// <summary>The stack that it shares with other units; null: it has one of its own.
    /// </summary>
    public StackUnits? CommonStack { get; init; }

    /// <summary>Without it masses follow from the fuel.</summary>
    public bool HasFlow => Find(QuantityUnits.Flow) is not null;

    public bool HasFuelFlow => Find(QuantityUnits.FuelFlow) is not null;

    /// <summary>The point that says whether the plant runs; null: it is taken to run.</summary>
    public QuantityBinding? Operating => Find(QuantityUnits.Operating);

    /// <summary>
    /// Of a pollutant's mass in one window; null where it is not stated of both its factors.
    /// </summary>
    public RelativeUncertainty? MassUncertainty(string pollutant)
    {
        RelativeUncertainty? Of(string name) => Find(name)?.Uncertainty;
        return Ducts.IsEmpty
            && Of(pollutant) is { } concentration && Of(QuantityUnits.Flow) is { } flow
            ? concentration.Times(flow)
            : null;
    }

    /// <summary>The emission limit value that holds for it; null: none was given.</summary>
    public decimal? LimitOf(string pollutant, Profile profile) =>
        Limits.TryGetValue(pollutant, out var own)
            ? own
            : profile.LimitOf(pollutant)?.Value;

    /// <summary>The devices it needs, in the order in which its quantities name them.</summary>
    public IEnumerable<string> Devices => Quantities.Select(q => q.Device).Distinct();

    /// <summary>What measures a quantity of it; null: nothing does.</summary>
    public QuantityBinding? Find(string quantity) =>
        Quantities.FirstOrDefault(one => one.Quantity == quantity);

    public bool Holds(DateTimeOffset instant) =>
        From <= instant && (Until is not { } until || instant < until);
}

/// <summary>Quantities, the units they have to come in, and which of them are pollutants.</summary>
public static class QuantityUnits
{
    public const string Flow = "flow";
    public const string Temperature = "t";
    public const string Pressure = "p";
    public const string Oxygen = "o2";
    public const string Moisture = "h2o";

    /// <summary>Whether the plant runs; see <see cref="Operation"/>.</summary>
    public const string Operating = "operating";

    /// <summary>What a unit makes: electricity, or steam.</summary>
    public const string Load = "load";

    /// <summary>Of oil by mass, or of gas by its volume at standard conditions.</summary>
    public const string FuelFlow = "fuel_flow";

    /// <summary>Gross calorific value of the fuel.</summary>
    public const string CalorificValue = "gcv";

    /// <summary>Oxygen of wet gas, beside a monitor of dry gas: the two give the moisture.
    /// </summary>
    public const string WetOxygen = "o2_wet";

    public const string Megawatts = "MW";
    public const string PoundsPerHour = "[lb_av]/h";
    public const string CubicFeetPerHour = "[cft_i]/h";

    public const string MilligramsPerM3 = "mg/m3";
    public const string PartsPerMillion = "ppm";
    public const string Percent = "%";
    public const string CarbonDioxide = "co2";

    private const string DuctPrefix = "duct-";

    /// <summary>The current of an analogue output, for a calibration to make sense of.</summary>
    public const string Signal = "mA";

    private static readonly ImmutableArray<string> Pollutants =
    [
        "nox", "no", "no2", "co", "so2", "dust", CarbonDioxide, "nh3", "hcl", "hf", "toc", "hg",
    ];

    private static readonly ImmutableArray<(string Quantity, string Unit)> Conditions =
    [
        (Oxygen, Percent), (Moisture, Percent), (Flow, "m3/h"), (Temperature, "Cel"),
        (Pressure, "kPa"),
        (Operating, "1"), (WetOxygen, Percent),
        (Load, Megawatts), (Load, PoundsPerHour),
        (FuelFlow, PoundsPerHour), (FuelFlow, CubicFeetPerHour),
        (CalorificValue, "[Btu]/[lb_av]"), (CalorificValue, "[Btu]/[cft_i]"),
    ];

    public static IReadOnlyList<string> All { get; } =
        [.. Pollutants, .. Conditions.Select(row => row.Quantity).Distinct()];

    public static string[] AllPollutants => [.. Pollutants];

    /// <summary>What a quantity of a further duct is called.</summary>
    public static string DuctQuantity(string duct, string quantity) =>
        $"{DuctPrefix}{duct}-{quantity}";

    /// <summary>Which quantity of a duct it is; null for one that is not of it.</summary>
    public static string? OfDuct(string quantity, string duct) =>
        quantity.StartsWith(DuctQuantity(duct, ""), StringComparison.Ordinal)
        && All.Contains(quantity[DuctQuantity(duct, "").Length..])
            ? quantity[DuctQuantity(duct, "").Length..]
            : null;

    /// <summary>What is measured, in whichever duct.</summary>
    public static string InAnyDuct(string quantity) =>
        quantity.StartsWith(DuctPrefix, StringComparison.Ordinal)
            ? quantity[(quantity.LastIndexOf('-') + 1)..]
            : quantity;

    /// <summary>What the load, or fuel flow, of another unit of a common stack is called.
    /// </summary>
    public static string OfUnit(string quantity, string source) => $"{quantity}-of-{source}";

    public static bool IsPollutant(string quantity) => Pollutants.Contains(quantity);

    /// <summary>The units that a point of it may come in.</summary>
    public static string[] PointUnits(string quantity) => !IsPollutant(quantity)
        ? [.. Conditions.Where(row => row.Quantity == quantity).Select(row => row.Unit)]
        : quantity == CarbonDioxide ? [MilligramsPerM3, PartsPerMillion, Percent, Signal]
        : Constants.MolarMassOf(quantity) is null
            ? [MilligramsPerM3, Signal]
            : [MilligramsPerM3, PartsPerMillion, Signal];

    public static string UnitOf(string quantity)
    {
        if (IsPollutant(quantity))
        {
            return MilligramsPerM3;
        }

        foreach (var row in Conditions)
        {
            if (row.Quantity == quantity)
            {
                return row.Unit;
            }
        }

        throw new InvariantBrokenException($"'{quantity}' is no quantity.");
    }
}

/// <summary>The cluster: who, where, and which devices measure which stack when.</summary>
public sealed record ClusterMap(
    ImmutableArray<Member> Members,
    ImmutableArray<Zone> Zones,
    ImmutableArray<SourceBinding> Sources)
{
    public SourceBinding? SourceAt(string source, DateTimeOffset instant) =>
        Sources.FirstOrDefault(binding => binding.Id == source && binding.Holds(instant));

    /// <summary>The zone of every source; a source never changes its zone.</summary>
    public IReadOnlyDictionary<string, string> ZoneBySource =>
        Sources.DistinctBy(source => source.Id)
            .ToDictionary(source => source.Id, source => source.Zone);
}
