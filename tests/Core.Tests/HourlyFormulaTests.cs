using CsCheck;
using Monitoring.Core.Part75;

namespace Monitoring.Tests.Core;

/// <summary>
/// The hourly formulas of 40 CFR Part 75: each as a person computes it with a pocket calculator,
/// and what must hold between the wet and the dry form of one formula.
/// </summary>
public sealed class HourlyFormulaTests
{
    /// <summary>One hour of a coal boiler, in round numbers.</summary>
    private static readonly Dictionary<GasInput, decimal> Hour = new()
    {
        [GasInput.Concentration] = 100, [GasInput.Flow] = 1_000_000, [GasInput.Moisture] = 8,
        [GasInput.Oxygen] = 5, [GasInput.CarbonDioxide] = 12, [GasInput.HeatInput] = 1_000,
        [GasInput.Rate] = 0.25m, [GasInput.DryFactor] = 9_780, [GasInput.CarbonFactor] = 1_800,
        [GasInput.WetFactor] = 10_640, [GasInput.FuelFlow] = 14_844.2m,
        [GasInput.CalorificValue] = 20_000, [GasInput.Sulphur] = 0.5m,
        [GasInput.SulphurRate] = 0.0006m, [GasInput.WetOxygen] = 4.6m,
    };

    private static readonly Gen<Dictionary<GasInput, decimal>> DryHours = Gen.Select(
        Gen.Int[1, 3_000], Gen.Int[0, 140], Gen.Int[10, 150], Gen.Int[1, 5_000_000],
        Gen.Int[0, 300], (ppm, oxygen, carbon, flow, water) => new Dictionary<GasInput, decimal>(
            Hour)
        {
            [GasInput.Concentration] = ppm, [GasInput.Oxygen] = oxygen / 10m,
            [GasInput.CarbonDioxide] = carbon / 10m, [GasInput.Flow] = flow,
            [GasInput.Moisture] = water / 10m,
        });

    [Theory]
    [InlineData("F-1", "16.6")]
    [InlineData("F-2", "15.3")]
    [InlineData("F-26A", "11.9")]
    [InlineData("F-26B", "11.0")]
    [InlineData("F-24A", "250")]
    [InlineData("19-1", "0.153")]
    [InlineData("19-2", "0.173")]
    [InlineData("19-3", "0.172")]
    [InlineData("19-3D", "0.167")]
    [InlineData("19-4", "0.167")]
    [InlineData("19-5", "0.158")]
    [InlineData("19-5D", "0.153")]
    [InlineData("19-6", "0.179")]
    [InlineData("19-7", "0.179")]
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
    [InlineData("F-31", "8.0")]
    // 0.0006 x 1000
    [InlineData("F-23", "0.6")]
    // 2.0 x 14844.2 x 0.5 / 100 = 148.442
    [InlineData("D-2", "148.4")]
    // 2.0 / 7000 x 14844.2 x 0.5 = 2.1206
    [InlineData("D-4", "2.1")]
    [InlineData("D-5", "0.6")]
    // The fault of a plant that EPA found: it wrote 290.9 in place of 296.884.
    [InlineData("F-19", "296.9")]
    [InlineData("F-19V", "296.9")]
    [InlineData("F-20", "296.9")]
    // 1800 x 1000 x 44 / 385 / 2000 = 102.857
    [InlineData("G-4", "102.9")]
    public void A_formula_gives_what_a_pocket_calculator_gives(string code, string reported) =>
        Assert.Equal(
            decimal.Parse(reported),
            ReportedPrecision.Of(HourlyFormulas.Of(code).Parameter)!.Round(Of(code, Hour)!.Value));

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
    [InlineData("F-2", "F-1")]
    [InlineData("F-26B", "F-26A")]
    [InlineData("F-11 dry", "F-11")]
    [InlineData("F-16", "F-15")]
    [InlineData("F-18", "F-17")]
    public void Wet_and_dry_forms_of_a_formula_agree(string dryCode, string mixedCode) =>
        DryHours.Sample(dry =>
        {
            // The same gas, as channels of the other basis show it.
            var share = (100 - dry[GasInput.Moisture]) / 100;
            var (isGasWet, isDiluentWet) = mixedCode switch
            {
                "19-4" or "19-8" => (true, false),
                "19-5" or "19-9" => (false, true),
                _ => (true, true),
            };
            var other = new Dictionary<GasInput, decimal>(dry);
            other[GasInput.Concentration] *= isGasWet ? share : 1;
            other[GasInput.Oxygen] *= isDiluentWet ? share : 1;
            other[GasInput.CarbonDioxide] *= isDiluentWet ? share : 1;
            var one = Of(dryCode, dry)!.Value;
            var same = Of(mixedCode, other)!.Value;
            Assert.InRange(same, one * (1 - 1e-15m) - 1e-15m, one * (1 + 1e-15m) + 1e-15m);
        });

    [Fact]
    public void A_formula_takes_what_it_says_and_nothing_else() => Assert.All(
        HourlyFormulas.All, formula =>
        {
            Assert.NotNull(formula.Of(input =>
                formula.Takes.Contains(input) ? Hour[input] : null));
            Assert.All(formula.Takes, missing => Assert.Null(formula.Of(input =>
                input != missing ? Hour[input] : null)));
        });

    [Theory]
    [InlineData("19-1")]
    [InlineData("19-2")]
    [InlineData("19-3")]
    [InlineData("19-4")]
    [InlineData("19-5")]
    public void Air_in_place_of_gas_gives_no_rate(string code) => Assert.Null(Of(
        code, new Dictionary<GasInput, decimal>(Hour) { [GasInput.Oxygen] = 20.9m }));

    [Fact]
    public void More_oxygen_than_air_has_is_no_negative_carbon_dioxide() => Assert.Equal(0, Of(
        "F-14B", new Dictionary<GasInput, decimal>(Hour) { [GasInput.Oxygen] = 20.8m }));

    [Theory]
    [InlineData("bituminous", "F-2", "6")]
    [InlineData("bituminous", "19-3", "8")]
    [InlineData("wood", "19-8", "15")]
    [InlineData("natural-gas", "19-5", "14")]
    public void The_default_moisture_is_the_cautious_one(
        string fuel, string formula, string percent) => Assert.Equal(
        decimal.Parse(percent), Fuel.Find(fuel)!.MoistureFor(formula)!.Value.Value);

    private static decimal? Of(string code, Dictionary<GasInput, decimal> hour) =>
        HourlyFormulas.Of(code).Of(input => hour[input]);
}
