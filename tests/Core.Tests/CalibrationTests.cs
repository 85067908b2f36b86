using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core.Quality;

namespace Monitoring.Tests.Core;

/// <summary>EN 14181: calibration, its yearly and weekly checks, control charts, the gate.
/// </summary>
public sealed class CalibrationTests
{
    private const long DayMs = 86_400_000;

    private static readonly Qal2Terms Terms =
        new(200, 0.2m, 4, [(4m, 0m), (20m, 400m)]);

    /// <summary>The printed values, as they were recomputed from the distribution.</summary>
    [Theory]
    [InlineData(3, ".8326")]
    [InlineData(4, ".8881")]
    [InlineData(5, ".9161")]
    [InlineData(6, ".9329")]
    [InlineData(7, ".9441")]
    [InlineData(8, ".9521")]
    [InlineData(9, ".9581")]
    [InlineData(10, ".9628")]
    [InlineData(11, ".9665")]
    [InlineData(12, ".9696")]
    [InlineData(13, ".9721")]
    [InlineData(14, ".9743")]
    [InlineData(15, ".9761")]
    [InlineData(20, ".9824")]
    [InlineData(25, ".9861")]
    [InlineData(30, ".9885")]
    public void The_factor_of_the_variability_test(int pairs, string printed) => Assert.Equal(
        decimal.Parse(printed), Math.Round(
            Variability.Factor(pairs), 4, MidpointRounding.AwayFromZero));

    [Fact]
    public void The_permitted_deviation_is_the_interval_in_deviations() =>
        Assert.Equal(40m / 1.96m, Variability.Permitted(0.2m, 200));

    [Fact]
    public void A_line_is_found_again_where_the_values_are_spread()
    {
        var found = Qal2.Of(Pairs(i => 4 + i, raw => -100 + 25 * raw), Terms);
        Assert.Equal(Qal2Method.A, found.Method);
        Assert.Equal(-100m, found.Intercept);
        Assert.Equal(25m, found.Slope);
        Assert.Equal(0, found.Deviation);
        Assert.Equal(1.1m * (-100 + 25 * 18), found.RangeMax);
        Assert.True(found.Passes);
    }

    [Fact]
    public void High_values_close_together_give_a_line_through_the_zero_of_the_instrument()
    {
        var found = Qal2.Of(Pairs(_ => 8, _ => 100), Terms);
        Assert.Equal(Qal2Method.B, found.Method);
        Assert.Equal(25m, found.Slope);
        Assert.Equal(-100m, found.Intercept);
    }

    [Fact]
    public void Low_values_close_together_need_reference_materials()
    {
        var low = Pairs(i => 4.4m + i / 100m, _ => 10);
        var found = Qal2.Of(low, Terms);
        Assert.Equal(Qal2Method.C, found.Method);
        Assert.InRange(found.Slope, 24.5m, 25.5m);
        Assert.Equal(0.2m * 200, found.RangeMax);
        Assert.Contains(
            "zero and span gas", Qal2.Of(low, Terms with { Materials = [] }).Faults.Single());
    }

    [Fact]
    public void An_instrument_that_scatters_too_much_does_not_pass()
    {
        var found = Qal2.Of(
            Pairs(i => 4 + i, raw => -100 + 25 * raw + (raw % 2 == 0 ? 25 : -25)), Terms);
        Assert.True(found.Deviation > found.DeviationMax);
        Assert.False(found.Passes);
    }

    [Theory]
    [InlineData(14, 5, "14 pairs")]
    [InlineData(15, 2, "2 days")]
    [InlineData(15, 60, "more than 28 days")]
    public void Too_few_pairs_or_days_are_no_calibration(int pairs, int days, string reason)
    {
        var some = Enumerable.Range(0, pairs).Select(i => new ParallelPair(
            i * (days - 1) / (pairs - 1) * DayMs, 4 + i, 25 * i, 1)).ToImmutableArray();
        Assert.Contains(Qal2.Of(some, Terms).Faults, fault => fault.Contains(reason));
    }

