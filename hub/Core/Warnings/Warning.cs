using System.Collections.Immutable;
using System.Globalization;

namespace Monitoring.Core.Warnings;

/// <summary>What of an instrument somebody has to look at.</summary>
public enum WarningKind
{
    /// <summary>Hours are missing, and the gap lasts.</summary>
    Gap,

    /// <summary>Few windows of a day, or days of a year, may still be lost.</summary>
    Loss,

    /// <summary>A test is valid, and ends soon.</summary>
    TestDue,

    /// <summary>A test is not valid, so no hour is.</summary>
    TestInvalid,

    /// <summary>A control chart of QAL3 says that the instrument drifted or scatters.</summary>
    Drift,
}

/// <summary>Which warning: one at a time.</summary>
/// <param name="Subject">
/// The test, or the chart; of a loss <c>day</c>, <c>day-lost</c> or <c>year</c>; empty of a gap.
/// </param>
public readonly record struct WarningKey(
    string Source, string Quantity, WarningKind Kind, string Subject);

/// <summary>A warning as it stands.</summary>
/// <param name="Text">In words, for people.</param>
public sealed record Warning(WarningKey Key, string Text);

/// <summary>How a warning stands in the books.</summary>
/// <param name="Changes">How often it was raised or cleared.</param>
public sealed record WarningState(WarningKey Key, bool IsRaised, int Changes);

/// <summary>A warning is raised, or over.</summary>
public sealed record WarningChange(
    WarningKey Key, bool IsRaised, string Text, DateTimeOffset At, int Number)
{
    /// <summary>A repeat has the same.</summary>
    public string Id => ContentId.Of(
        "warning", Key.Source, Key.Quantity, Key.Kind.ToString(), Key.Subject,
        Number.ToString(CultureInfo.InvariantCulture));
}

/// <summary>What changed between the books and now.</summary>
public static class WarningRules
{
    /// <param name="states">Of one source.</param>
    /// <param name="now">All that stands of it.</param>
    public static ImmutableArray<WarningChange> Changes(
        IReadOnlyList<WarningState> states, IReadOnlyList<Warning> now, DateTimeOffset at)
    {
        var known = states.ToDictionary(state => state.Key);
        var raised = now.Select(warning => warning.Key).ToHashSet();
        return
        [
            .. from warning in now
               let state = known.GetValueOrDefault(warning.Key)
               where state?.IsRaised != true
               select new WarningChange(
                   warning.Key, true, warning.Text, at, (state?.Changes ?? 0) + 1),
            .. from state in states
               where state.IsRaised && !raised.Contains(state.Key)
               select new WarningChange(
                   state.Key, false, $"It is over: {NameOf(state.Key)}.", at, state.Changes + 1),
        ];
    }

    public static string NameOf(WarningKind kind) => kind switch
    {
        WarningKind.Gap => "gap",
        WarningKind.Loss => "loss",
        WarningKind.TestDue => "test-due",
        WarningKind.TestInvalid => "test-invalid",
        _ => "drift",
    };

    private static string NameOf(WarningKey key) =>
        $"{NameOf(key.Kind)} of {key.Source}/{key.Quantity}"
            + (key.Subject.Length > 0 ? $", {key.Subject}" : "");
}
