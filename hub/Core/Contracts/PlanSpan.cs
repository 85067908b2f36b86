using System.Globalization;

namespace Monitoring.Core.Contracts;

/// <summary>The spans that a plan may be made for, by their names.</summary>
public static class PlanSpan
{
    /// <summary>For whoever wrote another.</summary>
    public const string Remedy = "write '2026', '2026-Q1', '2026-03', '2026-03-15', "
        + "'2026-03-15/2026-03-28' with both days in it, or the id of a period";

    private const int MonthsPerQuarter = 3;

    /// <summary>Half-open, at local midnights of the contract; null for what is no span.</summary>
    public static (DateTimeOffset From, DateTimeOffset Until)? Parse(
        Contract contract, string text)
    {
        if (Period.Parse(contract, text) is { } period)
        {
            return (period.Start, period.End);
        }

        var rule = contract.Bubble.Period;
        return Days(text) is var (first, behind)
            ? (rule.Midnight(first), rule.Midnight(behind))
            : null;
    }

    private static (DateTime First, DateTime Behind)? Days(string text)
    {
        if (text.Split('/') is [var one, var other])
        {
            return Day(one, "yyyy-MM-dd") is { } from && Day(other, "yyyy-MM-dd") is { } to
                && from <= to ? (from, to.AddDays(1)) : null;
        }

        if (text.Split("-Q") is [var year, [>= '1' and <= '4' and var quarter]]
            && Day(year, "yyyy") is { } start)
        {
            var first = start.AddMonths((quarter - '1') * MonthsPerQuarter);
            return (first, first.AddMonths(MonthsPerQuarter));
        }

        return Day(text, "yyyy") is { } january ? (january, january.AddYears(1))
            : Day(text, "yyyy-MM") is { } month ? (month, month.AddMonths(1))
            : Day(text, "yyyy-MM-dd") is { } day ? (day, day.AddDays(1))
            : null;
    }

    // A century around now: what is beyond is a slip of the pen.
    private static DateTime? Day(string text, string format) =>
        DateTime.TryParseExact(
            text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)
        && day.Year is >= 2000 and < 2100 ? day : null;
}
