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
    [InlineData(AnalyserKind.Diluent, "11.310", "11.800", "4.3", false)]
    [InlineData(AnalyserKind.Diluent, "5.580", "5.900", "0.3", true)]
    [InlineData(AnalyserKind.Diluent, "5.58", "6.12", "0.5", true)]
    [InlineData(AnalyserKind.Diluent, "5.58", "6.14", "10.0", false)]
    [InlineData(AnalyserKind.Oxides, "100", "105", "5.0", false)]
    [InlineData(AnalyserKind.Oxides, "50.12", "46", "4", true)]
    [InlineData(AnalyserKind.Oxides, "60", "65.49", "5", true)]
    [InlineData(AnalyserKind.Oxides, "60", "65.5", "9.2", false)]
    [InlineData(AnalyserKind.Oxides, "200", "250", "25.0", false)]
    [InlineData(AnalyserKind.Oxides, "0.001", "100", "9999.9", false)]
    [InlineData(AnalyserKind.Oxides, "0", "3", "3", true)]
    [InlineData(AnalyserKind.Mercury, "5", "5.9", "18", false)]
    [InlineData(AnalyserKind.Mercury, "5", "5.5", "10", false)]
    public void Linearity(
        AnalyserKind kind, string reference, string measured, string value, bool isAlternative)
    {
        var injection = new GasInjection(decimal.Parse(reference), decimal.Parse(measured));
        var error = LinearityError.Of(kind, [injection, injection, injection])!;
        Assert.Equal(decimal.Parse(value), error.Value);
        Assert.Equal(isAlternative, error.IsAlternative);
    }

    [Theory]
    [InlineData(AnalyserKind.Oxides, "72.8", "73.7", "80", "1.1", false)]
    [InlineData(AnalyserKind.Oxides, "0", "-2.6", "80", "3", true)]
    [InlineData(AnalyserKind.Oxides, "0", "-2.6", "200", "1.3", false)]
    [InlineData(AnalyserKind.Oxides, "0", "10", "200", "5", false)]
    [InlineData(AnalyserKind.Oxides, "0", "5.49", "199", "5", true)]
    [InlineData(AnalyserKind.Oxides, "0", "5.5", "199", "2.8", false)]
    [InlineData(AnalyserKind.Diluent, "10.5", "10.7", "12", "0.2", false)]
    [InlineData(AnalyserKind.PressureFlow, "1", "1.014", "0.4", "0", true)]
    [InlineData(AnalyserKind.Flow, "1", "1.014", "0.4", "3.5", false)]
    [InlineData(AnalyserKind.Mercury, "0", "1.04", "10", "1", true)]
    [InlineData(AnalyserKind.Mercury, "0", "1.04", "10.1", "10.3", false)]
    public void Calibration(
        AnalyserKind kind, string reference, string measured, string span, string value,
        bool isAlternative)
    {
        var error = CalibrationError.Of(
            kind, decimal.Parse(reference), decimal.Parse(measured), decimal.Parse(span))!;
        Assert.Equal(decimal.Parse(value), error.Value);
        Assert.Equal(isAlternative, error.IsAlternative);
    }

    [Theory]
    [InlineData(AnalyserKind.Oxides, "2.5", false, true, true)]
    [InlineData(AnalyserKind.Oxides, "2.6", false, false, true)]
    [InlineData(AnalyserKind.Oxides, "5.1", false, false, false)]
    [InlineData(AnalyserKind.Oxides, "5", true, true, true)]
    [InlineData(AnalyserKind.Diluent, "0.5", false, true, true)]
    [InlineData(AnalyserKind.Diluent, "1.1", false, false, false)]
    [InlineData(AnalyserKind.Flow, "6.0", false, false, true)]
    public void A_daily_calibration_has_twice_the_room_of_a_seven_day_test(
        AnalyserKind kind, string value, bool isAlternative, bool passes, bool isInControl)
    {
        var error = new CalibrationError(decimal.Parse(value), isAlternative);
        Assert.Equal((passes, isInControl), (error.Passes(kind), error.IsInControl(kind)));
    }

    [Fact]
    public void Values_of_t_are_those_of_its_distribution() => Assert.All(
        Enumerable.Range(1, StudentT.DegreesMax), degrees => Assert.Multiple(
            () => IsPrinted(0.95, degrees, StudentT.TwoSided95(degrees)!.Value),
            () => IsPrinted(0.90, degrees, StudentT.OneSided95(degrees)!.Value)));

    // To three decimals.
    private static void IsPrinted(double share, int degrees, decimal t) => Assert.InRange(
        share, Between(degrees, t - 0.00051m), Between(degrees, t + 0.00051m));

    /// <summary>The share of Student's distribution between -t and t, by Simpson's rule with
    /// x = sqrt(n) tan(a), where its density is cos(a)^(n-1).</summary>
    private static double Between(int degrees, decimal t)
    {
        double Area(double end)
        {
            const int Steps = 2_000;
            var sum = 0d;
            for (var i = 0; i <= Steps; i++)
            {
                var weight = i is 0 or Steps ? 1 : i % 2 == 1 ? 4 : 2;
                sum += weight * Math.Pow(Math.Cos(end * i / Steps), degrees - 1);
            }

            return sum * end / Steps / 3;
        }

        return Area(Math.Atan((double)t / Math.Sqrt(degrees))) / Area(Math.PI / 2);
    }

    [Fact]
    public void A_percentage_needs_a_span() =>
        Assert.Null(CalibrationError.Of(AnalyserKind.Oxides, 1, 2, 0));

    [Fact]
    public void Two_injections_are_no_level() => Assert.Null(LinearityError.Of(
        AnalyserKind.Oxides, [new GasInjection(1, 1), new GasInjection(1, 1)]));

    [Fact]
    public void A_fourth_injection_does_not_count() => Assert.Equal(
        10m, LinearityError.Of(
            AnalyserKind.Oxides, [new(10, 10), new(10, 10), new(10, 10), new(10, 90)])!
            .MeanMeasured);

    [Fact]
    public void Eight_runs_are_no_audit() => Assert.Null(RelativeAccuracy.Of(
        AuditedSystem.Concentration, [.. Enumerable.Repeat(new AuditRun(1, 1), 8)], false));

    [Theory]
    [InlineData(AuditedSystem.NitrogenRate, "0.008", "0.009", true, "11.11", "1.111")]
    [InlineData(AuditedSystem.NitrogenRate, "0.008", "0.009", false, "11.11", "1.125")]
    [InlineData(AuditedSystem.NitrogenRate, "0.008", "0.007", true, "14.29", "1.000")]
    [InlineData(AuditedSystem.NitrogenRate, "0.204", "0.306", true, "33.33", "1.500")]
    [InlineData(AuditedSystem.Concentration, "200", "250.04", true, "20.01", "1.111")]
    [InlineData(AuditedSystem.Concentration, "200", "250.05", true, "20.02", "1.250")]
    [InlineData(AuditedSystem.Concentration, "500", "600", true, "16.67", "1.200")]
    [InlineData(AuditedSystem.Diluent, "10", "12", false, "16.67", "1.000")]
    [InlineData(AuditedSystem.Flow, "100000", "0.1", false, "999.99", "1.000")]
    public void A_bias_is_corrected_upwards_and_capped_for_low_emitters_that_choose_so(
        AuditedSystem system, string monitor, string reference, bool takesCap, string accuracy,
        string factor)
    {
        var audit = RelativeAccuracy.Of(
            system, [.. Enumerable.Repeat(
                new AuditRun(decimal.Parse(monitor), decimal.Parse(reference)), 9)], takesCap)!;
        Assert.Equal(decimal.Parse(accuracy), audit.RelativeAccuracyPercent);
        Assert.Equal(decimal.Parse(factor), audit.BiasAdjustmentFactor);
    }

    [Theory]
    [InlineData(AuditedSystem.Concentration, "1000", "1075", 4, false)]
    [InlineData(AuditedSystem.Concentration, "1000", "1100", 2, false)]
    [InlineData(AuditedSystem.Concentration, "100", "112", 4, true)]
    [InlineData(AuditedSystem.Concentration, "100", "115", 2, true)]
    [InlineData(AuditedSystem.Concentration, "100", "116", null, false)]
    [InlineData(AuditedSystem.NitrogenRate, "0.090", "0.1049", 4, true)]
    [InlineData(AuditedSystem.NitrogenRate, "0.090", "0.110", 2, true)]
    [InlineData(AuditedSystem.NitrogenRate, "0.090", "0.1149", 2, true)]
    [InlineData(AuditedSystem.NitrogenRate, "0.090", "0.115", null, false)]
    [InlineData(AuditedSystem.Moisture, "10", "11.04", 4, true)]
    [InlineData(AuditedSystem.Moisture, "10", "11.54", 2, true)]
    [InlineData(AuditedSystem.Moisture, "5", "6.55", null, false)]
    [InlineData(AuditedSystem.Diluent, "5", "5.74", 4, true)]
    [InlineData(AuditedSystem.Diluent, "5", "6", 2, true)]
    [InlineData(AuditedSystem.SulphurRate, "0.1", "0.1165", 2, true)]
    public void How_long_an_audit_lasts(
        AuditedSystem system, string monitor, string reference, int? quarters, bool isAlternative)
    {
        var audit = RelativeAccuracy.Of(
            system, [.. Enumerable.Repeat(
                new AuditRun(decimal.Parse(monitor), decimal.Parse(reference)), 9)], false)!;
        Assert.Equal(
            new AuditVerdict(quarters, isAlternative), AuditVerdict.Of(system, audit));
    }

    [Fact]
    public void The_order_of_the_runs_does_not_matter() => Audits.Sample(runs =>
    {
        var (one, other) = (Audit(runs), Audit([.. runs.Reverse()]));
        Assert.Equal(one.RelativeAccuracyPercent, other.RelativeAccuracyPercent);
        Assert.Equal(one.BiasAdjustmentFactor, other.BiasAdjustmentFactor);
    });

    [Fact]
    public void Another_unit_changes_no_percentage() => Audits.Sample(runs =>
    {
        var scaled = Audit(
            [.. runs.Select(run => new AuditRun(run.Monitor * 1_000, run.Reference * 1_000))]);
        var accuracy = Audit(runs).RelativeAccuracyPercent;
        Assert.InRange(scaled.RelativeAccuracyPercent, accuracy - 0.01m, accuracy + 0.01m);
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
    [InlineData("100.2", "100.1", "100.2")]
    [InlineData("100.3", "100.1", "100.1")]
    [InlineData("-1", "100.1", "100.1")]
    public void A_heat_input_within_the_tolerance_counts_as_reported(
        string reported, string calculated, string counted) => Assert.Equal(
        decimal.Parse(counted),
        AppendixE.Counted(decimal.Parse(reported), decimal.Parse(calculated)));

    [Theory]
    [InlineData("615.7", 28, "637.9")]
    [InlineData("615.9", 28, "615.9")]
    [InlineData("661.8", 28, "637.9")]
    [InlineData("630", 28, "630")]
    public void A_rate_that_a_minute_explains_counts_as_reported(
        string reported, int minutes, string counted) => Assert.Equal(
        decimal.Parse(counted),
        AppendixE.CountedRate(decimal.Parse(reported), 297.7m, minutes));

    [Fact]
    public void A_plant_may_count_both_the_first_and_the_last_minute() => Assert.Multiple(
        () => Assert.Equal(4, Kept(4)),
        () => Assert.Equal(3, Kept(3)),
        () => Assert.Equal(3, Kept(5)),
        () => Assert.Equal(3, Kept(null)));

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

    // Three runs are used of level 2, whose mean is 0.662; the agency takes all four, and the plant
    // at its word where it is near.
    [Theory]
    [InlineData("2:0.662 2:0.660 2:0.664 2:0.650 1:0.3 1:0.3 1:0.3", null, "0.659")]
    [InlineData("2:0.662 2:0.660 2:0.664 2:0.650 1:0.3 1:0.3 1:0.3", "0.662", "0.662")]
    [InlineData("2:0.662 2:0.660 2:0.664 2:0.650 1:0.3 1:0.3 1:0.3", "0.670", "0.659")]
    [InlineData("2:0.662 2:0.660 2:0.664 1:0.3 1:0.3", "0.662", null)]
    [InlineData("2:0.662 2:0.660 2:-1", "0.662", null)]
    [InlineData("0:0.662 0:0.660 0:0.664", "0.662", null)]
    [InlineData("", "0.662", null)]
    public void A_unit_default_as_the_agency_keeps_it(string runs, string? reported, string? kept)
    {
        var all = runs.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(run => run.Split(':'))
            .Select((run, i) => new DefaultRun(
                int.Parse(run[0]), decimal.Parse(run[1]), i < 3));
        Assert.Equal(
            kept is null ? null : decimal.Parse(kept),
            UnitDefault.Kept([.. all], reported is null ? null : decimal.Parse(reported)));
    }

    [Theory]
    [InlineData(null, 4)]
    [InlineData(3, 4)]
    [InlineData(7, 7)]
    public void A_plant_may_state_a_longer_cycle(int? reported, int kept) =>
        Assert.Equal(kept, CycleTime.KeptOfTest([3, 4], reported));

    private static RelativeAccuracy Audit(ImmutableArray<AuditRun> runs) =>
        RelativeAccuracy.Of(AuditedSystem.Concentration, runs, false)!;

    private static int? Kept(int? reported) => CycleTime.Kept(
        new DateTime(2019, 5, 1, 10, 9, 0), new DateTime(2019, 5, 1, 10, 12, 0), reported);
}
