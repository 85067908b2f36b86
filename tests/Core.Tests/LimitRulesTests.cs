using Monitoring.Core.Averaging;
using Monitoring.Core.Compliance;

namespace Monitoring.Tests.Core;

/// <summary>The tests of Annex VI and Annex V of the IED, and how much is left of each.</summary>
public sealed class LimitRulesTests
{
    private const long HalfHourMs = 1_800_000;
    private const long HourMs = 3_600_000;

    private static readonly Window Year =
        new Level("year", LevelSpan.Year, TimeSpan.Zero, 0, null)
            .Containing(Stack.StartMs, TimeZoneInfo.Utc, HalfHourMs);

    [Theory]
    // half-hours of the whole year above A (400) and above B (200) -> the verdict on both
    [InlineData(0, 0, LimitVerdict.Kept)]
    [InlineData(0, 17_520, LimitVerdict.Kept)]
    [InlineData(1, 0, LimitVerdict.Kept)]
    [InlineData(1, 524, LimitVerdict.Kept)]
    [InlineData(1, 525, LimitVerdict.Broken)]
    public void Annex_vi_asks_for_column_a_always_or_column_b_in_97_percent(
        int aboveA, int aboveB, LimitVerdict verdict)
    {
        var values = Enumerable.Range(0, 17_520).Select(i =>
            i < aboveA ? 401m : i < aboveA + aboveB ? 201m : 200m);
        var group = Judge("nox", "half-hours", At("window", HalfHourMs, values));

        Assert.Equal(verdict, group.Verdict);
        // 3 % of 17 520 are 525.6.
        Assert.Equal(525, group.Tests[1].AllowedInSpan);
        Assert.Equal(525 - Math.Min(17_520, aboveA + aboveB), group.Tests[1].Left);
    }

    [Theory]
    [InlineData(1, LimitVerdict.AtRisk)]
    [InlineData(525, LimitVerdict.AtRisk)]
    [InlineData(526, LimitVerdict.Broken)]
    public void Early_in_the_year_too_many_may_still_be_made_good(
        int above, LimitVerdict ofColumnB)
    {
        // All that there is so far is above A and B.
        var group = Judge(
            "nox", "half-hours", At("window", HalfHourMs, Enumerable.Repeat(500m, above)));

        Assert.Equal(LimitVerdict.Broken, group.Tests[0].Verdict);
        Assert.Equal(ofColumnB, group.Tests[1].Verdict);
        Assert.Equal(525 - above, group.Tests[1].Left);
        Assert.Equal(500m, group.Tests[1].Highest);
        Assert.Equal(above, group.Tests[1].Exceedances.Length);
    }

    [Fact]
    public void A_daily_average_may_never_be_above_its_limit()
    {
        var kept = Judge("nox", "", At("day", 24 * HourMs, [200m, 1m]));
        var broken = Judge("nox", "", At("day", 24 * HourMs, [200.000001m, 1m]));

        Assert.Equal(
            (LimitVerdict.Kept, LimitVerdict.Broken), (kept.Verdict, broken.Verdict));
        Assert.Equal(
            LimitVerdict.NoValues, Judge("nox", "", At("window", HalfHourMs, [])).Verdict);
    }

    [Theory]
    // ten-minute averages above 150 in 24 h -> kept; half-hours above 100 are there as well or not
    [InlineData(7, true, LimitVerdict.Kept)]
    [InlineData(8, true, LimitVerdict.Broken)]
    [InlineData(8, false, LimitVerdict.Kept)]
    public void Of_co_95_percent_of_ten_minutes_or_all_half_hours_keep_their_limit_in_any_day(
        int above, bool hasHalfHour, LimitVerdict verdict)
    {
        var ten = At(
            "ten-minutes", HourMs / 6,
            Enumerable.Range(0, 432).Select(i => i >= 200 && i < 200 + above ? 151m : 10m));
        var half = At(
            "window", HalfHourMs,
            Enumerable.Range(0, 144).Select(i => hasHalfHour && i == 67 ? 101m : 10m));
        var group = Judge("co", "any-day", level => level == "window" ? half(level) : ten(level));

        Assert.Equal(verdict, group.Verdict);
        Assert.Equal(7, group.Tests[0].AllowedInSpan);
    }

