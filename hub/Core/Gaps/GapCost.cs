namespace Monitoring.Core.Gaps;

/// <summary>
/// What a gap costs while it lasts: the mass that the substitute books beyond what the source
/// usually emits.
/// </summary>
/// <param name="SoFar">Tonnes, for the gap as it is.</param>
/// <param name="NextHour">Tonnes that one more hour adds.</param>
/// <param name="HarderAtHours">
/// The length of the gap at which a harder rule takes all of it; null: none within the horizon.
/// </param>
/// <param name="HarderAdds">Tonnes that this hour adds; null without one.</param>
public sealed record GapCost(
    decimal SoFar, decimal NextHour, int? HarderAtHours, decimal? HarderAdds)
{
    /// <summary>How far ahead a change of the rule is looked for.</summary>
    public const int HorizonHours = 72;

    private const decimal GramsPerTonne = 1e6m;

    /// <summary>Of the gap so far.</summary>
    public required int Hours { get; init; }

    /// <summary>Grams that are booked for each of them; null: nothing takes their place.</summary>
    public required decimal? BookedGramsPerHour { get; init; }

    /// <summary>Grams that the source emits in an hour of operation.</summary>
    public required decimal UsualGramsPerHour { get; init; }

    /// <param name="hours">Of the gap so far.</param>
    /// <param name="gramsPerHour">
    /// What the rule books for each hour of a gap of that length; null: nothing.
    /// </param>
    /// <param name="usual">What the source emits in an hour of operation, g.</param>
    public static GapCost Of(int hours, Func<int, decimal?> gramsPerHour, decimal usual)
    {
        decimal Total(int length) =>
            length * ((gramsPerHour(length) ?? usual) - usual) / GramsPerTonne;
        var now = gramsPerHour(Math.Max(1, hours));
        int? harder = null;
        for (var length = Math.Max(2, hours + 1);
            harder is null && length <= hours + HorizonHours; length++)
        {
            harder = gramsPerHour(length) > now ? length : null;
        }

        return new GapCost(
            Total(hours), Total(hours + 1) - Total(hours), harder,
            harder is { } at ? Total(at) - Total(at - 1) : null)
        {
            Hours = hours,
            BookedGramsPerHour = now,
            UsualGramsPerHour = usual,
        };
    }
}
