using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core.Part75;

namespace Monitoring.Tests.Core;

/// <summary>
/// Several fuels, stacks and units as one, one as several, and factors of a fuel: as a person
/// computes them with a pocket calculator.
/// </summary>
public sealed class CombinedRateTests
{
    [Theory]
    // F-21A: 1000.0 x 1 / 0.5 x (100 x 0.5) / (100 x 0.5 + 300 x 1) = 285.714
    [InlineData(0, 285.7)]
    // 1000.0 x 1 / 1 x 300 / 350 = 857.143
    [InlineData(1, 857.1)]
    public void Heat_input_of_a_common_stack_goes_by_what_each_unit_made(
        int unit, double expected) => Assert.Equal(
        (decimal)expected,
        Combined.HeatInputOf(
            unit, new TimedRate(1_000.0m, 1), [new UnitOutput(100, 0.5m), new UnitOutput(300, 1)]));

    [Fact]
    public void A_unit_that_stood_has_no_rate_and_nothing_is_shared_out_by_nothing()
    {
        var common = new TimedRate(1_000.0m, 1);
        Assert.Null(Combined.HeatInputOf(
            0, common, [new UnitOutput(0, 0), new UnitOutput(300, 1)]));
        Assert.Null(Combined.HeatInputOf(0, common, [new UnitOutput(0, 1), new UnitOutput(0, 1)]));
    }

    [Fact]
    public void The_units_together_burn_what_the_stack_does() => Gen.Select(
        Gen.Int[1, 100_000], Gen.Int[1, 4].Select(quarters => quarters / 4m),
        Gen.Select(Gen.Int[1, 900], Gen.Int[1, 4]).Array[1, 5]).Sample((heat, time, made) =>
    {
        ImmutableArray<UnitOutput> units =
            [.. made.Select(one => new UnitOutput(one.Item1, one.Item2 / 4m))];
        var common = new TimedRate(heat / 10m, time);
        var sum = units.Select((unit, i) =>
            new TimedRate(Combined.HeatInputOf(i, common, units)!.Value, unit.Time));
        // Each is rounded to 0.1, so F-25 finds the stack's again but for half a step of each.
        Assert.InRange(
            Combined.Rate("HI", [.. sum], time)!.Value - common.Rate,
            -0.05m * units.Length / time - 0.05m, 0.05m * units.Length / time + 0.05m);
    });

    [Theory]
    // F-21C and F-25: (600.0 x 1 + 400.0 x 0.5) / 1
    [InlineData("HI", 600, 400, 1, 800.0)]
    // D-12: (12.0 x 1 + 3.3 x 0.5) / 1 = 13.65, half away from zero
    [InlineData("SO2", 12.0, 3.3, 1, 13.7)]
    // G-4A
    [InlineData("CO2", 10.4, 20.2, 1, 20.5)]
    [InlineData("CO2", 10.4, 20.2, 0.5, 41.0)]
    public void Rates_add_up_by_their_time(
        string parameter, double first, double second, double time, double expected) =>
        Assert.Equal(
            (decimal)expected,
            Combined.Rate(
                parameter,
                [new TimedRate((decimal)first, 1), new TimedRate((decimal)second, 0.5m)],
                (decimal)time));

    [Fact]
    public void Without_time_there_is_no_rate() =>
        Assert.Null(Combined.Rate("HI", [new TimedRate(100, 0)], 0));

    [Fact]
    public void Factors_follow_from_what_a_laboratory_found()
    {
        var coal = new UltimateAnalysis(5, 75, 2, 1.5m, 7, 4, 13_500);
        // 3.64 x 5 + 1.53 x 75 + 0.57 x 2 + 0.14 x 1.5 - 0.46 x 7 = 131.08, x 1e6 / 13500
        Assert.Equal(9_709.6m, Math.Round(coal.DryFactor!.Value, 1));
        // 321e3 x 75 / 13500
        Assert.Equal(1_783.3m, Math.Round(coal.CarbonFactor!.Value, 1));
        // 131.08 + (5.57 - 3.64) x 5 + 0.21 x 4 = 141.57
        Assert.Equal(10_486.7m, Math.Round(coal.WetFactor!.Value, 1));
        Assert.Null((coal with { CalorificValue = 0 }).DryFactor);
    }

    [Fact]
    public void Factors_of_fuels_that_burn_together_weigh_by_their_heat()
    {
        // 0.25 x 8710 + 0.75 x 9190
        Assert.Equal(9_070m, FuelFactors.Blended([(8_710, 0.25m), (9_190, 0.75m)]));
        Assert.Null(FuelFactors.Blended([(8_710, 0.25m), (9_190, 0.5m)]));
        Assert.Null(FuelFactors.Blended([(8_710, -0.5m), (9_190, 1.5m)]));
    }
}
