using CsCheck;
using Monitoring.Core.Averaging;

namespace Monitoring.Tests.Core;

/// <summary>Days, months and years by the calendar of a plant, and what they need.</summary>
public sealed class LevelTests
{
    private const long HalfHourMs = 1_800_000;

    private static readonly Level Day = Stack.EnIedVi.Levels.Single(level => level.Id == "day");

    [Theory]
    // zone, an instant -> half-hours of its day
    [InlineData("Europe/Kyiv", "2026-03-29T12:00:00Z", 46)]
    [InlineData("Europe/Kyiv", "2026-10-25T12:00:00Z", 50)]
    [InlineData("Europe/Kyiv", "2026-06-01T00:00:00Z", 48)]
    [InlineData("America/New_York", "2026-03-08T12:00:00Z", 46)]
    [InlineData("Asia/Kolkata", "2026-03-29T12:00:00Z", 48)]
    // Midnight is skipped, and midnight comes twice.
    [InlineData("Africa/Cairo", "2026-04-24T12:00:00Z", 46)]
    [InlineData("America/Havana", "2026-11-01T12:00:00Z", 50)]
    public void A_day_has_as_many_half_hours_as_its_calendar_says(
        string zone, string instant, int halfHours)
    {
        var window = Day.Containing(
            DateTimeOffset.Parse(instant).ToUnixTimeMilliseconds(),
            TimeZoneInfo.FindSystemTimeZoneById(zone), HalfHourMs);

        Assert.Equal(halfHours, window.LengthMs / HalfHourMs);
    }

    [Fact]
    public void Days_months_and_years_follow_each_other_without_a_hole()
    {
        string[] zones = ["Europe/Kyiv", "America/St_Johns", "Africa/Cairo", "Asia/Kathmandu"];
        Gen.Select(
            Gen.Int[0, 3].Select(i => zones[i]),
            Gen.Int[0, 2].Select(i => (LevelSpan)i),
            Gen.Long[946_684_800_000, 2_000_000_000_000])
            .Sample((zone, span, timeMs) =>
            {
                var level = Day with { Span = span };
                var its = TimeZoneInfo.FindSystemTimeZoneById(zone);
                var window = level.Containing(timeMs, its, HalfHourMs);
                Assert.True(window.Contains(timeMs));
                Assert.Equal(window, level.Containing(window.StartMs, its, HalfHourMs));
                Assert.Equal(window, level.Containing(window.EndMs - 1, its, HalfHourMs));
                Assert.Equal(
                    window.EndMs, level.Containing(window.EndMs, its, HalfHourMs).StartMs);
            }, iter: 500);
    }

    [Fact]
    public void A_rolling_span_ends_with_its_window()
    {
        var level = new Level(
            "two-days", LevelSpan.Rolling, TimeSpan.FromHours(48), 6, null);

        Assert.Equal(
            new Window(HalfHourMs - 48 * 3_600_000L, HalfHourMs),
            level.Containing(0, Stack.Kyiv, HalfHourMs));
    }

    [Theory]
    // counted, standing, of 48 -> lost, why there is no average
    [InlineData(48, 0, 0, null)]
    [InlineData(43, 0, 5, null)]
    [InlineData(42, 0, 6, "too-many-lost")]
    [InlineData(12, 36, 0, null)]
    [InlineData(11, 37, 0, "too-few-hours")]
    [InlineData(11, 32, 5, "too-few-hours")]
    [InlineData(0, 48, 0, "too-few-hours")]
    [InlineData(0, 0, 48, "too-many-lost")]
    public void A_day_needs_six_hours_and_may_lose_five_half_hours(
        int counted, int standing, int lost, string? why)
    {
        var sum = default(LevelSum);
        for (var i = 0; i < counted; i++)
        {
            sum = sum.Add(i, null);
        }

        for (var i = 0; i < standing; i++)
        {
            sum = sum.Add(null, WindowAverages.RuleNotOperating);
        }

        var window = Day.Containing(Stack.StartMs, Stack.Kyiv, HalfHourMs);
        var day = sum.Add(null, WindowAverages.RuleCoverage).Close(
            Day, window, Stack.EnIedVi, 48);
        Assert.Equal((lost, why), (day.Lost, day.AbsentBecause));
        Assert.Equal(why is null ? (counted - 1) / 2m : null, day.Value);
    }

    [Fact]
    public void Neither_order_nor_grouping_of_windows_changes_a_sum()
    {
        Gen.Select(Gen.Decimal[0m, 1_000m].Array[1, 60], Gen.Int[0, 59]).Sample((values, at) =>
        {
            var rounded = values.Select(one => Math.Round(one, 6)).ToList();
            var whole = rounded.Aggregate(default(LevelSum), (sum, one) => sum.Add(one, null));
            var split = Math.Min(at, rounded.Count);
            var parts = rounded.Skip(split).Aggregate(
                    default(LevelSum), (sum, one) => sum.Add(one, null))
                + rounded.Take(split).Reverse().Aggregate(
                    default(LevelSum), (sum, one) => sum.Add(one, null));
            Assert.Equal(whole, parts);
        });
    }
}
