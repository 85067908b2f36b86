using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core;
using Monitoring.Core.Part75;

namespace Monitoring.Tests.Core;

/// <summary>
/// The hourly formulas of 40 CFR Part 75: each as a person computes it with a pocket calculator,
/// and what must hold between the wet and the dry form of one formula.
/// </summary>
public sealed class HourlyFormulaTests
{
    /// <summary>One hour of a coal boiler, in round numbers.</summary>
    private static readonly GasHour Hour = new()
    {
        Concentration = 100, Flow = 1_000_000, Moisture = 8, Oxygen = 5, DryOxygen = 6,
        CarbonDioxide = 12, HeatInput = 1_000, Rate = 0.25m, DryFactor = 9_780,
        CarbonFactor = 1_800, WetFactor = 10_640, OxygenCap = 14, Fuel = 14_844.2m,
        CalorificValue = 20_000, Sulphur = 0.5m,
    };

    private static readonly Gen<GasHour> DryHours = Gen.Select(
        Gen.Int[1, 3_000], Gen.Int[0, 140], Gen.Int[10, 150], Gen.Int[1, 5_000_000],
        Gen.Int[0, 300], (ppm, oxygen, carbon, flow, water) => Hour with
        {
            Concentration = ppm, Oxygen = oxygen / 10m, CarbonDioxide = carbon / 10m, Flow = flow,
            Moisture = water / 10m,
        });

    [Theory]
    [InlineData("F-1", "16.6")]
    [InlineData("F-2", "15.3")]
    [InlineData("F-23", "250")]
    [InlineData("F-26A", "11.9")]
    [InlineData("F-26B", "11.0")]
    [InlineData("F-24A", "250")]
    [InlineData("19-1", "0.153")]
    [InlineData("F-5", "0.153")]
    [InlineData("19-2", "0.173")]
    [InlineData("19-3", "0.172")]
    [InlineData("19-3D", "0.384")]
    [InlineData("19-4", "0.167")]
    [InlineData("19-5", "0.158")]
    [InlineData("19-5D", "0.354")]
    [InlineData("19-6", "0.179")]
    [InlineData("19-7", "0.179")]
    [InlineData("F-6", "0.179")]
    [InlineData("19-8", "0.195")]
    [InlineData("19-9", "0.165")]
    [InlineData("F-11", "6.8")]
    [InlineData("F-11 dry", "6.3")]
    [InlineData("F-14A", "14.0")]
    [InlineData("F-14B", "12.5")]
    [InlineData("F-15", "66.7")]
    [InlineData("F-16", "61.3")]
    [InlineData("F-17", "69.6")]
    [InlineData("F-18", "71.6")]
    [InlineData("F-19", "296.9")]
    [InlineData("F-20", "296.9")]
    [InlineData("F-31", "16.7")]
    [InlineData("D-2", "148.4")]
    [InlineData("D-4", "2.1")]
    [InlineData("D-5", "250")]
    [InlineData("G-4", "102.9")]
    public void A_formula_gives_what_a_pocket_calculator_gives(string code, string reported) =>
        Assert.Equal(decimal.Parse(reported), HourlyFormulas.Find(code)!.Report(Hour));

    [Fact]
    public void Every_formula_is_in_the_table_above() => Assert.Equal(
        HourlyFormulas.All.Length,
        typeof(HourlyFormulaTests)
            .GetMethod(nameof(A_formula_gives_what_a_pocket_calculator_gives))!
            .GetCustomAttributes(typeof(InlineDataAttribute), false).Length);

