using System.Collections.Immutable;
using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Gaps;
using Monitoring.Core.Mass;
using Monitoring.Core.Part75;
using static Monitoring.Tests.Core.Boiler;

namespace Monitoring.Tests.Core;

/// <summary>
/// Hours of a source under <c>us-part75</c>: reported values, bias factor and rates, as a person
/// computes them with a pocket calculator.
/// </summary>
public sealed class Part75HourTests
{
    [Theory]
    // 28 300 m3/h at 68 F are 999 405 scfh, to 1000.
    [InlineData("FLOW", "999000")]
    [InlineData("SO2C", "100.0")]
    [InlineData("NOXC", "150.0")]
    [InlineData("CO2C", "12.0")]
    [InlineData("H2O", "8.0")]
    // F-1: 1.660e-7 x 100.0 x 999000 = 16.58
    [InlineData("SO2", "16.6")]
    // F-26B: 1.194e-7 x 150.0 x 999000 x 0.92 = 16.46
    [InlineData("NOX", "16.5")]
    // F-11: 5.7e-7 x 12.0 x 999000 = 6.83
    [InlineData("CO2", "6.8")]
    // F-15: 999000 x 12.0 / (100 x 1800) = 66.6
    [InlineData("HI", "66.6")]
    // 19-9: 1.194e-7 x 150.0 x 0.92 x 1800 x 100 / 12.0 = 0.24716
    [InlineData("NOXR", "0.247")]
    public void An_hour_as_a_pocket_calculator_gives_it(string parameter, string expected)
    {
        var hour = Hour(Source, Usual);
        Assert.Equal(decimal.Parse(expected), Value(hour, parameter).Adjusted.Value);
    }

    [Fact]
    public void The_mass_is_the_rate_times_the_operating_time()
    {
        var hour = Hour(Source, Usual);
        Assert.Equal(
            [("so2", Mg(16.6m)), ("nox", Mg(16.5m)), ("co2", Mg(6.8m * 2_000))],
            hour.Facts.Select(fact => (fact.Pollutant, fact.Milligrams)));
        Assert.All(hour.Facts, fact => Assert.Equal("hourly-rate/us-part75", fact.Method));
        var text = TraceText.Render(hour.TraceOf("so2"), TimeZoneInfo.Utc);
        Assert.Contains("F-1", text);
        Assert.Contains("1.660e-7 C Q", text);
        Assert.Contains("100.04 ppm", text);
        Assert.Contains("pound = 453592.37 mg", text);
    }

    [Theory]
    [InlineData("so2", "SO2C", "106.3", "SO2", "17.6")]
    [InlineData("flow", "FLOW", "1062000", "SO2", "17.6")]
    public void The_factor_of_the_audit_in_force_adjusts_what_is_measured(
        string quantity, string parameter, string adjusted, string rate, string pounds)
    {
        var hour = Hour(Source, Usual, new BiasFactor(1.063m, "RATA 17", false), quantity);
        var value = Value(hour, parameter);
        Assert.Equal(decimal.Parse(adjusted), value.Adjusted.Value);
        Assert.NotEqual(value.Unadjusted.Value, value.Adjusted.Value);
        Assert.Equal(decimal.Parse(pounds), Value(hour, rate).Adjusted.Value);
        Assert.Contains(
            "bias factor = 1.063 (RATA 17",
            TraceText.Render(hour.TraceOf("so2"), TimeZoneInfo.Utc));
    }

    [Fact]
    public void A_factor_of_the_rate_adjusts_the_rate_and_so_the_mass()
    {
        var hour = Hour(Source, Usual, new BiasFactor(1.080m, "RATA 18", true), "nox");
        var rate = Value(hour, "NOXR");
        Assert.Equal((0.247m, 0.267m), (rate.Unadjusted.Value, rate.Adjusted.Value));
        Assert.Equal(150.0m, Value(hour, "NOXC").Adjusted.Value);
        // F-24A: 0.267 x 66.6 = 17.78
        Assert.Equal(17.8m, Value(hour, "NOX").Adjusted.Value);
        Assert.Equal("F-24A", Value(hour, "NOX").Formula);
    }

    [Fact]
    public void An_audit_without_a_factor_leaves_no_value() => Assert.Equal(
        "no-bias-factor",
        Value(
            Hour(Source, Usual, new BiasFactor(null, "RATA 19", false), "so2"), "SO2C")
            .Adjusted.AbsentBecause);

    [Fact]
    public void What_took_the_place_of_a_concentration_goes_into_the_rate()
    {
        // 100.0 ppm of SO2, dry, are 266.3 mg/m3 at 68 F.
        var missing = Usual.Where(one => one.Item1 != "so2").ToArray();
        var substitute = new Substitute(266.327m, "07: mean", "07");
        var hour = Hour(Source, missing, substitute: substitute);
        // F-2: 1.660e-7 x 100.0 x 999000 x 0.92 = 15.26
        Assert.Equal(15.3m, Value(hour, "SO2").Adjusted.Value);
        Assert.Equal("F-2", Value(hour, "SO2").Formula);
        Assert.Null(Value(hour, "SO2C").Unadjusted.Value);
        Assert.Equal(
            ("substituted", Mg(15.3m)),
            hour.Facts.Where(fact => fact.Pollutant == "so2")
                .Select(fact => (fact.Quality, fact.Milligrams)).Single());
    }