    [Fact]
    public void Another_unit_of_the_raw_signal_scales_the_slope_only() => Gen.Select(
        Gen.Int[1, 1_000].Array[15, 20], Gen.Int[1, 400].Array[20]).Sample((raws, values) =>
    {
        var pairs = raws.Select((raw, i) => new ParallelPair(i % 5 * DayMs, raw, values[i], 1))
            .ToImmutableArray();
        var terms = Terms with { RawZero = 0, Materials = [(0, 0), (800, 400)] };
        var tenfold = terms with { Materials = [(0, 0), (8_000, 400)] };
        var one = Qal2.Of(pairs, terms);
        var other = Qal2.Of([.. pairs.Select(pair => pair with { Raw = pair.Raw * 10 })], tenfold);
        Assert.Equal(one.Faults, other.Faults);
        Assert.InRange(other.Slope * 10, one.Slope - 1e-18m, one.Slope + 1e-18m);
    });

    [Fact]
    public void A_function_is_valid_from_its_day_on()
    {
        ImmutableArray<CalibrationFunction> versions =
            [Function(1_000, "one"), Function(2_000, "two") with { Until = At(3_000) }];
        Assert.Multiple(
            () => Assert.Null(CalibrationFunction.At(versions, At(999))),
            () => Assert.Equal("one", CalibrationFunction.At(versions, At(1_999))!.Document),
            () => Assert.Equal("two", CalibrationFunction.At(versions, At(2_999))!.Document),
            () => Assert.Null(CalibrationFunction.At(versions, At(3_000))));
    }

    [Theory]
    [InlineData(0, 0, true)]
    [InlineData(15, 0, true)]
    [InlineData(25, 0, false)]
    [InlineData(0, 40, false)]
    public void The_yearly_test(int offset, int scatter, bool passes)
    {
        var function = Function(0, "report");
        ImmutableArray<ParallelPair> pairs =
        [
            .. Enumerable.Range(0, 6).Select(i => new ParallelPair(
                0, 100, 100 + offset + (i % 2 == 0 ? scatter : -scatter), 1)),
        ];
        Assert.Equal(passes, SurveillanceTest.Of(function, pairs, Terms)!.Passes);
        Assert.Null(SurveillanceTest.Of(function, pairs[..4], Terms));
    }

    [Theory]
    [InlineData(5, 6, false, 0)]
    [InlineData(6, 6, true, 0)]
    [InlineData(3, 6, false, 2)]
    [InlineData(9, 5, false, 5)]
    [InlineData(1, 41, true, 0)]
    [InlineData(1, 40, false, 4)]
    public void The_weekly_count(int weeks, int percent, bool isDue, int left)
    {
        var found = CalibrationRange.Of(
            [.. Enumerable.Repeat(new RangeWeek(100, percent), weeks)]);
        Assert.Equal(isDue, found.NeedsCalibration);
        Assert.Equal(left, found.WeeksLeft);
    }

    [Fact]
    public void A_value_at_the_end_of_the_range_is_inside() => Assert.Equal(
        new RangeWeek(3, 1),
        RangeWeek.Of([50, 50.1m, -3], Function(0, "report", 50)));

    [Fact]
    public void Cusum_by_hand()
    {
        // s = 1: P = max(0, P + d - 0.501), alarm above 2.85.
        var chart = CusumChart.Start;
        foreach (var difference in new[] { 1m, 1m, 1m, 1m, 1m })
        {
            chart = chart.Add(difference, 1);
        }

        Assert.Equal(5 * 0.499m, chart.Above);
        Assert.Equal(ChartSignal.None, chart.Signal(1));
        chart = chart.Add(1, 1);
        Assert.Equal(2.994m, chart.Above);
        Assert.Equal(ChartSignal.Drift, chart.Signal(1));
        Assert.Equal(0.7m * (0.501m + 2.994m / 6), chart.Correction(1));
    }

    [Fact]
    public void Scatter_alarms_the_precision_sum()
    {
        // (d - d')2/2 - 1.85 = 6.15 a step: above 6.90 with the second.
        var chart = CusumChart.Start.Add(2, 1).Add(-2, 1);
        Assert.Equal(6.15m, chart.Precision);
        Assert.Equal(ChartSignal.Imprecise, chart.Add(2, 1).Signal(1));
    }

