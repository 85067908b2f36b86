using Monitoring.Core.Averaging;

namespace Monitoring.Core.Compliance;

/// <summary>
/// How many windows of today and how many days of the year may still be lost to maintenance and
/// malfunction: told while there is time to do something about it. Null: it is not limited.
/// </summary>
/// <param name="LostToday">Windows of the running day that are lost already.</param>
/// <param name="LostDays">Closed days of the year without an average for that reason.</param>
public sealed record LossBudget(
    int LostToday, int? LostTodayMax, int LostDays, int? LostDaysMax)
{
    /// <summary>
    /// So many are left, or fewer, when somebody is to be told: a choice of ours, of no text.
    /// </summary>
    public const int ToldAtLeft = 2;

    public bool IsTodayLost => LeftToday < 0;

    public bool IsTodayLow => LostToday > 0 && LeftToday <= ToldAtLeft;

    public bool AreDaysLow => LeftDays < LostDaysMax && LeftDays <= ToldAtLeft;

    /// <summary>Below 0 where the day is lost.</summary>
    public int? LeftToday => LostTodayMax - LostToday;

    /// <summary>A day that is lost while it runs counts before it ends.</summary>
    public int? LeftDays => LostDaysMax - LostDays - (LeftToday < 0 ? 1 : 0);

    /// <param name="today">The windows of the running day up to now.</param>
    /// <param name="passedToday">How many there were up to now, with a value or not.</param>
    public static LossBudget Of(
        Profile profile, Level day, IEnumerable<LevelAverage> daysOfYear, LevelSum today,
        int passedToday) => new(
        Math.Max(0, passedToday - today.Counted - today.NotOperating), day.LostMax,
        daysOfYear.Count(one => one.AbsentBecause == LevelAverage.RuleLost),
        profile.LostDaysMax);
}
