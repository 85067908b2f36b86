using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core;
using Monitoring.Core.Quality;

namespace Monitoring.Tests.Core;

/// <summary>The worked examples of the published tests, and what must hold for any numbers.
/// </summary>
public sealed class QualityTests
{
    private static readonly Gen<decimal> Reading =
        Gen.Int[1, 10_000_000].Select(number => number / 1_000m);

    private static readonly Gen<ImmutableArray<AuditRun>> Audits =
        Gen.Select(Reading, Reading, (monitor, reference) => new AuditRun(monitor, reference))
            .Array[9, 30].Select(runs => runs.ToImmutableArray());

    [Theory]
    [InlineData("11.310", "11.800", "4.3", false)]
    [InlineData("5.580", "5.900", "0.3", true)]
    [InlineData("100", "105", "5.0", false)]
    [InlineData("200", "250", "25.0", false)]
    public void Linearity(string reference, string measured, string value, bool isAlternative)
    {
        var error = LinearityError.Of(
            [new GasInjection(decimal.Parse(reference), decimal.Parse(measured))])!;
        Assert.Equal(decimal.Parse(value), error.Value);
        Assert.Equal(isAlternative, error.IsAlternative);
    }

    [Theory]
    [InlineData(CalibrationBasis.PercentOfSpan, "72.8", "73.7", "80", "1.1", false)]
    [InlineData(CalibrationBasis.PercentOfSpan, "0", "-2.6", "80", "3", true)]
    [InlineData(CalibrationBasis.PercentOfSpan, "0", "-2.6", "200", "1.3", false)]
    [InlineData(CalibrationBasis.PercentOfSpan, "0", "10", "200", "5", false)]
    [InlineData(CalibrationBasis.Absolute, "10.5", "10.7", "12", "0.2", false)]
    public void Calibration(
        CalibrationBasis basis, string reference, string measured, string span, string value,
        bool isAlternative)
    {
        var error = CalibrationError.Of(
            basis, decimal.Parse(reference), decimal.Parse(measured), decimal.Parse(span))!;
        Assert.Equal(decimal.Parse(value), error.Value);
        Assert.Equal(isAlternative, error.IsAlternative);
    }

    [Fact]
    public void A_percentage_needs_a_span() =>
        Assert.Null(CalibrationError.Of(CalibrationBasis.PercentOfSpan, 1, 2, 0));

    [Fact]
    public void Eight_runs_are_no_audit() => Assert.Null(RelativeAccuracy.Of(
        [.. Enumerable.Repeat(new AuditRun(1, 1), 8)]));

    [Theory]
    [InlineData("0.008", "0.009", "11.11", "1.111")]
    [InlineData("0.008", "0.007", "14.29", "1.000")]
    [InlineData("500", "600", "16.67", "1.200")]
    public void A_bias_is_capped_for_low_emitters_only(
        string monitor, string reference, string accuracy, string factor)
    {
        var audit = RelativeAccuracy.Of([.. Enumerable.Repeat(
            new AuditRun(decimal.Parse(monitor), decimal.Parse(reference)), 9)])!;
        Assert.Equal(decimal.Parse(accuracy), audit.RelativeAccuracyPercent);
        Assert.Equal(decimal.Parse(factor), audit.BiasAdjustmentFactor);
    }

    [Fact]
    public void The_order_of_the_runs_does_not_matter() => Audits.Sample(runs =>
    {
        var (one, other) = (RelativeAccuracy.Of(runs)!, RelativeAccuracy.Of([.. runs.Reverse()])!);
        Assert.Equal(one.RelativeAccuracyPercent, other.RelativeAccuracyPercent);
        Assert.Equal(one.BiasAdjustmentFactor, other.BiasAdjustmentFactor);
    });

    [Fact]
    public void Another_unit_changes_no_percentage() => Audits.Sample(runs =>
    {
        var scaled = RelativeAccuracy.Of(
            [.. runs.Select(run => new AuditRun(run.Monitor * 1_000, run.Reference * 1_000))])!;
        var accuracy = RelativeAccuracy.Of(runs)!.RelativeAccuracyPercent!.Value;
        Assert.InRange(scaled.RelativeAccuracyPercent!.Value, accuracy - 0.01m, accuracy + 0.01m);
    });

    [Fact]
    public void A_square_root_is_one() => Gen.Int[0, int.MaxValue].Sample(number =>
    {
        var value = number / 1_000m;
        var root = SquareRoot.Of(value);
        Assert.InRange(root * root, value - 1e-15m * (value + 1), value + 1e-15m * (value + 1));
    });

    [Fact]
    public void Heat_input_as_published() => Assert.Multiple(
        () => Assert.Equal(296.9m, AppendixE.HeatInput(14_844.2m, 20_000m)),
        () => Assert.Equal(472.8m, AppendixE.HeatInput(4_573.2m, 103_390m)),
        () => Assert.Equal(946.6m, AppendixE.HourlyRate(473.3m, 30)));

    [Theory]
    [InlineData("2019-05-01T10:09", "2019-05-01T10:12", 3)]
    [InlineData("2019-05-01T07:04", "2019-05-01T10:07", 99)]
    [InlineData("2019-05-01T23:58", "2019-05-02T00:01", 3)]
    public void Cycle_times(string begin, string end, int minutes) => Assert.Equal(
        minutes, CycleTime.OfInjection(DateTime.Parse(begin), DateTime.Parse(end)));

    [Fact]
    public void A_cycle_does_not_end_before_it_begins() => Assert.Null(
        CycleTime.OfInjection(new DateTime(2019, 5, 1), new DateTime(2019, 4, 30)));

    [Fact]
    public void A_unit_default_is_the_highest_level_of_the_used_runs() => Assert.Multiple(
        () => Assert.Equal(0.657m, UnitDefault.Rate(
        [
            new(1, 0.357m, false), new(4, 0.658m, true), new(4, 0.655m, true),
            new(4, 0.658m, true),
        ])),
        () => Assert.Null(UnitDefault.Rate([new(-1, 0.1m, false), new(4, 0.337m, true)])),
        () => Assert.Null(UnitDefault.Rate([new(1, null, true)])));

    [Theory]
    [InlineData("FLOW", "11084000", "1.063", "11782000")]
    [InlineData("SO2C", "9.8", "1.111", "10.9")]
    [InlineData("NOXR", "0.037", "1.080", "0.040")]
    public void Bias_adjustments_as_published(
        string parameter, string unadjusted, string factor, string adjusted) => Assert.Equal(
        decimal.Parse(adjusted), BiasAdjustment.Adjust(
            decimal.Parse(unadjusted), decimal.Parse(factor),
            BiasAdjustment.StepOf(parameter)!.Value));
}