    [Fact]
    public void Different_days_may_keep_different_tests_of_co()
    {
        var ten = At(
            "ten-minutes", HourMs / 6,
            Enumerable.Range(0, 1_440).Select(i => i < 10 ? 151m : 10m));
        var half = At(
            "window", HalfHourMs, Enumerable.Range(0, 480).Select(i => i == 400 ? 101m : 10m));
        var group = Judge("co", "any-day", level => level == "window" ? half(level) : ten(level));

        Assert.All(group.Tests, test => Assert.Equal(LimitVerdict.Broken, test.Verdict));
        Assert.Equal(LimitVerdict.Kept, group.Verdict);
    }

    [Theory]
    [InlineData("month", 30 * 24, "100", LimitVerdict.Kept)]
    [InlineData("month", 30 * 24, "100.000001", LimitVerdict.Broken)]
    [InlineData("day", 24, "110", LimitVerdict.Kept)]
    [InlineData("day", 24, "110.000001", LimitVerdict.Broken)]
    [InlineData("window", 1, "200", LimitVerdict.Kept)]
    [InlineData("window", 1, "200.000001", LimitVerdict.AtRisk)]
    public void Annex_v_holds_months_days_and_hours_against_the_value_of_the_source(
        string level, int hours, string value, LimitVerdict verdict)
    {
        var limit = Stack.EnIedV.LimitOf("so2")!;
        var group = LimitRules.Judge(
            limit, 100m, Year, At(level, hours * HourMs, [decimal.Parse(value)]))
            .Single(one => one.Tests[0].Test.Level == level);

        Assert.Equal(verdict, group.Verdict);
    }

    [Fact]
    public void The_rest_of_a_day_is_told_what_its_mean_may_be()
    {
        var soFar = new LevelSum(24 * 300m, 24, 0);

        Assert.Equal(100m, LimitRules.RestMean(200m, soFar, 24));
        Assert.Null(LimitRules.RestMean(200m, soFar, 0));
    }

    [Theory]
    // counted and standing of the half-hours that have passed today; lost days -> left
    [InlineData(10, 2, 12, 3, 5, 7)]
    [InlineData(8, 0, 12, 3, 1, 7)]
    [InlineData(7, 0, 12, 3, 0, 7)]
    [InlineData(6, 0, 12, 3, -1, 6)]
    [InlineData(6, 0, 12, 10, -1, -1)]
    public void What_may_still_be_lost_is_told_before_it_is(
        int counted, int standing, int passed, int lostDays, int leftToday, int leftDays)
    {
        var profile = Stack.EnIedVi;
        var day = profile.Levels[0];
        var days = Enumerable.Range(0, lostDays + 2).Select(i => new LevelAverage(
            day, Year, null, i < lostDays ? LevelAverage.RuleLost : LevelAverage.RuleHours, 0, 0,
            0));
        var budget = LossBudget.Of(
            profile, day, days, new LevelSum(0, counted, standing), passed);

        Assert.Equal((leftToday, leftDays), (budget.LeftToday, budget.LeftDays));
    }

    [Fact]
    public void Chance_falls_with_the_number_of_hours_and_the_calibration_does_not()
    {
        var each = new RelativeUncertainty(0.03m, 0.01m)
            .Times(new RelativeUncertainty(0.04m, 0m));
        Assert.Equal(new RelativeUncertainty(0.05m, 0.01m), each);

        var year = UncertainTotal.Of(Enumerable.Repeat(2m, 10_000), each);
        Assert.Equal((20_000m, 10m, 200m), (year.Total, year.Random, year.Systematic));
        Assert.InRange(year.Combined, 200.2m, 200.3m);

        var source = Stack.Source(Stack.EnIedVi, it => it.Quantity switch
        {
            "nox" => it with { Uncertainty = new RelativeUncertainty(0.03m, 0.01m) },
            "flow" => it with { Uncertainty = new RelativeUncertainty(0.04m, 0m) },
            _ => it,
        });
        Assert.Equal(each, source.MassUncertainty("nox"));
        Assert.Null(source.MassUncertainty("co"));
    }

    private static LimitGroup Judge(
        string pollutant, string either, Func<string, IReadOnlyList<LevelValue>> valuesOf)
    {
        var limit = Stack.EnIedVi.LimitOf(pollutant)!;
        return LimitRules.Judge(limit, limit.Value, Year, valuesOf)
            .First(group => group.Either == either);
    }

    private static Func<string, IReadOnlyList<LevelValue>> At(
        string level, long lengthMs, IEnumerable<decimal> values)
    {
        List<LevelValue> all =
        [
            .. values.Select((value, i) => new LevelValue(
                new Window(Year.StartMs + i * lengthMs, Year.StartMs + (i + 1) * lengthMs),
                value)),
        ];
        return asked => asked == level ? all : [];
    }
}
