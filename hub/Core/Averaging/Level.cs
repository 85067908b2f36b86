using Monitoring.Wire;

namespace Monitoring.Core.Averaging;

public enum LevelSpan
{
    Day,
    Month,
    Year,

    /// <summary>A length of time that ends with each window.</summary>
    Rolling,
}

/// <summary>Averages over a longer span, made of the averages of windows.</summary>
/// <param name="RollingLength">Of a rolling level; else zero.</param>
/// <param name="HoursMin">The hours of averaged windows that it needs.</param>
/// <param name="LostMax">
/// More windows lost than these and there is no average; null: it is not limited.
/// </param>
public sealed record Level(
    string Id, LevelSpan Span, TimeSpan RollingLength, decimal HoursMin, int? LostMax)
{
    /// <summary>
    /// The span that an instant lies in, by the calendar of the zone: a day may have 23 or 25
    /// hours. Of a rolling level, the one that ends with the window that the instant begins.
    /// </summary>
    public Window Containing(long timeMs, TimeZoneInfo zone, long windowMs)
    {
        if (Span == LevelSpan.Rolling)
        {
            var endMs = timeMs + windowMs;
            return new Window(endMs - (long)RollingLength.TotalMilliseconds, endMs);
        }

        var local = TimeZoneInfo.ConvertTime(
            DateTimeOffset.FromUnixTimeMilliseconds(timeMs), zone);
        var day = DateOnly.FromDateTime(local.DateTime);
        var (first, next) = Span switch
        {
            LevelSpan.Day => (day, day.AddDays(1)),
            LevelSpan.Month => (day.AddDays(1 - day.Day), day.AddDays(1 - day.Day).AddMonths(1)),
            _ => (new DateOnly(day.Year, 1, 1), new DateOnly(day.Year + 1, 1, 1)),
        };
        return new Window(StartMsOf(first, zone), StartMsOf(next, zone));
    }

    /// <summary>
    /// The first instant of a date in a zone: where clocks skip midnight, the first that there
    /// is; where it comes twice, the earlier one.
    /// </summary>
    public static long StartMsOf(DateOnly date, TimeZoneInfo zone)
    {
        var midnight = date.ToDateTime(TimeOnly.MinValue);
        var minutes = 0;
        while (zone.IsInvalidTime(midnight))
        {
            minutes++;
            Invariant.That(minutes < 24 * 60);
            midnight = midnight.AddMinutes(1);
        }

        var offset = zone.IsAmbiguousTime(midnight)
            ? zone.GetAmbiguousTimeOffsets(midnight).Max()
            : zone.GetUtcOffset(midnight);
        return new DateTimeOffset(midnight, offset).ToUnixTimeMilliseconds();
    }
}

/// <summary>The average of one level, or why there is none, and its windows.</summary>
/// <param name="Counted">Windows behind the average.</param>
/// <param name="NotOperating">Windows in which the plant stood.</param>
/// <param name="Lost">All others: without a valid average though the plant may have run.</param>
public sealed record LevelAverage(
    Level Level, Window Window, decimal? Value, string? AbsentBecause, int Counted,
    int NotOperating, int Lost)
{
    public const string RuleHours = "too-few-hours";
    public const string RuleLost = "too-many-lost";

    public int Expected => Counted + NotOperating + Lost;
}

/// <summary>
/// The windows of a level, added up. Decimals of few places add without any rounding, so neither
/// order nor grouping makes a difference.
/// </summary>
public readonly record struct LevelSum(decimal Sum, int Counted, int NotOperating)
{
    public static LevelSum operator +(LevelSum one, LevelSum other) => new(
        one.Sum + other.Sum, one.Counted + other.Counted,
        one.NotOperating + other.NotOperating);

    /// <summary>One window's value, or the rule by which it has none.</summary>
    public LevelSum Add(decimal? value, string? absentBecause) => value is { } number
        ? new LevelSum(Sum + number, Counted + 1, NotOperating)
        : absentBecause == WindowAverages.RuleNotOperating
            ? this with { NotOperating = NotOperating + 1 }
            : this;

    /// <summary>
    /// Those of its windows that were not added are lost: nothing came to say that the plant
    /// stood.
    /// </summary>
    /// <param name="expected">How many windows it should have.</param>
    public LevelAverage Close(Level level, Window window, Profile profile, int expected)
    {
        var lost = Math.Max(0, expected - Counted - NotOperating);
        var absent = lost > level.LostMax ? LevelAverage.RuleLost
            : Counted == 0 || Counted * profile.WindowMs < level.HoursMin * MsPerHour
                ? LevelAverage.RuleHours
                : null;
        return new LevelAverage(
            level, window,
            absent is null ? Rounding.ToDecimals(Sum / Counted, profile.AverageDecimals) : null,
            absent, Counted, NotOperating, lost);
    }

    private const long MsPerHour = 3_600_000;
}
