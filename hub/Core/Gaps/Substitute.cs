namespace Monitoring.Core.Gaps;

/// <summary>What takes the place of an hour that was not measured.</summary>
/// <param name="Value">Unrounded, in the unit of the measurement; null: nothing does.</param>
/// <param name="Code">
/// How it was determined: the MODC of 40 CFR Part 75, or empty where a regime has no codes.
/// </param>
/// <param name="Rule">In words, with the hours that it rests on.</param>
public readonly record struct Substitute(decimal? Value, string Code, string Rule)
{
    public static Substitute None(string reason) => new(null, "", reason);
}
