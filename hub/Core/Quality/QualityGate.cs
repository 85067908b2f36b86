using System.Collections.Immutable;

namespace Monitoring.Core.Quality;

/// <summary>A test that an instrument has to have passed lately.</summary>
/// <param name="Kind">Such as <c>calibration</c>, <c>linearity</c>, <c>rata</c>, <c>ast</c>.
/// </param>
/// <param name="ValidHours">How long a passed test lasts, clock hours.</param>
/// <param name="GraceHours">How much longer, while the next one is overdue.</param>
/// <param name="Quantities">Of which instruments it is asked.</param>
public sealed record RequiredTest(
    string Kind, long ValidHours, long GraceHours, ImmutableArray<string> Quantities);

/// <summary>A test that was done.</summary>
/// <param name="Hour">At whose end it was over, whole hours since the Unix epoch, UTC.</param>
/// <param name="DueHour">When the next one is due; null: when the profile says.</param>
public readonly record struct DoneTest(string Kind, long Hour, bool Passed, long? DueHour);

/// <summary>Why an hour does not count, or why it soon will not.</summary>
public enum GateState
{
    Current,

    /// <summary>Overdue, and still valid.</summary>
    InGrace,

    Expired,

    /// <summary>The last test failed: out of control until one passes.</summary>
    Failed,

    NeverTested,
}

/// <param name="ExpiresAt">
/// The first hour that is not valid any more; null where it already is not.
/// </param>
/// <param name="LastHour">Of the last test; null where there is none.</param>
public sealed record TestStanding(
    string Kind, GateState State, long? LastHour, long? ExpiresAt)
{
    private const long MsPerHour = 3_600_000;

    public bool IsValid => State is GateState.Current or GateState.InGrace;

    /// <summary>UTC milliseconds.</summary>
    public long? ExpiresMs => ExpiresAt * MsPerHour;

    /// <summary>Such as <c>rata-expired</c>: why an hour does not count.</summary>
    public string Rule => $"{Kind}-{NameOf(State)}";

    public static string NameOf(GateState state) => state switch
    {
        GateState.Current => "current",
        GateState.InGrace => "in-grace",
        GateState.Expired => "expired",
        GateState.Failed => "failed",
        _ => "never-tested",
    };
}

/// <summary>
/// The gate of quality assurance: an hour is valid only while all its tests are. A test counts
/// from the hour in which it was over.
/// </summary>
public static class QualityGate
{
    /// <summary>
    /// How all required tests stand in an hour, the one that fails or expires first before the
    /// others: the first of them explains the hour, and is the forecast while it is valid.
    /// </summary>
    public static ImmutableArray<TestStanding> At(
        long hour, ImmutableArray<RequiredTest> required, ImmutableArray<DoneTest> done) =>
    [
        .. required.Select(test => StandingOf(test, done, hour))
            .OrderBy(standing => standing.IsValid)
            .ThenBy(standing => standing.ExpiresAt),
    ];

    private static TestStanding StandingOf(
        RequiredTest test, ImmutableArray<DoneTest> done, long hour)
    {
        DoneTest? last = null;
        foreach (var one in done)
        {
            // Of two tests in one hour the failed one counts.
            if (one.Kind == test.Kind && one.Hour <= hour
                && (last is null || one.Hour > last.Value.Hour
                    || (one.Hour == last.Value.Hour && !one.Passed)))
            {
                last = one;
            }
        }

        if (last is not { } found)
        {
            return new TestStanding(test.Kind, GateState.NeverTested, null, null);
        }

        if (!found.Passed)
        {
            return new TestStanding(test.Kind, GateState.Failed, found.Hour, null);
        }

        var due = found.DueHour ?? found.Hour + test.ValidHours;
        var end = due + test.GraceHours;
        return hour < due ? new TestStanding(test.Kind, GateState.Current, found.Hour, end)
            : hour < end ? new TestStanding(test.Kind, GateState.InGrace, found.Hour, end)
            : new TestStanding(test.Kind, GateState.Expired, found.Hour, null);
    }
}
