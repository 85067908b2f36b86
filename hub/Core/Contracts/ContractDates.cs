namespace Monitoring.Core.Contracts;

/// <summary>The dates that follow the end of a period by the contract's calendar.</summary>
/// <param name="Notice">Members are told what is settled provisionally.</param>
/// <param name="ObjectionsUntil">Until then they may object.</param>
/// <param name="Final">The settlement is booked and never changes.</param>
/// <param name="Hold">What is owed in kind has to be held.</param>
/// <param name="Pay">What is owed in money has to be paid.</param>
public sealed record ContractDates(
    DateTimeOffset Notice, DateTimeOffset ObjectionsUntil, DateTimeOffset Final,
    DateTimeOffset Hold, DateTimeOffset Pay)
{
    public static ContractDates Of(Contract contract, Period period)
    {
        var calendar = contract.Calendar;
        if (calendar.Objections is { } objections)
        {
            var final = period.End + objections;
            var pay = After(contract, period, calendar.PayDays);
            return new ContractDates(
                period.End, final, final, final, pay > final ? pay : final);
        }

        return new ContractDates(
            After(contract, period, calendar.NoticeDays),
            After(contract, period, calendar.NoticeDays + calendar.ObjectionDays),
            After(contract, period, calendar.FinalDays),
            After(contract, period, calendar.HoldDays),
            After(contract, period, calendar.PayDays));
    }

    /// <summary>Until when the holdings of a period can be sold.</summary>
    public static DateTimeOffset TradeUntil(Contract contract, Period period) =>
        After(contract, period, contract.Trade.WindowDays);

    /// <summary>
    /// So many local days after a period, so that a change of the clock between moves no date by
    /// an hour. Without days it is the end itself, whatever time of the day that is.
    /// </summary>
    public static DateTimeOffset After(Contract contract, Period period, int days)
    {
        if (days == 0)
        {
            return period.End;
        }

        var rule = contract.Bubble.Period;
        var day = TimeZoneInfo.ConvertTime(period.End, rule.Zone).Date.AddDays(days);
        while (contract.Calendar.IsRolled
            && day.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday)
        {
            day = day.AddDays(1);
        }

        return rule.Midnight(day);
    }
}
