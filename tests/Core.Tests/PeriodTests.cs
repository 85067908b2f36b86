using Monitoring.Core;
using Monitoring.Core.Contracts;

namespace Monitoring.Tests.Core;

public sealed class PeriodTests
{
    [Theory]
    [InlineData("2026-11-24T10:15:00Z", "demo-bubble/2026-11-24T10:15:00Z")]
    [InlineData("2026-11-24T10:15:59.9999999Z", "demo-bubble/2026-11-24T10:15:00Z")]
    [InlineData("2026-11-24T12:16:00+02:00", "demo-bubble/2026-11-24T10:16:00Z")]
    [InlineData("2026-12-31T23:59:30Z", "demo-bubble/2026-12-31T23:59:00Z")]
    public void A_period_contains_its_start_and_not_its_end(string instant, string id)
    {
        var period = Period.Containing(Shipped.Contract, DateTimeOffset.Parse(instant));

        Assert.Equal(id, period.Id);
        Assert.Equal(TimeSpan.FromSeconds(60), period.Length);
        Assert.True(period.Contains(period.Start));
        Assert.False(period.Contains(period.End));
        Assert.Equal(period.End, period.Next(Shipped.Contract).Start);
        Assert.Equal(period, Period.Parse(Shipped.Contract, id));
    }

    [Theory]
    [InlineData("demo-bubble/2026-11-24T10:15:01Z")]
    [InlineData("other/2026-11-24T10:15:00Z")]
    [InlineData("demo-bubble")]
    [InlineData("demo-bubble/yesterday")]
    public void What_is_no_period_of_the_contract_is_none(string id) =>
        Assert.Null(Period.Parse(Shipped.Contract, id));

    [Fact]
    public void Ids_follow_from_content_and_keep_fields_apart()
    {
        Assert.Equal(ContentId.Of("a", "b"), ContentId.Of("a", "b"));
        Assert.NotEqual(ContentId.Of("a", "b"), ContentId.Of("ab"));
        Assert.NotEqual(ContentId.Of("a", "b"), ContentId.Of("ab", ""));
        // SHA-256 of 00 00 00 01 61, by sha256sum and base32.
        Assert.Equal("ol7wwauutwwzkadmgq7d3myvac", ContentId.Of("a"));
    }

    [Fact]
    public void A_record_is_found_by_its_text()
    {
        var id = new RecordId("plant-a", "gateway-1", "e1", 42);

        Assert.Equal(id, RecordId.Parse(id.ToString()));
        Assert.Null(RecordId.Parse("plant-a/gateway-1/e1"));
        Assert.Null(RecordId.Parse("plant-a/gateway-1/e1/-2"));
    }

    /// <summary>A season is cut at local midnights; the last day of it belongs to it.</summary>
    [Theory]
    [InlineData("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z",
        "2026-04-30T21:00Z/2026-09-30T21:00Z")]
    [InlineData("2026-09-30T20:00:00Z", "2026-09-30T22:00:00Z",
        "2026-09-30T20:00Z/2026-09-30T21:00Z")]
    [InlineData("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", "")]
    [InlineData("2025-09-01T00:00:00Z", "2026-06-01T00:00:00Z",
        "2025-09-01T00:00Z/2025-09-30T21:00Z 2026-04-30T21:00Z/2026-06-01T00:00Z")]
    public void A_season_counts_its_days(string from, string until, string expected)
    {
        var rule = new PeriodRule(
            PeriodKind.Year, TimeSpan.Zero, TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv"))
        {
            Season = new Season(new DayOfYear(5, 1), new DayOfYear(9, 30)),
        };
        static DateTimeOffset At(string text) => DateTimeOffset.Parse(
            text, System.Globalization.CultureInfo.InvariantCulture);
        static string Show(DateTimeOffset at) => at.ToString(
            "yyyy-MM-ddTHH:mmZ", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Equal(expected, string.Join(' ', rule.CountedIn(At(from), At(until))
            .Select(span => $"{Show(span.From)}/{Show(span.Until)}")));
    }
}
