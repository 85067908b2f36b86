using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Core;

public sealed class WindowTests
{
    private static readonly DateTimeOffset KnownAt = DateTimeOffset.UnixEpoch.AddYears(56);

    [Theory]
    [InlineData(0, 0)]
    [InlineData(9_999, 0)]
    [InlineData(10_000, 10_000)]
    [InlineData(-1, -10_000)]
    [InlineData(-10_000, -10_000)]
    [InlineData(Images.StartMs, Images.StartMs)]
    [InlineData(Images.StartMs - 1, Images.StartMs - 10_000)]
    public void Start_belongs_to_a_window_and_end_does_not(long timeMs, long startMs)
    {
        var window = Window.Containing(timeMs, TimeSpan.FromSeconds(10));

        Assert.Equal(new Window(startMs, startMs + 10_000), window);
        Assert.True(window.Contains(window.StartMs));
        Assert.False(window.Contains(window.EndMs));
    }

    [Fact]
    public void A_full_window_gives_the_numbers_worked_out_by_hand()
    {
        var result = Compute(Images.Full());

        // 1000 x 273.15 / 546.3 x 202.6 / 101.3 = 1000; 6 / 6.4 x 80 = 75; 6 / 6.4 x 2 = 1.875.
        Assert.Null(result.NoFactBecause);
        Assert.Equal(1000m, result.FlowAtReference.Value);
        Assert.Equal([75m, 1.875m], result.Standardised.Select(it => it.Value));
        // 80 mg/m3 x 1000 m3/h x 10 s = 222.2 mg, and 2 x 1000 / 360 = 5.6 mg.
        Assert.Equal(
            [("nox", 222L), ("co", 6L)],
            result.Facts.Select(it => (it.Pollutant, it.Milligrams)));
        Assert.All(result.Facts, fact => Assert.Equal("valid", fact.Quality));
        Assert.All(result.Facts, fact => Assert.Equal(20, fact.Inputs.Length));
        Assert.All(result.Fates, fate => Assert.True(fate.IsUsed));
        Assert.All(result.Coverage, device => Assert.Equal(100m, device.Percent));
    }

    [Theory]
    // images of the analyser and the meter -> why there is no fact
    [InlineData(7, 7, null)]
    [InlineData(6, 7, "coverage")]
    [InlineData(7, 6, "coverage")]
    [InlineData(0, 10, "coverage")]
    [InlineData(0, 0, "coverage")]
    public void Exactly_the_minimum_coverage_is_enough(int gas, int flow, string? why)
    {
        var result = Compute(Images.Full(gas, flow));

        Assert.Equal(why, result.NoFactBecause);
        Assert.Equal(why is null ? 2 : 0, result.Facts.Length);
        Assert.Equal(gas + flow, result.Fates.Length);
    }

    [Fact]
    public void Images_of_a_window_without_a_fact_name_whose_coverage_it_was()
    {
        var result = Compute(Images.Full(gas: 6));

        Assert.Equal(
            [("coverage", 6), ("partner-coverage", 10)],
            result.Fates.CountBy(fate => fate.ExcludedBy ?? "used")
                .Select(it => (it.Key, it.Value)));
        Assert.Equal("coverage", Average(result, "nox").AbsentBecause);
        Assert.Equal(1000m, Average(result, "flow").Value);
        Assert.Equal("coverage", result.Standardised[0].AbsentBecause);
    }

    public static TheoryData<string, Func<SourceImage>> Exclusions => new()
    {
        { "maintenance", () => Images.Gas(0, replaced: Images.Bad("o2", Reason.Maintenance) with
            { Value = PointValue.Real(14) }) },
        { "timeout->no-signal", () => Images.Gas(0, replaced: Images.Bad("co", Reason.Timeout)) },
        { "not-a-number", () => Images.Gas(0, replaced: Images.Good("nox", PointValue.Of("hi"))) },
        { "point-missing", () => Images.Gas(0, replaced: Images.Good("n2o", PointValue.Real(1))
            with { Point = "nox", Value = PointValue.Real(1) }) is var image
            ? image with { Image = image.Image with { Readings = image.Image.Readings[1..] } }
            : image },
        { "out-of-range", () => Images.Gas(0, nox: 1e300) },
    };

    [Theory]
    [MemberData(nameof(Exclusions))]
    public void One_bad_quantity_excludes_its_whole_image(string rule, Func<SourceImage> bad)
    {
        var images = Images.Full();
        images["gas-analyser"] = images["gas-analyser"].SetItem(0, bad());

        var result = Compute(images);

        var excluded = Assert.Single(result.Fates, fate => !fate.IsUsed);
        Assert.Equal(rule, excluded.ExcludedBy);
        Assert.Equal(80m, Average(result, "nox").Value);
        Assert.Equal(90m, Average(result, "nox").Coverage.Percent);
        Assert.DoesNotContain(excluded.Record, result.Facts[0].Inputs);
    }

    [Fact]
    public void Doubt_about_one_reading_is_the_quality_of_the_mass_it_is_behind()
    {
        var images = Images.Full();
        var doubtful = Images.Good("co", PointValue.Real(2)) with
        {
            Quality = Quality.Uncertain,
            Reason = Reason.CycleOverrun,
        };
        images["gas-analyser"] =
            images["gas-analyser"].SetItem(3, Images.Gas(3, replaced: doubtful));

        var facts = Compute(images).Facts;

        Assert.Equal(["valid", "uncertain"], facts.Select(fact => fact.Quality));
    }