    [Theory]
    [InlineData("19-1", "19-3")]
    [InlineData("19-1", "19-4")]
    [InlineData("19-1", "19-5")]
    [InlineData("19-6", "19-7")]
    [InlineData("19-6", "19-8")]
    [InlineData("19-6", "19-9")]
    [InlineData("19-5D", "19-3D")]
    [InlineData("F-2", "F-1")]
    [InlineData("F-26B", "F-26A")]
    [InlineData("F-11 dry", "F-11")]
    [InlineData("F-16", "F-15")]
    [InlineData("F-18", "F-17")]
    public void Wet_and_dry_forms_of_a_formula_agree(string dryCode, string mixedCode) =>
        DryHours.Sample(dry =>
        {
            // The same gas, as channels of the other basis show it.
            var share = (100 - dry.Moisture!.Value) / 100;
            var (isGasWet, isDiluentWet) = mixedCode switch
            {
                "19-4" or "19-8" => (true, false),
                "19-5" or "19-9" => (false, true),
                _ => (true, true),
            };
            var other = dry with
            {
                Concentration = dry.Concentration * (isGasWet ? share : 1),
                Oxygen = dry.Oxygen * (isDiluentWet ? share : 1),
                CarbonDioxide = dry.CarbonDioxide * (isDiluentWet ? share : 1),
            };
            var one = HourlyFormulas.Find(dryCode)!.Compute(dry)!.Value;
            var same = HourlyFormulas.Find(mixedCode)!.Compute(other)!.Value;
            Assert.InRange(same, one * (1 - 1e-15m) - 1e-15m, one * (1 + 1e-15m) + 1e-15m);
        });

    [Fact]
    public void Carbon_dioxide_from_wet_and_dry_oxygen_agrees() => DryHours.Sample(dry =>
    {
        var share = (100 - dry.Moisture!.Value) / 100;
        var inDry = HourlyFormulas.Find("F-14A")!.Compute(dry)!.Value;
        var inWet = HourlyFormulas.Find("F-14B")!
            .Compute(dry with { Oxygen = dry.Oxygen * share })!.Value;
        Assert.InRange(inWet, inDry * share - 1e-15m, inDry * share + 1e-15m);
    });

    [Fact]
    public void Without_an_input_there_is_no_result() => Assert.All(
        HourlyFormulas.All, formula => Assert.Null(formula.Compute(new GasHour())));

    [Theory]
    [InlineData("19-1")]
    [InlineData("19-2")]
    [InlineData("19-3")]
    [InlineData("19-4")]
    [InlineData("19-5")]
    public void Air_in_place_of_gas_gives_no_rate(string code) =>
        Assert.Null(HourlyFormulas.Find(code)!.Compute(Hour with { Oxygen = 20.9m }));

    [Fact]
    public void More_oxygen_than_air_has_is_no_negative_carbon_dioxide() =>
        Assert.Equal(0, HourlyFormulas.Find("F-14B")!.Report(Hour with { Oxygen = 20.8m }));

    [Theory]
    [InlineData(true, true, true, "19-6")]
    [InlineData(true, true, false, "19-9")]
    [InlineData(false, true, true, "19-8")]
    [InlineData(false, true, false, "19-7")]
    [InlineData(true, false, true, "19-1")]
    [InlineData(true, false, false, "19-5")]
    [InlineData(false, false, true, "19-4")]
    [InlineData(false, false, false, "19-3")]
    public void The_basis_of_the_channels_chooses_the_formula(
        bool isDry, bool isCarbonDioxide, bool isDiluentDry, string code) => Assert.Equal(
        code, HourlyFormulas.NitrogenRate(isDry, isCarbonDioxide, isDiluentDry));

    [Theory]
    [InlineData("FLOW", "11084000", "1.063", "11782000")]
    [InlineData("SO2C", "9.8", "1.111", "10.9")]
    [InlineData("NOXR", "0.037", "1.080", "0.040")]
    public void Bias_adjustments_as_published(
        string parameter, string unadjusted, string factor, string adjusted) => Assert.Equal(
        decimal.Parse(adjusted), BiasAdjustment.Adjust(
            decimal.Parse(unadjusted), decimal.Parse(factor),
            ReportedPrecision.Of(parameter)!));

