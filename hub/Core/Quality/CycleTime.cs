using System.Collections.Immutable;

namespace Monitoring.Core.Quality;

/// <summary>
/// The cycle time test of 40 CFR Part 75 Appendix A 6.4: how long a monitor takes to a stable
/// reading. A report has room for 99 minutes.
/// </summary>
public static class CycleTime
{
    public const int ReportedMax = 99;

    /// <summary>Minutes of one injection; null if it ends before it begins.</summary>
    public static int? OfInjection(DateTime begin, DateTime end) =>
        end < begin
            ? null
            : (int)Math.Min(ReportedMax, (end - begin).TotalMinutes);

    /// <summary>
    /// The minutes as the agency keeps them (check CYCLE-12): the times are whole minutes, so a
    /// plant that counts both its first and its last minute is believed.
    /// </summary>
    /// <param name="reported">The plant's own number; null: none.</param>
    public static int? Kept(DateTime begin, DateTime end, int? reported) =>
        OfInjection(begin, end) is { } minutes
            ? reported == minutes + 1 ? reported : minutes
            : null;

    /// <summary>
    /// The test's own as the agency keeps it (check CYCLE-17): a plant may state more.
    /// </summary>
    /// <param name="reported">The plant's own; null: none.</param>
    public static int? KeptOfTest(ImmutableArray<int> injections, int? reported) =>
        OfTest(injections) is { } slowest && reported > slowest ? reported : OfTest(injections);

    /// <summary>The test's own: that of its slowest injection; null for none.</summary>
    public static int? OfTest(ImmutableArray<int> injections) =>
        injections.IsEmpty ? null : injections.Max();
}
