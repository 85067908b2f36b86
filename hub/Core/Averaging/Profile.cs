using System.Collections.Immutable;
using Monitoring.Core.Validity;

namespace Monitoring.Core.Averaging;

/// <summary>How raw readings become averages: the rules of one regime, as data.</summary>
public sealed record Profile
{
    public required string Id { get; init; }

    public required string Title { get; init; }

    public required TimeSpan Window { get; init; }

    /// <summary>The least share of expected images that have to be used, 0 to 1.</summary>
    public required decimal CoverageMin { get; init; }

    public required ImmutableArray<Status> CountedStatuses { get; init; }

    public required decimal ReferenceTemperatureK { get; init; }

    public required decimal ReferencePressureKpa { get; init; }

    public required decimal ReferenceOxygenPercent { get; init; }

    /// <summary>The constant of the oxygen formula, 21 in the EU.</summary>
    public required decimal OxygenConstantPercent { get; init; }

    /// <summary>
    /// Decimals of every average and of everything derived from it. The next step uses the
    /// rounded number, so what is shown is what was used.
    /// </summary>
    public required int AverageDecimals { get; init; }

    /// <summary>Where a trace says its numbers come from.</summary>
    public string Source => $"profile {Id}";
}
