using System.Collections.Immutable;
using Monitoring.Wire;

namespace Monitoring.Core.Averaging;

/// <summary>One owner in the cluster.</summary>
public sealed record Member(string Id, string Title);

/// <summary>One place that bears the emissions.</summary>
public sealed record Zone(string Id, string Title);

/// <summary>Which point of which device measures a quantity of a source.</summary>
/// <param name="Unit">The UCUM code that the quantity has to be measured in.</param>
public sealed record QuantityBinding(string Quantity, string Device, string Point, string Unit);

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

    /// <summary>The devices it needs, in the order in which its quantities name them.</summary>
    public IEnumerable<string> Devices => Quantities.Select(q => q.Device).Distinct();

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

    private static readonly ImmutableArray<string> Pollutants =
        ["nox", "no", "no2", "co", "so2", "dust", "co2", "nh3", "hcl", "hf", "toc", "hg"];

    private static readonly ImmutableArray<(string Quantity, string Unit)> Conditions =
        [(Oxygen, "%"), (Flow, "m3/h"), (Temperature, "Cel"), (Pressure, "kPa")];

    public static IReadOnlyList<string> All { get; } =
        [.. Pollutants, .. Conditions.Select(row => row.Quantity)];

    public static bool IsPollutant(string quantity) => Pollutants.Contains(quantity);

    public static string UnitOf(string quantity)
    {
        if (IsPollutant(quantity))
        {
            return "mg/m3";
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
