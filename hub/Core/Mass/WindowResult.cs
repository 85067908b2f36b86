using System.Collections.Immutable;
using Monitoring.Core.Averaging;

namespace Monitoring.Core.Mass;

/// <summary>A number worked out of averages, or the rule by which there is none.</summary>
/// <param name="Name">Such as <c>nox</c>, or <c>flow</c>.</param>
public sealed record DerivedValue(string Name, string Unit, decimal? Value, string? AbsentBecause);

/// <summary>All that a window of one source gave.</summary>
public sealed record WindowResult
{
    public required string Source { get; init; }

    public required Window Window { get; init; }

    /// <summary>Of the window, and of each of its facts.</summary>
    public required int Revision { get; init; }

    public required ImmutableArray<QuantityAverage> Averages { get; init; }

    public required ImmutableArray<DeviceCoverage> Coverage { get; init; }

    /// <summary>Pollutants at the reference oxygen, mg/m3.</summary>
    public required ImmutableArray<DerivedValue> Standardised { get; init; }

    /// <summary>The flow at the reference state, m3/h.</summary>
    public required DerivedValue FlowAtReference { get; init; }

    /// <summary>One of each image that came: used for the facts, or excluded by a rule.</summary>
    public required ImmutableArray<ImageFate> Fates { get; init; }

    /// <summary>One a pollutant; none where <see cref="NoFactBecause"/> says why.</summary>
    public required ImmutableArray<Fact> Facts { get; init; }

    public required string? NoFactBecause { get; init; }

    /// <summary>One part for each pollutant, down to the readings.</summary>
    public required Trace Trace { get; init; }

    /// <summary>The trace of one pollutant's mass.</summary>
    public Trace TraceOf(string pollutant) =>
        Trace.Parts.First(part => part.Title == WindowTrace.MassTitle(pollutant));
}
