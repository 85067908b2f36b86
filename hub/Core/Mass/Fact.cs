using System.Collections.Immutable;
using System.Globalization;
using Monitoring.Core.Averaging;

namespace Monitoring.Core.Mass;

/// <summary>
/// The mass of one pollutant that one source emitted in one window, as known at an instant.
/// Late data makes a new revision; a fact never changes.
/// </summary>
public sealed record Fact
{
    public required string Id { get; init; }

    public required string Source { get; init; }

    public required string Pollutant { get; init; }

    public required Window Window { get; init; }

    public required long Milligrams { get; init; }

    /// <summary>How the mass was found, such as <c>concentration-times-flow/demo</c>.</summary>
    public required string Method { get; init; }

    /// <summary>The name of the worst status behind it.</summary>
    public required string Quality { get; init; }

    /// <summary>From 1; a higher one replaces a lower one of the same source and window.</summary>
    public required int Revision { get; init; }

    public required DateTimeOffset KnownAt { get; init; }

    public required ImmutableArray<RecordId> Inputs { get; init; }

    /// <summary>
    /// The id of that content. When it became known is not part of it: the same records give
    /// the same fact, however often it is worked out.
    /// </summary>
    public static string IdOf(Fact fact) => ContentId.Of(
    [
        "fact", fact.Source, fact.Pollutant, Text(fact.Window.StartMs), Text(fact.Window.EndMs),
        Text(fact.Milligrams), fact.Method, fact.Quality, Text(fact.Revision),
        .. fact.Inputs.Select(input => input.ToString()),
    ]);

    private static string Text(long value) => value.ToString(CultureInfo.InvariantCulture);
}
