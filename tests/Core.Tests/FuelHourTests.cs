using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Core.Part75;
using Monitoring.Wire.Documents;
using NJsonSchema;

namespace Monitoring.Tests.Core;

/// <summary>
/// Hours of a gas turbine and an oil boiler without a stack flow monitor: heat input from the
/// metered fuel, and masses from it, as a person computes them with a pocket calculator.
/// </summary>
public sealed class FuelHourTests
{
    private const string Text =
        """
        members: [{id: member-a, title: A}]
        zones: [{id: river, title: River}]
        sources:
          - id: turbine-1
            title: Turbine
            plant: plant-a
            gateway: gateway-1
            member: member-a
            zone: river
            profile: us-part75
            cycle: 15 min
            from: 2025-11-24T22:00:00Z
            time_zone: Europe/Kyiv
            fuel: natural-gas
            unit: turbine
            potentials: {nox: 500}
            fuel_sample: {gcv: 1030, so2_rate: 0.0006}
            quantities:
              nox: {device: analyser, point: nox, unit: ppm}
              o2: {device: analyser, point: o2, unit: "%"}
              fuel_flow: {device: analyser, point: gas, unit: "[cft_i]/h"}
              load: {device: analyser, point: mw, unit: MW}
        """;

    private static readonly (string, double)[] Usual =
        [("nox", 25.04), ("o2", 15.02), ("gas", 500_000), ("mw", 48.6)];

    [Theory]
    // F-20: 5000 x 103000 / 1e6
    [InlineData("HI", "F-20", 515.0)]
    // 19-1: 1.194e-7 x 25.0 x 8710 x 20.9/5.9 = 0.09210
    [InlineData("NOXR", "19-1", 0.092)]
    // F-24A: 0.092 x 515.0 = 47.38
    [InlineData("NOX", "F-24A", 47.4)]
    // D-5: 0.0006 x 515.0 = 0.309
    [InlineData("SO2", "D-5", 0.3)]
    // G-4: 1040 x 515.0 x 44/385/2000 = 30.606
    [InlineData("CO2", "G-4", 30.6)]
    public void An_hour_of_a_gas_turbine(string parameter, string formula, double expected)
    {
        var value = Hour(Source(), Usual).Hourly.Single(one => one.Parameter == parameter);
        Assert.Equal((formula, (decimal)expected), (value.Formula, value.Adjusted.Value!.Value));
    }

    [Fact]
    public void Its_masses_are_those_of_what_is_measured_and_of_what_follows_from_the_fuel()
    {
        var hour = Hour(Source(), Usual);
        Assert.Equal(
            [("nox", Mg(47.4m)), ("co2", Mg(30.6m * 2_000)), ("so2", Mg(0.3m))],
            hour.Facts.Select(fact => (fact.Pollutant, fact.Milligrams))
                .OrderBy(fact => fact.Pollutant switch { "nox" => 0, "co2" => 1, _ => 2 }));
        Assert.All(hour.Facts, fact => Assert.Equal("hourly-rate/us-part75", fact.Method));
        var text = TraceText.Render(hour.TraceOf("so2"), TimeZoneInfo.Utc);
        Assert.Contains("D-5: default SO2 rate x HI of the gas, to 0.1 lb/h", text);
        Assert.Contains("F-20: GAS GCV/1e6, GAS 100 scf/h", text);
        Assert.Contains("gross calorific value = 1030 Btu/scf (cluster.yaml, fuel_sample", text);
        Assert.Contains("analyser/gas = 500000", text);
        // The flow that it has not is not asked for anywhere.
        Assert.Null(hour.NoFactBecause);
    }

    [Fact]
    public void Oil_is_counted_by_weight_and_its_sulphur_by_percent()
    {
        var source = Source(Text
            .Replace("fuel: natural-gas", "fuel: oil")
            .Replace("gcv: 1030, so2_rate: 0.0006", "gcv: 20000, sulphur_percent: 0.5")
            .Replace("[cft_i]/h", "[lb_av]/h"));
        var hour = Hour(source, [("nox", 25.04), ("o2", 15.02), ("gas", 14_844.2), ("mw", 48.6)]);
        // F-19: the row that EPA corrected from 290.9; D-2: 2.0 x 14844.2 x 0.5/100.
        Assert.Equal(
            [("HI", "F-19", 296.9m), ("SO2", "D-2", 148.4m)],
            hour.Hourly.Where(one => one.Parameter is "HI" or "SO2")
                .Select(one => (one.Parameter, one.Formula, one.Adjusted.Value!.Value)));
    }

    [Fact]
    public void Grains_of_sulphur_and_a_measured_calorific_value_are_taken_too()
    {
        var source = Source(Text
            .Replace("gcv: 1030, so2_rate: 0.0006", "sulphur_grains: 0.5")
            + "\n      gcv: {device: analyser, point: btu, unit: \"[Btu]/[cft_i]\"}");
        var hour = Hour(source, [.. Usual, ("btu", 1_030)]);
        // D-4: 2.0/7000 x 5000 x 0.5 = 0.714
        Assert.Equal(0.7m, hour.Hourly.Single(one => one.Formula == "D-4").Adjusted.Value);
        Assert.Equal(515.0m, hour.Hourly.Single(one => one.Formula == "F-20").Adjusted.Value);
    }

