using System.Collections.Immutable;
using System.Globalization;

namespace Monitoring.Core;

/// <summary>
/// How a number came about, as a tree: what was computed, by which formula or clause, from which
/// constants and parts, down to the readings of the instruments. Texts and numbers are as they
/// were used, so a person can compute the tree again with a pocket calculator.
/// </summary>
public sealed record Trace
{
    public required string Title { get; init; }

    /// <summary>The id of the fact or charge it explains; null for a step on the way.</summary>
    public string? Explains { get; init; }

    /// <summary>The formula, or the clause of contract or profile; empty for a heading.</summary>
    public string Rule { get; init; } = "";

    /// <summary>What came out; null where nothing did, as <see cref="Note"/> says.</summary>
    public TraceValue? Result { get; init; }

    public string Note { get; init; } = "";

    /// <summary>The span of time it is about; null where its parts say.</summary>
    public TraceSpan? Span { get; init; }

    public ImmutableArray<TraceConstant> Constants { get; init; } = [];

    public ImmutableArray<Trace> Parts { get; init; } = [];

    public ImmutableArray<RawReading> Readings { get; init; } = [];

    /// <summary>
    /// The same tree with what the finder knows put below the facts and charges it names: a
    /// settlement's trace ends at its facts, and theirs lead on to the readings.
    /// </summary>
    public Trace Expand(Func<string, Trace?> find)
    {
        var below = Parts.Select(part => part.Expand(find));
        return Explains is { } id && find(id) is { } trace
            ? this with { Parts = [.. below, trace] }
            : this with { Parts = [.. below] };
    }
}

/// <summary>A number and its unit, as text in the invariant culture.</summary>
public sealed record TraceValue(string Value, string Unit)
{
    public static TraceValue Of(decimal value, string unit) =>
        new(value.ToString(CultureInfo.InvariantCulture), unit);

    public static TraceValue Of(long value, string unit) =>
        new(value.ToString(CultureInfo.InvariantCulture), unit);
}

/// <summary>A half-open span of UTC milliseconds.</summary>
public sealed record TraceSpan(long StartMs, long EndMs);

/// <summary>A number that was given, not measured, and who gave it.</summary>
public sealed record TraceConstant(string Name, TraceValue Value, string Source)
{
    public static TraceConstant Of(string name, decimal value, string unit, string source) =>
        new(name, TraceValue.Of(value, unit), source);
}

/// <summary>One reading as it lies in the record log: the leaf of every trace.</summary>
/// <param name="TimeMs">UTC milliseconds.</param>
/// <param name="Status">Its place in the validity lattice.</param>
public sealed record RawReading(
    RecordId Record, string Device, string Point, long TimeMs, TraceValue Value, string Status);