    [Theory]
    // Table 30: the basis of both channels.
    [InlineData(false, false, "19-6")]
    [InlineData(false, true, "19-9")]
    [InlineData(true, false, "19-8")]
    [InlineData(true, true, "19-7")]
    public void The_bases_of_the_channels_choose_the_formula(
        bool isNitrogenWet, bool isDiluentWet, string code)
    {
        var source = Source with
        {
            Quantities =
            [
                .. Source.Quantities.Select(one => one.Quantity switch
                {
                    "nox" => one with { IsWet = isNitrogenWet },
                    "co2" => one with { IsWet = isDiluentWet },
                    _ => one,
                }),
            ],
        };
        Assert.Equal(code, Value(Hour(source, Usual), "NOXR").Formula);
    }

    [Fact]
    public void With_oxygen_as_the_diluent_carbon_dioxide_follows_from_it()
    {
        var source = Source with
        {
            Quantities =
            [
                .. Source.Quantities.Where(one => one.Quantity != "co2"),
                new QuantityBinding("o2", "analyser", "o2", "%"),
            ],
        };
        var hour = Hour(source, [.. Usual.Where(one => one.Item1 != "co2"), ("o2", 5.9)]);
        // F-14A: 100 x 1800/9780 x 15.0/20.9 = 13.21
        Assert.Equal(
            (13.2m, "F-14A"),
            (Value(hour, "CO2C").Adjusted.Value!.Value, Value(hour, "CO2C").Formula));
        // F-18: 999000 x 0.92/9780 x 15.0/20.9 = 67.4
        Assert.Equal(67.4m, Value(hour, "HI").Adjusted.Value);
        // 19-1: 1.194e-7 x 150.0 x 9780 x 20.9/15.0 = 0.24405
        Assert.Equal((0.244m, "19-1"), (
            Value(hour, "NOXR").Adjusted.Value!.Value, Value(hour, "NOXR").Formula));
        // F-11 of dry gas: 5.7e-7 x 13.2 x 999000 x 0.92 = 6.92
        Assert.Equal(6.9m, Value(hour, "CO2").Adjusted.Value);
    }

    [Fact]
    public void Without_a_monitor_the_moisture_of_the_fuel_is_taken_and_said()
    {
        var source = Source with
        {
            Quantities = [.. Source.Quantities.Where(one => one.Quantity != "h2o")],
        };
        var hour = Hour(source, [.. Usual.Where(one => one.Item1 != "h2o")]);
        // Bituminous coal has 6 %: 1.194e-7 x 150.0 x 999000 x 0.94 = 16.8
        Assert.Equal(16.8m, Value(hour, "NOX").Adjusted.Value);
        Assert.Contains(
            "moisture of bituminous = 6 %",
            TraceText.Render(hour.TraceOf("nox"), TimeZoneInfo.Utc));
        Assert.Null(Value(Hour(
            source with { Fuel = null }, [.. Usual.Where(one => one.Item1 != "h2o")]), "NOX")
            .Adjusted.Value);
    }

    private static long Mg(decimal pounds) => Rounding.ToWhole(pounds * 453_592.37m);

    private static HourlyValue Value(WindowResult hour, string parameter) =>
        hour.Hourly.Single(one => one.Parameter == parameter);

    private static WindowResult Hour(
        SourceBinding source, (string Point, double Value)[] points, BiasFactor? factor = null,
        string quantity = "", Substitute? substitute = null)
    {
        ImmutableArray<SourceImage> images =
        [
            .. Enumerable.Range(0, 4).Select(quarter => new SourceImage(
                new RecordId("plant-a", "gateway-1", "e1", quarter),
                Boiler.Image(Stack.StartMs + quarter * 15 * Stack.MinuteMs, points))),
        ];
        var amended = AmendedWindow.Nothing;
        if (factor is not null)
        {
            amended = amended with { Biases = amended.Biases.Add(quantity, factor) };
        }

        return WindowCalculation.Compute(
            source, Boiler.Profile,
            new Window(Stack.StartMs, Stack.StartMs + Boiler.Profile.WindowMs),
            new Dictionary<string, ImmutableArray<SourceImage>> { ["analyser"] = images }, 1,
            DateTimeOffset.UnixEpoch,
            BesideImages.Nothing with
            {
                Amended = amended,
                Substitutes = substitute is null
                    ? ImmutableDictionary<string, Substitute>.Empty
                    : ImmutableDictionary<string, Substitute>.Empty.Add("so2", substitute.Value),
            });
    }
}
