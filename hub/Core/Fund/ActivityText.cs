using System.Collections.Immutable;
using Monitoring.Core.Contracts;

namespace Monitoring.Core.Fund;

/// <summary>Tells a member that what it did in a period is not known.</summary>
public static class ActivityText
{
    /// <summary>Why members are told: the period is over and waits for their reports.</summary>
    public const string Missing = "activity-missing";

    /// <summary>The day of notice has come, and it waits still.</summary>
    public const string Late = "activity-late";

    /// <param name="missing">Of one member.</param>
    /// <param name="until">The date of notice, as its reader wants that written.</param>
    public static string Of(
        Period period, ImmutableArray<MissingActivity> missing, string until, bool isLate,
        Language language)
    {
        var isUkrainian = language == Language.Ukrainian;
        var what = string.Join("; ", missing.Select(one =>
            $"{one.Source}: {Say(one.Gap, isUkrainian)}"));
        return isUkrainian
            ? $"Період {period.Id} не можна розрахувати: "
                + $"невідомо, що зробив {missing[0].Member} ({what}). "
                + (isLate
                    ? $"Повідомити про це слід було до {until}; "
                        + "розрахунок для всіх чекає."
                    : $"Повідомте про це до {until} (report_activity).")
            : $"{period.Id} cannot be settled: it is not known what {missing[0].Member} did "
                + $"({what}). "
                + (isLate
                    ? $"It was to be reported until {until}; the settlement of all members waits "
                        + "for it."
                    : $"Report it until {until} (report_activity).");
    }

    private static string Say(ActivityGap gap, bool isUkrainian) => gap switch
    {
        ActivityGap.UnitsDiffer => isUkrainian
            ? "обсяг указано в різних одиницях"
            : "it is counted in several units",
        _ => isUkrainian
            ? "немає повідомлення про обсяг діяльності"
            : "no report of what it made",
    };
}
