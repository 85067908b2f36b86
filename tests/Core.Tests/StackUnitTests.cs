using CsCheck;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Wire.Documents;
using NJsonSchema;

namespace Monitoring.Tests.Core;

/// <summary>Units that share one stack: each has its share of the mass, and no more.</summary>
public sealed class StackUnitTests
{
    private static readonly string Text = Documents("load", "MW");

    [Fact]
    public void The_mass_of_the_stack_is_shared_out_by_load()
    {
        var units = Units(Text);
        var whole = Whole(100, 300);
        var one = FuelHourTests.Hour(units[0], Points(100, 300));
        var two = FuelHourTests.Hour(units[1], Points(100, 300));
        Assert.Equal(
            [("co2", 1), ("so2", 1)],
            one.Facts.Select(fact => (fact.Pollutant, fact.Revision)).Order());
        foreach (var fact in whole.Facts)
        {
            var (first, second) = (Mass(one, fact.Pollutant), Mass(two, fact.Pollutant));
            Assert.Equal(fact.Milligrams, first + second);
            Assert.InRange(first - fact.Milligrams / 4, -1, 1);
        }

        Assert.All(one.Facts, fact => Assert.Equal("hourly-rate-shared/us-part75", fact.Method));
        var text = TraceText.Render(one.TraceOf("so2"), TimeZoneInfo.Utc);
        Assert.Contains("mass of the stack x load / sum of loads", text);
        Assert.Contains("analyser/mw-1 = 100", text);
        Assert.Contains("analyser/mw-2 = 300", text);
    }

    [Theory]
    [InlineData("load", "MW", "F-21A")]
    [InlineData("load", "[lb_av]/h", "F-21B")]
    [InlineData("fuel_flow", "[cft_i]/h", "F-21D")]
    public void Each_unit_has_its_own_heat_input(string by, string unit, string formula)
    {
        var units = Units(Documents(by, unit));
        var heat = units.Select(one => FuelHourTests.Hour(one, Points(100, 300)).Hourly
            .Single(value => value.Parameter == "HI")).ToList();
        // F-15 gives 66.6 mmBtu/h of the stack: a quarter of it, and the rest.
        Assert.Equal([16.7m, 50.0m], heat.Select(value => value.Adjusted.Value!.Value));
        Assert.All(heat, value => Assert.Equal(66.6m, value.Unadjusted.Value));
        Assert.All(heat, value => Assert.Equal(formula, value.Formula));
    }

    [Fact]
    public void A_unit_that_stands_has_nothing_and_the_other_all()
    {
        var units = Units(Text);
        var whole = Whole(0, 300);
        Assert.All(
            FuelHourTests.Hour(units[0], Points(0, 300)).Facts,
            fact => Assert.Equal(0, fact.Milligrams));
        Assert.Equal(
            whole.Facts.Select(fact => fact.Milligrams),
            FuelHourTests.Hour(units[1], Points(-1, 300)).Facts
                .Select(fact => fact.Milligrams));
    }

    [Fact]
    public void Whatever_the_loads_the_parts_are_the_whole() => Gen.Select(
        Gen.Int[0, 900], Gen.Int[0, 900]).Where((one, two) => one + two > 0)
        .Sample((one, two) =>
        {
            var units = Units(Text);
            var parts = units.Select(unit => FuelHourTests.Hour(unit, Points(one, two))).ToList();
            Assert.All(Whole(one, two).Facts, fact => Assert.Equal(
                fact.Milligrams, parts.Sum(part => Mass(part, fact.Pollutant))));
        }, iter: 50);

    [Fact]
    public void Without_a_load_there_is_no_mass_of_either_and_it_says_why()
    {
        var units = Units(Text);
        var points = Points(100, 300).Where(point => point.Point != "mw-2").ToArray();
        foreach (var unit in units)
        {
            var hour = FuelHourTests.Hour(unit, points);
            Assert.Empty(hour.Facts);
            Assert.Equal("coverage", hour.NoFactBecause);
            Assert.Equal("no-load", FuelHourTests.Hour(unit, Points(0, 0)).NoFactBecause);
        }
    }

    [Theory]
    [InlineData(
        "id: cs-1, by: load}\n    quantities: # two",
        "id: cs-2, by: load}\n    quantities: # two", "no other source is of common stack")]
    [InlineData("load: {device: analyser, point: mw-2, unit: MW}", "", "does not bind 'load'")]
    [InlineData("point: mw-2, unit: MW", "point: mw-2, unit: \"[lb_av]/h\"", "differ")]
    [InlineData("title: Unit 2", "title: Unit 2\n    until: 2026-01-01T00:00:00Z", "differ")]
    [InlineData("common_stack: {id: cs-1, by: load}\n    quantities: # two", "quantities: # two",
        "feeds 'unit-1' as well")]
    public void Units_that_do_not_fit_are_refused(string what, string instead, string fault)
    {
        Assert.Contains(what, Text);
        var faults = new Faults();
        Assert.Null(ClusterReader.Read(
            "cluster.yaml", Text.Replace(what, instead), [Boiler.Profile], faults));
        Assert.Contains(
            faults.All, one => one.ToString().Contains(fault, StringComparison.Ordinal));
    }

    [Fact]
    public async Task It_follows_the_schema()
    {
        var rules = await JsonSchema.FromJsonAsync(Shipped.Text("schemas/cluster.schema.json"));
        Assert.Empty(rules.Validate(DocumentTests.Json(Text.Replace("# two", ""))));
    }

    private static SourceBinding[] Units(string text)
    {
        var faults = new Faults();
        var map = ClusterReader.Read(
            "cluster.yaml", text.Replace("# two", ""), [Boiler.Profile], faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return [.. map!.Sources];
    }

    private static WindowResult Whole(double one, double two) => FuelHourTests.Hour(
        Units(Text)[0] with { CommonStack = null }, Points(one, two));

    private static long Mass(WindowResult hour, string pollutant) =>
        hour.Facts.Single(fact => fact.Pollutant == pollutant).Milligrams;

    private static (string Point, double Value)[] Points(double one, double two) =>
        [.. Boiler.Usual, ("mw-1", one), ("mw-2", two)];

    private static string Documents(string by, string unit)
    {
        string Source(int number) =>
            $$"""
              - id: unit-{{number}}
                title: Unit {{number}}
                plant: plant-a
                gateway: gateway-1
                member: member-a
                zone: river
                profile: us-part75
                cycle: 15 min
                from: 2025-11-24T22:00:00Z
                time_zone: Europe/Kyiv
                fuel: bituminous
                potentials: {so2: 5000, co2: 500000, flow: 100000}
                common_stack: {id: cs-1, by: {{by}}}
                quantities: {{(number == 2 ? "# two" : "")}}
                  so2: {device: analyser, point: so2, unit: ppm, basis: wet}
                  co2: {device: analyser, point: co2, unit: "%", basis: wet}
                  flow: {device: analyser, point: flow, unit: m3/h, basis: wet}
                  h2o: {device: analyser, point: h2o, unit: "%"}
                  t: {device: analyser, point: t, unit: Cel}
                  p: {device: analyser, point: p, unit: kPa}
                  {{by}}: {device: analyser, point: mw-{{number}}, unit: {{Quoted(unit)}}}

            """;
        return ("members: [{id: member-a, title: A}]\nzones: [{id: river, title: River}]\n"
            + "sources:\n" + Source(1) + Source(2)).ReplaceLineEndings("\n");
    }

    private static string Quoted(string unit) => unit == "MW" ? unit : $"\"{unit}\"";
}