    [Fact]
    public void An_hour_without_the_meter_has_no_mass_and_says_why()
    {
        var hour = Hour(Source(), [("nox", 25.04), ("o2", 15.02), ("mw", 48.6)]);
        Assert.Empty(hour.Facts);
        Assert.Equal("coverage", hour.NoFactBecause);
    }

    [Fact]
    public void An_hour_without_the_analyser_has_the_masses_of_the_fuel()
    {
        var hour = Hour(Source(), [("gas", 500_000), ("mw", 48.6)]);
        Assert.Equal(
            ["co2", "so2"], hour.Facts.Select(fact => fact.Pollutant).Order());
    }

    [Fact]
    public void A_turbine_that_stood_emitted_nothing_of_what_its_fuel_gives_either()
    {
        var source = Source(Text + "\n      operating: {device: analyser, point: on, unit: \"1\"}");
        var hour = Hour(source, [.. Usual, ("on", 0)]);
        Assert.Equal(
            [("co2", 0L), ("nox", 0L), ("so2", 0L)],
            hour.Facts.Select(fact => (fact.Pollutant, fact.Milligrams)).Order());
    }

    [Fact]
    public void A_default_rate_takes_heat_of_the_stack_where_that_is_measured()
    {
        var source = Boiler.Source with
        {
            Quantities = [.. Boiler.Source.Quantities.Where(one => one.Quantity != "so2")],
            FuelSample = new FuelSample(null, null, null, 1.2m),
        };
        var hour = Hour(source, [.. Boiler.Usual.Where(one => one.Item1 != "so2")]);
        // F-23: 1.2 x 66.6 = 79.92
        var value = hour.Hourly.Single(one => one.Formula == "F-23");
        Assert.Equal(79.9m, value.Adjusted.Value);
        Assert.Equal(
            Mg(79.9m), hour.Facts.Single(fact => fact.Pollutant == "so2").Milligrams);
    }

    [Fact]
    public void Oxygen_of_dry_and_of_wet_gas_gives_the_moisture()
    {
        var source = Boiler.Source with
        {
            Quantities =
            [
                .. Boiler.Source.Quantities.Where(one => one.Quantity is not ("co2" or "h2o")),
                new QuantityBinding("o2", "analyser", "o2", "%"),
                new QuantityBinding("o2_wet", "analyser", "wet", "%"),
            ],
        };
        var hour = Hour(
            source,
            [
                .. Boiler.Usual.Where(one => one.Item1 is not ("co2" or "h2o")),
                ("o2", 5.03), ("wet", 4.62),
            ]);
        // F-31: 100 x (5.0 - 4.6) / 5.0 = 8.0
        var water = hour.Hourly.Single(one => one.Parameter == "H2O");
        Assert.Equal(("F-31", 8.0m), (water.Formula, water.Adjusted.Value!.Value));
        // F-26B: 1.194e-7 x 150.0 x 999000 x 0.92, as with a monitor of moisture.
        Assert.Equal(
            16.5m, hour.Hourly.Single(one => one.Parameter == "NOX").Adjusted.Value);
    }

    [Theory]
    [InlineData("    fuel: natural-gas\n", "", "needs 'fuel'")]
    [InlineData("gcv: 1030, ", "", "'fuel_flow' has no calorific value")]
    [InlineData("so2_rate: 0.0006", "sulphur_percent: 1", "sulphur is not of what")]
    [InlineData("profile: us-part75", "profile: demo", "has no formulas of 'fuel_flow'")]
    [InlineData("nox: {", "so2: {", "a mass of 'so2' needs flow, t and p")]
    [InlineData("[cft_i]/h", "m3/h", "unit")]
    public void What_no_mass_can_follow_from_is_refused(
        string what, string instead, string fault)
    {
        var faults = new Faults();
        Assert.Null(ClusterReader.Read(
            "cluster.yaml", Text.ReplaceLineEndings("\n").Replace(what, instead),
            [Boiler.Profile, Stack.Read("demo")], faults));
        Assert.Contains(
            faults.All, one => one.ToString().Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_follows_the_schema()
    {
        var rules = await JsonSchema.FromJsonAsync(Shipped.Text("schemas/cluster.schema.json"));
        Assert.Empty(rules.Validate(DocumentTests.Json(Text)));
        Assert.NotEmpty(rules.Validate(DocumentTests.Json(Text.Replace("fuel_flow", "fuel"))));
        Assert.NotEmpty(rules.Validate(DocumentTests.Json(Text.Replace("so2_rate", "so2"))));
    }

    private static SourceBinding Source(string text = Text)
    {
        var faults = new Faults();
        var map = ClusterReader.Read("cluster.yaml", text, [Boiler.Profile], faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return map!.Sources.Single();
    }

    internal static WindowResult Hour(
        SourceBinding source, params (string Point, double Value)[] points)
    {
        ImmutableArray<SourceImage> images =
        [
            .. Enumerable.Range(0, 4).Select(quarter => new SourceImage(
                new RecordId("plant-a", "gateway-1", "e1", quarter),
                Boiler.Image(Stack.StartMs + quarter * 15 * Stack.MinuteMs, points))),
        ];
        return WindowCalculation.Compute(
            source, Boiler.Profile,
            new Window(Stack.StartMs, Stack.StartMs + Boiler.Profile.WindowMs),
            new Dictionary<string, ImmutableArray<SourceImage>> { ["analyser"] = images }, 1,
            DateTimeOffset.UnixEpoch);
    }

    private static long Mg(decimal pounds) => Rounding.ToWhole(pounds * 453_592.37m);
}
