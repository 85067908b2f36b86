using Monitoring.Wire;
using Monitoring.Wire.Documents;

namespace Monitoring.Core.Contracts;

public enum PeriodKind
{
    /// <summary>A length that divides a day, counted from midnight UTC.</summary>
    Length,
    Month,
    Quarter,
    Year,
}

/// <summary>A day of every year.</summary>
public sealed record DayOfYear(int Month, int Day);

/// <summary>A part of each year outside which nothing counts; both days belong to it.</summary>
public sealed record Season(DayOfYear From, DayOfYear To);

/// <summary>
/// How time is cut into periods: by a length, or by the calendar of a place. A day of a change of
/// the clock has 23 or 25 hours, and a quarter may have a leap day.
/// </summary>
/// <param name="Length">Of <see cref="PeriodKind.Length"/>; otherwise 0.</param>
public sealed record PeriodRule(PeriodKind Kind, TimeSpan Length, TimeZoneInfo Zone)
{
    private const int MonthsPerYear = 12;
    private const int MonthsPerQuarter = 3;

    public Season? Season { get; init; }

    /// <summary>Such as <c>60 s</c> or <c>quarter of Europe/Kyiv</c>.</summary>
    public string Text => Kind == PeriodKind.Length
        ? DocumentText.Format(Length)
        : $"{Kind.ToString().ToLowerInvariant()} of {Zone.Id}";

    public static PeriodRule Of(TimeSpan length) =>
        new(PeriodKind.Length, length, TimeZoneInfo.Utc);

    /// <summary>The span that contains an instant, half-open, in UTC.</summary>
    public (DateTimeOffset Start, DateTimeOffset End) Containing(DateTimeOffset instant)
    {
        if (Kind == PeriodKind.Length)
        {
            Invariant.That(Length > TimeSpan.Zero && TimeSpan.TicksPerDay % Length.Ticks == 0);
            var ticks = instant.UtcTicks;
            var from = new DateTimeOffset(ticks - (ticks % Length.Ticks), TimeSpan.Zero);
            return (from, from + Length);
        }

        var months = Kind switch
        {
            PeriodKind.Month => 1,
            PeriodKind.Quarter => MonthsPerQuarter,
            _ => MonthsPerYear,
        };
        return Months(instant, months);
    }

    /// <summary>The calendar months, so many together, that contain an instant.</summary>
    public (DateTimeOffset Start, DateTimeOffset End) Months(DateTimeOffset instant, int months)
    {
        var local = TimeZoneInfo.ConvertTime(instant, Zone);
        var first = new DateTime(local.Year, ((local.Month - 1) / months * months) + 1, 1);
        return (Midnight(first), Midnight(first.AddMonths(months)));
    }

    public int YearOf(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, Zone).Year;

    /// <summary>Whether what is emitted then counts; always, without a season.</summary>
    public bool Counts(DateTimeOffset instant)
    {
        if (Season is not { } season)
        {
            return true;
        }

        var local = TimeZoneInfo.ConvertTime(instant, Zone);
        var day = Number(local.Month, local.Day);
        return day >= Number(season.From.Month, season.From.Day)
            && day <= Number(season.To.Month, season.To.Day);
    }

    /// <summary>The spans of a time that count; all of it without a season.</summary>
    public IEnumerable<(DateTimeOffset From, DateTimeOffset Until)> CountedIn(
        DateTimeOffset from, DateTimeOffset until)
    {
        if (Season is not { } season)
        {
            return from < until ? [(from, until)] : [];
        }

        return Enumerable.Range(YearOf(from), YearOf(until) - YearOf(from) + 1)
            .Select(year => (
                From: Midnight(new DateTime(year, season.From.Month, season.From.Day)),
                Until: Midnight(
                    new DateTime(year, season.To.Month, season.To.Day).AddDays(1))))
            .Select(span => (
                span.From > from ? span.From : from, span.Until < until ? span.Until : until))
            .Where(span => span.Item1 < span.Item2);
    }

    /// <summary>
    /// The first instant of a local day. Where the clock skips midnight, the day begins later;
    /// where midnight comes twice, with the first.
    /// </summary>
    public DateTimeOffset Midnight(DateTime day)
    {
        var local = DateTime.SpecifyKind(day.Date, DateTimeKind.Unspecified);
        while (Zone.IsInvalidTime(local))
        {
            local = local.AddMinutes(15);
        }

        var offset = Zone.IsAmbiguousTime(local)
            ? Zone.GetAmbiguousTimeOffsets(local).Max()
            : Zone.GetUtcOffset(local);
        return new DateTimeOffset(local, offset).ToUniversalTime();
    }

    private static int Number(int month, int day) => (month * 100) + day;
}
