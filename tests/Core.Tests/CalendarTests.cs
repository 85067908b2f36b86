using System.Text;
using Monitoring.Core.Contracts;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Core;

public sealed class CalendarTests
{
    // Kyiv is two hours ahead in winter and three in summer; 2028 has a leap day.
    [Theory]
    [InlineData(PeriodKind.Year, "2026-06-01T00:00:00Z", "2025-12-31T22:00", "2026-12-31T22:00")]
    [InlineData(PeriodKind.Year, "2025-12-31T22:00:00Z", "2025-12-31T22:00", "2026-12-31T22:00")]
    [InlineData(PeriodKind.Year, "2025-12-31T21:59:59Z", "2024-12-31T22:00", "2025-12-31T22:00")]
    [InlineData(PeriodKind.Quarter, "2028-02-29T12:00:00Z", "2027-12-31T22:00", "2028-03-31T21:00")]
    [InlineData(PeriodKind.Quarter, "2026-12-31T21:59:59Z", "2026-09-30T21:00", "2026-12-31T22:00")]
    [InlineData(PeriodKind.Month, "2026-03-29T12:00:00Z", "2026-02-28T22:00", "2026-03-31T21:00")]
    [InlineData(PeriodKind.Month, "2026-10-25T12:00:00Z", "2026-09-30T21:00", "2026-10-31T22:00")]
    public void Calendar_periods_follow_the_clock_of_the_place(
        PeriodKind kind, string instant, string start, string end)
    {
        var rule = new PeriodRule(
            kind, TimeSpan.Zero, TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv"));
        var span = rule.Containing(DateTimeOffset.Parse(instant, null));

        Assert.Equal(
            (DateTimeOffset.Parse(start + "Z", null), DateTimeOffset.Parse(end + "Z", null)), span);
        Assert.Equal(span, rule.Containing(span.Start));
        Assert.Equal(span.End, rule.Containing(span.End).Start);
    }

    [Theory]
    [InlineData("2026-03-29", 23)]
    [InlineData("2026-10-25", 25)]
    [InlineData("2028-02-29", 24)]
    public void A_day_of_a_change_of_the_clock_has_23_or_25_hours(string day, int hours)
    {
        var rule = new PeriodRule(
            PeriodKind.Month, TimeSpan.Zero, TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv"));
        var date = DateTime.Parse(day, null);

        Assert.Equal(
            TimeSpan.FromHours(hours), rule.Midnight(date.AddDays(1)) - rule.Midnight(date));
    }

    [Fact]
    public void A_leap_quarter_has_one_day_more()
    {
        var rule = new PeriodRule(PeriodKind.Quarter, TimeSpan.Zero, TimeZoneInfo.Utc);
        TimeSpan Length(int year)
        {
            var (start, end) = rule.Containing(
                new DateTimeOffset(year, 2, 1, 0, 0, 0, TimeSpan.Zero));
            return end - start;
        }

        Assert.Equal(TimeSpan.FromDays(90), Length(2027));
        Assert.Equal(TimeSpan.FromDays(91), Length(2028));
    }

    // A midnight that the clock skips, in Beirut, and one that comes twice, in Havana.
    [Theory]
    [InlineData("Asia/Beirut", "2024-03-31", "2024-03-30T22:00:00Z")]
    [InlineData("America/Havana", "2024-11-03", "2024-11-03T04:00:00Z")]
    public void A_midnight_that_is_skipped_or_comes_twice_begins_its_day_once(
        string zone, string day, string utc)
    {
        var rule = new PeriodRule(
            PeriodKind.Month, TimeSpan.Zero, TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal(
            DateTimeOffset.Parse(utc, null), rule.Midnight(DateTime.Parse(day, null)));
    }

    [Fact]
    public void Dates_after_a_period_are_local_days_and_roll_to_a_business_day()
    {
        var contract = Contracts.Preset("cluster");
        var period = Period.Containing(contract, contract.InForce);
        var dates = ContractDates.Of(contract, period);

        // 30 days after 1 January 2027 is Sunday, 31 January; 60 days are 2 March.
        Assert.Equal(DateTimeOffset.Parse("2027-01-31T22:00:00Z", null), dates.Notice);
        Assert.Equal(DateTimeOffset.Parse("2027-03-01T22:00:00Z", null), dates.Final);
        Assert.Equal(DateTimeOffset.Parse("2027-03-31T21:00:00Z", null), dates.Hold);
    }

    [Fact]
    public void A_contract_without_a_calendar_is_final_at_once()
    {
        var contract = Shipped.Contract with { Calendar = CalendarRule.AtOnce };
        var period = Period.Containing(contract, DateTimeOffset.UnixEpoch);

        Assert.Equal(period.End, ContractDates.Of(contract, period).Final);
    }

    // The bands of Part 75 for SO2.
    [Theory]
    [InlineData(95.0, 24, "average")]
    [InlineData(95.0, 24.1, "percentile-90-or-average")]
    [InlineData(94.9, 8, "average")]
    [InlineData(94.9, 8.1, "percentile-95-or-average")]
    [InlineData(90.0, 9, "percentile-95-or-average")]
    [InlineData(89.9, 1, "maximum")]
    [InlineData(80.0, 500, "maximum")]
    [InlineData(79.9, 1, "maximum-potential")]
    public void A_gap_is_filled_by_how_long_it_is_and_how_rare(
        double availability, double hours, string method)
    {
        var rule = Contracts.Preset("arp").Data;

        Assert.Equal(method, rule.MethodFor((decimal)availability, (decimal)hours));
    }

    [Theory]
    [InlineData("decrease: credit", "decrease: return-in-kind", "use 'credit'")]
    [InlineData("force_majeure: none", "force_majeure: relief", "use 'none'")]
    public void What_nothing_does_is_refused_with_the_reason(
        string written, string instead, string remedy)
    {
        var faults = new Faults();
        ContractReader.Read(
            "cluster.yaml", Encoding.UTF8.GetBytes(
                Shipped.Text("contracts/presets/cluster.yaml")
                    .Replace(written, instead, StringComparison.Ordinal)),
            ContractSurroundings.None, faults);
        Assert.Contains(remedy, faults.All.Single().ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Short_periods_have_a_time_for_objections_instead_of_days()
    {
        var contract = Shipped.Contract with
        {
            Calendar = CalendarRule.AtOnce with { Objections = TimeSpan.FromSeconds(30) },
        };
        var period = Contracts.First(contract);
        var dates = ContractDates.Of(contract, period);
        Assert.Equal(period.End, dates.Notice);
        Assert.All(
            [dates.ObjectionsUntil, dates.Final, dates.Hold, dates.Pay],
            date => Assert.Equal(period.End.AddSeconds(30), date));

        var faults = new Faults();
        var text = Shipped.Text("contracts/demo.yaml");
        ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(
                text.Replace(
                    "objections: 30 s", "objections: 30 s, final_days: 3, hold_days: 3",
                    StringComparison.Ordinal)),
            Shipped.Surroundings, faults);
        Assert.Contains("'objections', or the days", faults.All.Single().ToString());
    }
}