    [Theory]
    [InlineData("FLOW", "11500", "12000")]
    [InlineData("FLOW", "-11500", "-12000")]
    [InlineData("NOXR", "0.0125", "0.013")]
    [InlineData("HI", "0.25", "0.3")]
    public void Halves_go_away_from_zero(string parameter, string value, string reported) =>
        Assert.Equal(
            decimal.Parse(reported),
            ReportedPrecision.Of(parameter)!.Round(decimal.Parse(value)));

    [Theory]
    [InlineData("9220.9", "946.1")]
    [InlineData("11064.4", "1135.2")]
    public void Carbon_dioxide_of_coal_as_published(string heat, string tons) => Assert.Equal(
        decimal.Parse(tons),
        ReportedPrecision.Of("CO2")!.Round(CoalCarbonDioxide.Tons(decimal.Parse(heat))));

    [Fact]
    public void Apportioned_heat_adds_up_to_that_of_the_stack() => Gen.Select(
        Gen.Int[1, 5_000], Gen.Int[1, 4], Gen.Select(Gen.Int[0, 600], Gen.Int[0, 4]).Array[1, 6])
        .Sample((heat, quarters, units) =>
        {
            var common = new TimedRate(heat, quarters / 4m);
            ImmutableArray<UnitLoad> loads =
                [.. units.Select(unit => new UnitLoad(unit.Item1, unit.Item2 / 4m))];
            var rates = HeatInputs.Apportion(common, loads);
            if (rates is null)
            {
                Assert.Equal(0, loads.Sum(unit => unit.Load * unit.Hours));
                return;
            }

            var sum = rates.Value.Zip(loads).Sum(pair => pair.First * pair.Second.Hours);
            Assert.InRange(sum, common.Rate * common.Hours - 1e-15m,
                common.Rate * common.Hours + 1e-15m);
        });

    [Fact]
    public void Fuels_of_an_hour_and_hours_of_a_quarter_add_up() => Assert.Multiple(
        () => Assert.Equal(250m, HeatInputs.Combine([new(200, 0.5m), new(300, 0.5m)], 1)),
        () => Assert.Equal(400m, HeatInputs.Combine([new(200, 0.5m), new(200, 0.5m)], 0.5m)),
        () => Assert.Null(HeatInputs.Combine([new(200, 0.5m)], 0)),
        () => Assert.Equal(1.3m, HeatInputs.QuarterlyTons([new(2_000, 1), new(1_000, 0.5m)])),
        () => Assert.Equal(3m, HeatInputs.QuarterlyHeat([new(2.5m, 1)])));

    [Fact]
    public void Factors_of_a_fuel() => Assert.Multiple(
        () => Assert.Equal(new FuelFactor(9_780, 1_800, 10_640), FuelFactors.Of("bituminous")),
        () => Assert.Null(FuelFactors.Of("moonshine")),
        () => Assert.Equal(
            1_000_000m * (3.64m * 5 + 1.53m * 70 + 0.57m * 2 + 0.14m * 1 - 0.46m * 8) / 12_500m,
            FuelFactors.From(new UltimateAnalysis(5, 70, 2, 1, 8, 10, 12_500))!.Value.Dry),
        () => Assert.Equal(
            321_000m * 70 / 12_500m,
            FuelFactors.From(new UltimateAnalysis(5, 70, 2, 1, 8, 10, 12_500))!.Value.Carbon),
        () => Assert.Null(FuelFactors.From(new UltimateAnalysis(5, 70, 2, 1, 8, 10, 0))),
        () => Assert.Equal(
            1_420m, FuelFactors.Blend([(0.5m, 1_040m), (0.5m, 1_800m)])),
        () => Assert.Null(FuelFactors.Blend([(0.5m, 1_040m)])));

    [Theory]
    [InlineData("bituminous", "F-2", "6")]
    [InlineData("bituminous", "19-3", "8")]
    [InlineData("wood", "19-8", "15")]
    [InlineData("natural-gas", "19-5", "14")]
    public void The_default_moisture_is_the_cautious_one(
        string fuel, string formula, string percent) =>
        Assert.Equal(decimal.Parse(percent), Defaults.Moisture(fuel, formula));
}
