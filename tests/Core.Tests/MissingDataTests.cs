using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Gaps;

namespace Monitoring.Tests.Core;

/// <summary>What takes the place of hours that were not measured.</summary>
public sealed class MissingDataTests
{
    private const long HourMs = 3_600_000;

    /// <summary>1 to 100, so that a percentile is its own number.</summary>
    private static readonly ImmutableArray<decimal> Hundred =
        [.. Enumerable.Range(1, 100).Select(number => (decimal)number)];

    [Theory]
    [InlineData(SubstitutionTable.Hourly, 95, 24, "25", "06")]
    [InlineData(SubstitutionTable.Hourly, 95, 25, "90", "08")]
    [InlineData(SubstitutionTable.Hourly, 94.9, 8, "25", "06")]
    [InlineData(SubstitutionTable.Hourly, 94.9, 9, "95", "09")]
    [InlineData(SubstitutionTable.Hourly, 90, 9, "95", "09")]
    [InlineData(SubstitutionTable.Hourly, 89.9, 1, "100", "10")]
    [InlineData(SubstitutionTable.Hourly, 80, 1, "100", "10")]
    [InlineData(SubstitutionTable.Hourly, 79.9, 1, "500", "12")]
    [InlineData(SubstitutionTable.ByLoad, 95, 24, "50.5", "11")]
    [InlineData(SubstitutionTable.ByLoad, 95, 25, "90", "08")]
    [InlineData(SubstitutionTable.ByLoad, 92, 8, "50.5", "11")]
    [InlineData(SubstitutionTable.ByLoad, 92, 9, "95", "09")]
    [InlineData(SubstitutionTable.ByLoad, 85, 9, "100", "10")]
    public void The_tables_of_part_75(
        SubstitutionTable table, double availability, int hours, string value, string code)
    {
        var found = Part75Substitution.Of(new Part75Gap(
            table, (decimal)availability, hours, 20, 30, Hundred, 500));
        Assert.Equal(decimal.Parse(value), found.Value);
        Assert.Equal(code, found.Code);
        Assert.EndsWith("unverified constant", found.Rule, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_gap_takes_the_hours_around_it_where_they_are_harder() => Assert.Equal(
        205m, Part75Substitution.Of(
            new Part75Gap(SubstitutionTable.Hourly, 99, 30, 200, 210, Hundred, 500)).Value);

    [Fact]
    public void Before_a_full_lookback_the_mean_of_what_there_is() => Assert.Multiple(
        () => Assert.Equal("07", Initial(SubstitutionTable.Hourly, 20, []).Code),
        () => Assert.Equal(50.5m, Initial(SubstitutionTable.ByLoad, 20, Hundred).Value),
        () => Assert.Equal(500m, Initial(SubstitutionTable.ByLoad, 20, []).Value),
        () => Assert.Equal(500m, Initial(SubstitutionTable.Hourly, null, Hundred).Value));

    [Fact]
    public void A_longer_gap_never_gets_cheaper() => Gen.Select(
        Gen.Int[0, 1_000].Array[1, 50], Gen.Int[0, 1_000], Gen.Int[80, 100])
        .Sample((values, before, availability) =>
        {
            var gap = new Part75Gap(
                SubstitutionTable.Hourly, availability, 1, before, before,
                [.. values.Select(value => (decimal)value)], 2_000);
            var of = Enumerable.Range(1, 40)
                .Select(hours => Part75Substitution.Of(gap with { Hours = hours }).Value!.Value)
                .ToList();
            Assert.Equal(of.Order(), of);
        });

    [Fact]
    public void Availability_counts_hours_of_operation()
    {
        var hours = Enumerable.Range(0, 100)
            .Select(hour => new OperatingHour(hour, hour % 10 != 0)).ToImmutableArray();
        Assert.Equal(90m, Availability.Percent(hours, 99));
        Assert.Equal(0m, Availability.Percent(hours, 0));
        Assert.Null(Availability.Percent(hours, -1));
        Assert.Null(Availability.Percent(hours, 99 + GapConstants.ClockHours.Whole));
    }

    [Fact]
    public void Only_the_last_hours_of_operation_count() => Assert.Equal(
        100m, Availability.Percent(
            Enumerable.Range(0, 9_000).Select(hour => new OperatingHour(hour, hour >= 240)),
            8_999));

    [Theory]
    [InlineData(95, 50)]
    [InlineData(99, 10)]
    [InlineData(100, 0)]
    public void How_many_hours_may_still_be_lost(int threshold, int left)
    {
        var hours = Enumerable.Range(0, 999)
            .Select(hour => new OperatingHour(hour, true)).ToImmutableArray();
        var found = Availability.HoursLeft(hours, 998, threshold)!.Value;
        Assert.Equal(left, found, 2d);

        // It is the last number at which the availability still holds.
        OperatingHour[] Lost(int count) =>
            [.. hours, .. Enumerable.Range(999, count).Select(h => new OperatingHour(h, false))];
        Assert.True(Availability.Percent(Lost(found), 998 + found) >= threshold);
        Assert.True(Availability.Percent(Lost(found + 1), 999 + found) < threshold);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(50, 1)]
    [InlineData(50.1, 2)]
    [InlineData(500, 10)]
    [InlineData(600, 10)]
    [InlineData(-2, 1)]
    public void There_are_ten_ranges_of_load(double load, int range) =>
        Assert.Equal(range, LoadRange.Of((decimal)load, 500));

    [Theory]
    // Of the same range: the mean of 10 and 12; with another load 90; of none, the next higher.
    [InlineData("nox", 95, 11, "07")]
    [InlineData("nox", 480, 90, "07")]
    [InlineData("nox", 300, 90, "07")]
    // Nobody knows the load: all hours; SO2 has no ranges.
    [InlineData("nox", null, 37.333, "07")]
    [InlineData("so2", 95, 90, "07")]
    public void Nitrogen_and_flow_are_filled_by_hours_of_the_same_load(
        string quantity, int? load, double value, string code)
    {
        var series = new GapSeries(
            GapRule.Part75, quantity, "mg/m3", 500, TimeZoneInfo.Utc,
            [
                new MeasuredHour(0, 10, false) { Load = 90 },
                new MeasuredHour(HourMs, 12, false) { Load = 99 },
                new MeasuredHour(2 * HourMs, 90, false) { Load = 470 },
                new MeasuredHour(3 * HourMs, null, false) { Load = load },
            ])
        {
            LoadMost = 500,
        };
        var found = series.At(3);
        Assert.Equal(((decimal)value, code), (Math.Round(found.Value!.Value, 3), found.Code));
        Assert.Equal(
            quantity == "nox" && load is not null,
            found.Inputs.Any(one => one.Name == "load range of the hour"));
    }

    [Fact]
    public void Hours_in_which_the_plant_stood_do_not_end_a_gap()
    {
        // 10, two missing, one standing, one missing, 30.
        var series = Series(GapRule.Part75, "10 - - s - 30");
        foreach (var i in new[] { 1, 2, 4 })
        {
            var gap = series.GapAt(i);
            Assert.Equal((1, 4, 3), (gap.First, gap.Last, gap.Hours));
            Assert.Equal(20m, series.At(i).Value);
            Assert.Equal("07", series.At(i).Code);
        }

        Assert.Equal(40m, series.Availability(5));
        Assert.Equal(1, series.TouchedFrom(series.Hours[5].StartMs));
        Assert.Equal(6, Series(GapRule.Part75, "10 - - s - 30 31").TouchedFrom(6 * HourMs));
    }

    [Fact]
    public void A_year_that_is_over_is_filled_by_all_of_its_hours()
    {
        // The second last hour of 1970 is missing, 8 and 12 go before it and 16 ends the year.
        const int Hours = 365 * 24;
        string Text(string end) => string.Join(
            ' ', Enumerable.Repeat("s", Hours - 4).Concat(["8", "12", .. end.Split(' ')]));
        var open = Series(GapRule.Mrr, Text("-"));
        var closed = Series(GapRule.Mrr, Text("- 12 400"));
        Assert.Equal(10 + 2 * SquareRoot.Of(8), open.At(Hours - 2).Value);
        Assert.Equal(
            32m / 3 + 2 * SquareRoot.Of((64m / 9 + 16m / 9 + 16m / 9) / 2),
            closed.At(Hours - 2).Value!.Value, 20);
        Assert.Equal(Hours - 2, closed.TouchedFrom(closed.Hours[^1].StartMs) + Hours - 2);
        Assert.Null(Series(GapRule.Mrr, "8 12 -", "flow").At(2).Value);
    }

    [Fact]
    public void A_gap_that_lasts_says_what_it_costs()
    {
        var so2 = Series(GapRule.Part75, "100 100 - -", "so2");
        var flow = Series(GapRule.Part75, "1000 1000 1000 1000", "flow");
        var free = PollutantGap.CostOf(so2, flow)!;
        Assert.Equal((0m, 0m, null), (free.SoFar, free.NextHour, free.HarderAtHours));
        Assert.Null(PollutantGap.CostOf(flow with { Quantity = "so2" }, flow));

        // Without an hour before it the potential value is booked.
        var cost = PollutantGap.CostOf(Series(GapRule.Hj75, "100 300 -", "so2"), flow)!;
        Assert.Equal(0, cost.SoFar);
        var dear = PollutantGap.CostOf(
            Series(GapRule.Hj75, "100 300 300 300 -", "so2"), flow)!;
        Assert.Equal((300m - 250) * 1000 / 1000 / 1_000_000, dear.SoFar);
        var stand = QuantityStanding.Of(so2);
        Assert.Equal((2, 50m), (stand.GapHours, stand.AvailabilityPercent));
        Assert.Null(stand.HoursLeft);
        Assert.Equal(95m, QuantityStanding.Of(flow).Threshold);
        Assert.Equal(0, QuantityStanding.Of(flow).HoursLeft);
    }

    [Fact]
    public void Hours_that_do_not_touch_a_gap_change_nothing() => Gen.Select(
        Gen.Int[0, 9].Array[5, 60], Gen.Int[0, 59],
        Gen.Int[1, 3].Select(way => (GapRule)way)).Sample(
        (kinds, at, way) =>
        {
            var text = string.Join(' ', kinds.Select(kind =>
                kind < 3 ? "-" : kind == 3 ? "s" : $"{kind * 10}"));
            var series = Series(way, text);
            var changed = at % kinds.Length;
            var other = series with
            {
                Hours = series.Hours.SetItem(
                    changed, new MeasuredHour(series.Hours[changed].StartMs, 77, false)),
            };
            var touched = other.TouchedFrom(series.Hours[changed].StartMs);
            for (var i = 0; i < touched; i++)
            {
                if (series.Hours[i].IsMissing)
                {
                    Assert.Equal(series.At(i).Method, other.At(i).Method);
                    Assert.Equal(series.At(i).Value, other.At(i).Value);
                }
            }
        });

    /// <summary>A number, a dash for an hour that is missing, s for one of standing.</summary>
    private static GapSeries Series(GapRule way, string hours, string quantity = "so2") => new(
        way, quantity, "mg/m3", 500, TimeZoneInfo.Utc,
        [
            .. hours.Split(' ').Select((text, i) => new MeasuredHour(
                i * HourMs,
                decimal.TryParse(text, out var value) ? value : null, text == "s")),
        ]);

    [Fact]
    public void Two_sigma_of_the_valid_hours() => Assert.Multiple(
        () => Assert.Equal(14m, TwoSigmaSubstitution.Of([8, 10, 12]).Value),
        () => Assert.Null(TwoSigmaSubstitution.Of([8]).Value));

    [Theory]
    [InlineData(95, 24, 180)]
    [InlineData(95, 25, 720)]
    [InlineData(89, 1, 2160)]
    public void The_chinese_rule_takes_the_most_of_more_hours_the_less_was_captured(
        int capture, int gap, int lookback)
    {
        // Falling values: the oldest hour in the lookback is the most.
        ImmutableArray<decimal> values =
            [.. Enumerable.Range(0, 3_000).Select(i => 3_000m - i)];
        Assert.Equal(lookback, ChineseSubstitution.Of(values, capture, gap).Value);
    }

    [Fact]
    public void Below_three_quarters_the_chinese_rule_gives_nothing() =>
        Assert.Null(ChineseSubstitution.Of(Hundred, 74.9m, 1).Value);

    [Fact]
    public void A_gap_tells_what_it_costs_and_when_it_gets_dearer()
    {
        var cost = GapCost.Of(20, hours => hours <= 24 ? 1_000_000 : 3_000_000, 500_000);
        Assert.Equal(
            (10m, 0.5m, 25, 25 * 2.5m - 24 * 0.5m),
            (cost.SoFar, cost.NextHour, cost.HarderAtHours, cost.HarderAdds));
        Assert.Equal(
            (20, 1_000_000m, 500_000m),
            (cost.Hours, cost.BookedGramsPerHour, cost.UsualGramsPerHour));
        Assert.Null(GapCost.Of(20, _ => 1_000_000, 500_000).HarderAtHours);
        Assert.Equal(0, GapCost.Of(20, _ => null, 500_000).SoFar);
    }

    private static Substitute Initial(
        SubstitutionTable table, int? near, ImmutableArray<decimal> values) =>
        Part75Substitution.Initial(new Part75Gap(table, 99, 3, near, near, values, 500));
}