    [Fact]
    public void A_chart_mirrors_when_the_sign_of_its_readings_does() =>
        Gen.Int[-300, 300].Array[1, 40].Sample(readings =>
        {
            var (one, other) = (CusumChart.Start, CusumChart.Start);
            foreach (var reading in readings)
            {
                one = one.Add(reading / 100m, 1);
                other = other.Add(-reading / 100m, 1);
            }

            Assert.Equal((one.Above, one.Below), (other.Below, other.Above));
            Assert.Equal(one.Signal(1), other.Signal(1));
            Assert.Equal(one.Correction(1), -other.Correction(1));
        });

    [Theory]
    [InlineData("2", ChartSignal.None)]
    [InlineData("-2.1", ChartSignal.Warning)]
    [InlineData("3", ChartSignal.Warning)]
    [InlineData("3.1", ChartSignal.Drift)]
    public void Shewhart(string difference, ChartSignal signal) =>
        Assert.Equal(signal, ShewhartChart.Signal(decimal.Parse(difference), 1));

    [Fact]
    public void A_small_drift_shows_in_the_mean_that_forgets()
    {
        var chart = EwmaChart.Start;
        var readings = 0;
        while (chart.Signal(1) == ChartSignal.None)
        {
            chart = chart.Add(1.5m);
            readings++;
            Assert.InRange(readings, 1, 20);
        }

        // One such reading is within two deviations: the other chart says nothing.
        Assert.Equal(ChartSignal.None, ShewhartChart.Signal(1.5m, 1));
        Assert.InRange(readings, 2, 20);
    }

    [Fact]
    public void The_gate_names_the_first_test_that_fails_or_expires()
    {
        ImmutableArray<RequiredTest> required =
            [new("rata", 4_380, 720, []), new("calibration", 26, 0, [])];
        ImmutableArray<DoneTest> done =
            [new("rata", 0, true, null), new("calibration", 100, true, null)];
        Assert.Equal(
            new TestStanding("calibration", GateState.Current, 100, 126),
            QualityGate.At(125, required, done)[0]);
        Assert.Equal(GateState.Expired, QualityGate.At(126, required, done)[0].State);
        Assert.Equal("calibration-expired", QualityGate.At(126, required, done)[0].Rule);
        Assert.Equal(GateState.NeverTested, QualityGate.At(99, required, done)[0].State);
    }

    [Theory]
    [InlineData(4_379, GateState.Current)]
    [InlineData(4_380, GateState.InGrace)]
    [InlineData(5_099, GateState.InGrace)]
    [InlineData(5_100, GateState.Expired)]
    public void A_test_lasts_and_then_has_its_grace(long hour, GateState state) => Assert.Equal(
        state, QualityGate.At(
            hour, [new RequiredTest("rata", 4_380, 720, [])],
            [new DoneTest("rata", 0, true, null)])[0].State);

    [Fact]
    public void A_failed_test_ends_validity_until_one_passes()
    {
        ImmutableArray<RequiredTest> required = [new("calibration", 26, 0, [])];
        ImmutableArray<DoneTest> done =
        [
            new("calibration", 10, true, null), new("calibration", 20, true, null),
            new("calibration", 20, false, null), new("calibration", 22, true, null),
        ];
        Assert.Equal(
            [true, false, false, true],
            new long[] { 19, 20, 21, 22 }
                .Select(hour => QualityGate.At(hour, required, done)[0].IsValid));
    }

    /// <summary>Fifteen pairs of three days.</summary>
    private static ImmutableArray<ParallelPair> Pairs(
        Func<int, decimal> raw, Func<decimal, decimal> reference) =>
    [
        .. Enumerable.Range(0, 15).Select(i => new ParallelPair(
            i % 3 * DayMs, raw(i), reference(raw(i)), 1)),
    ];

    private static CalibrationFunction Function(
        long fromMs, string document, decimal rangeMax = 300) =>
        new(At(fromMs), 0, 1, "mg/m3", rangeMax, document);

    private static DateTimeOffset At(long timeMs) =>
        DateTimeOffset.FromUnixTimeMilliseconds(timeMs);
}