    [Fact]
    public void More_images_than_expected_are_all_used_and_coverage_stays_at_100()
    {
        var images = Images.Full();
        var late = Images.Gas(9, nox: 91);
        images["gas-analyser"] = images["gas-analyser"].Add(late with
        {
            Record = late.Record with { Offset = 99 },
            Image = late.Image with { TimeMs = late.Image.TimeMs + 500 },
        });

        var result = Compute(images);

        Assert.Equal(81m, Average(result, "nox").Value);
        Assert.Equal(100m, Average(result, "nox").Coverage.Percent);
        Assert.Equal(21, result.Facts[0].Inputs.Length);
    }

    [Fact]
    public void Too_much_oxygen_leaves_the_mass_and_takes_the_standardised_value()
    {
        var images = Images.Full();
        images["gas-analyser"] = [.. Enumerable.Range(0, 10).Select(i => Images.Gas(i, o2: 21))];

        var result = Compute(images);

        Assert.Equal("oxygen-too-high", result.Standardised[0].AbsentBecause);
        Assert.Equal(222, result.Facts[0].Milligrams);
    }

    [Fact]
    public void An_impossible_state_excludes_every_image_by_name()
    {
        var images = Images.Full();
        images["flow-meter"] = [.. Enumerable.Range(0, 10).Select(i => Images.Flow(i, p: 0))];

        var result = Compute(images);

        Assert.Equal("reference-state", result.NoFactBecause);
        Assert.All(result.Fates, fate => Assert.Equal("reference-state", fate.ExcludedBy));
    }

    [Theory]
    [InlineData("90", "2", 10_000, 1)]
    [InlineData("89.999", "2", 10_000, 0)]
    [InlineData("270", "2", 10_000, 2)]
    [InlineData("-1", "1000", 10_000, 0)]
    [InlineData("80", "-1000", 10_000, 0)]
    [InlineData("80", "1000", 3_600_000, 80_000)]
    public void Mass_is_rounded_once_away_from_zero(
        string concentration, string flow, long lengthMs, long expected) =>
        Assert.Equal(
            expected,
            WindowCalculation.MassMilligrams(
                decimal.Parse(concentration), decimal.Parse(flow), lengthMs));

    [Fact]
    public void A_fact_has_the_same_id_however_often_and_in_which_order_it_is_worked_out()
    {
        var one = Compute(Images.Full()).Facts[0];
        var shuffled = Images.Full();
        shuffled["gas-analyser"] = [.. shuffled["gas-analyser"].Reverse()];
        var other = WindowCalculation.Compute(
            Images.Source, Shipped.Profile, Images.Window, shuffled, 1, KnownAt.AddDays(1))
            .Facts[0];

        Assert.Equal(one.Id, other.Id);
        Assert.Matches("^[a-z2-7]{26}$", one.Id);
        Assert.NotEqual(one.Id, Compute(Images.Full(), 2).Facts[0].Id);
        Assert.NotEqual(one.Id, Compute(Images.Full(gas: 9)).Facts[0].Id);
    }

    [Fact]
    public void Every_image_is_used_or_excluded_by_a_named_rule()
    {
        var gas = Gen.Select(Gen.Int[0, 9], Gen.Double[-10, 200], Gen.Enum<Reason>(), Gen.Bool);
        Gen.Select(gas.Array[0, 15], Gen.Int[0, 12]).Sample((gases, flows) =>
        {
            var images = Images.Full(flow: 0);
            images["gas-analyser"] = [.. gases.Select((it, i) => Images.Gas(
                it.Item1, it.Item2, replaced: it.Item4 ? Images.Bad("co", it.Item3) : null)
                is var image ? image with { Record = image.Record with { Offset = i } } : image)];
            images["flow-meter"] = [.. Enumerable.Range(0, flows).Select(i => Images.Flow(i % 10))];

            var result = Compute(images);

            Assert.Equal(gases.Length + flows, result.Fates.Length);
            Assert.All(result.Fates, fate => Assert.NotEqual("", fate.ExcludedBy));
            Assert.Equal(result.Facts.IsEmpty, result.NoFactBecause is not null);
            Assert.Equal(result.Facts.IsEmpty, result.Fates.All(fate => !fate.IsUsed));
            Assert.All(result.Facts, fact => Assert.True(fact.Milligrams >= 0));
        });
    }

    [Fact]
    public void The_trace_of_a_mass_leads_down_to_every_reading_behind_it()
    {
        var result = Compute(Images.Full());
        var text = TraceText.Render(
            result.TraceOf("nox"), TimeZoneInfo.FindSystemTimeZoneById("Europe/Kyiv"));

        Assert.StartsWith("mass of nox = 222 mg\n", text);
        Assert.Contains("mean of nox = 80 mg/m3\n", text);
        Assert.Contains("with: T0 = 273.15 K (profile demo)\n", text);
        Assert.Contains(
            "2025-11-24 18:00:09.000+02:00 gas-analyser/nox = 80 mg/m3 [valid] "
            + "record plant-a/gateway-1/e1/19\n", text);
        // NOx, flow, temperature and pressure, ten times each.
        Assert.Equal(40, text.Split('\n').Count(line => line.Contains("[valid]")));
        Assert.Equal(result.Facts[0].Id, result.TraceOf("nox").Explains);
    }

    private static WindowResult Compute(
        Dictionary<string, ImmutableArray<SourceImage>> images, int revision = 1) =>
        WindowCalculation.Compute(
            Images.Source, Shipped.Profile, Images.Window, images, revision, KnownAt);

    private static QuantityAverage Average(WindowResult result, string quantity) =>
        result.Averages.Single(average => average.Binding.Quantity == quantity);
}
