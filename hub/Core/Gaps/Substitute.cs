using System.Collections.Immutable;

namespace Monitoring.Core.Gaps;

/// <summary>What takes the place of an hour that was not measured.</summary>
/// <param name="Value">Unrounded, in the unit of the measurement; null: nothing does.</param>
/// <param name="Code">
/// How it was determined: the MODC of 40 CFR Part 75, or the regime's name where it has no codes.
/// </param>
/// <param name="Rule">In words.</param>
public readonly record struct Substitute(decimal? Value, string Code, string Rule)
{
    /// <summary>What it rests on: the hours around the gap, the lookback, the availability.
    /// </summary>
    public ImmutableArray<Constant> Inputs { get; init; } = [];

    /// <summary>Code and rule, as the books keep them beside the value.</summary>
    public string Method => $"{Code}: {Rule}";

    public static Substitute None(string reason) => new(null, "", reason);
}
