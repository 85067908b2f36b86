using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Core.Quality;
using Monitoring.Wire.Records;

namespace Monitoring.Tests.Core;

/// <summary>A window of a legal profile, from readings to what limits are held against.</summary>
public sealed class LegalWindowTests
{
    private static readonly Profile Profile = Stack.EnIedVi;

    public static TheoryData<string, Func<QuantityBinding, QuantityBinding>, double[], decimal>
        Ways => new()
    {
        // what is measured -> mean, o2, h2o -> validated; the interval is 0.2 x 200 = 40
        { "mg/m3 dry at the reference oxygen", it => it, [100, 11, 0], 60m },
        { "(21 - 11) / (21 - 13) x 100 - 40", it => it, [100, 13, 0], 85m },
        { "below the interval it is 0", it => it, [30, 11, 0], 0m },
        {
            "wet: 90 x 100 / (100 - 10) - 40", it => it with { IsWet = it.Quantity == "nox" },
            [90, 11, 10], 60m
        },
        {
            "wet oxygen: 9.9 x 100 / 90 = 11", it => it with { IsWet = it.Quantity == "o2" },
            [100, 9.9, 10], 60m
        },
        {
            "ppm: 100 x 46.006 / 22.414 - 40",
            it => it.Quantity == "nox" ? it with { Unit = "ppm" } : it, [100, 11, 0], 165.255644m
        },
        {
            "at the stack: 100 x 546.3 / 273.15 x 101.3 / 202.6 - 40",
            it => it with { IsAtStackState = it.Quantity == "nox" }, [100, 11, 0], 60m
        },
        {
            "mA: -50 + 12.5 x 12 - 40", it => it.Quantity == "nox"
                ? it with { Unit = "mA", Calibrations = [Function(0, -50m, 12.5m)] }
                : it,
            [12, 11, 0], 60m
        },
    };

    [Theory]
    [MemberData(nameof(Ways))]
    public void Every_step_does_what_its_formula_says(
        string why, Func<QuantityBinding, QuantityBinding> change, double[] means,
        decimal validated)
    {
        var source = Stack.Source(Profile, change);
        var result = Stack.Window(source, Profile, Enumerable.Range(0, 30).Select(minute =>
            Stack.Minute(minute, means[0], means[1], means[2])));

        Assert.Equal(validated, result.Validated.Single().Value);
        Assert.NotEmpty(why);
        var trace = TraceText.Render(result.TraceOfValidated("nox"), Stack.Kyiv);
        Assert.StartsWith(
            $"nox less the confidence interval = {TraceValue.Of(validated, "mg/m3").Value}",
            trace);
        Assert.Contains(
            "with: Or = 11 % (profile en-ied-vi: IED 2010/75/EU Annex VI; unverified constant)",
            trace);
        // Thirty minutes of NOx and thirty of the oxygen.
        Assert.True(trace.Split('\n').Count(line => line.Contains("[valid]")) >= 60);
    }

    [Theory]
    [InlineData("nox", 2.053)]
    [InlineData("no", 1.339)]
    [InlineData("co", 1.250)]
    [InlineData("so2", 2.858)]
    public void Ppm_become_milligrams_as_the_reference_says(string pollutant, double factor) =>
        Assert.Equal(
            (decimal)factor,
            Rounding.ToDecimals(
                Constants.MolarMassOf(pollutant)!.Value.Value / Constants.MolarVolume.Value, 3));

    // The same 100 ppm of SO2 and 20 Cel, as each regime has its mole and its 0 Cel.
    [Theory]
    [InlineData("en-ied-vi", 22.414, 273.15)]
    [InlineData("ru-20min", 22.414, 273.15)]
    [InlineData("hj-75", 22.4, 273)]
    [InlineData("mrr", 22.414, 273.15)]
    [InlineData("us-part75", 24.05515, 273.15)]
    public void The_reference_state_is_a_parameter(string id, double volume, double zero)
    {
        var profile = Stack.Read(id) with { FirstLevel = null, CoverageMin = 0.1m };
        Assert.Equal(
            ((decimal)volume, (decimal)zero), (profile.MolarVolume.Value, profile.CelsiusZeroK));
        var source = Stack.Source(
            profile, it => it.Quantity == "so2"
                ? it with { Unit = "ppm", IsAtStackState = true }
                : it,
            pollutant: "so2");
        var minutes = profile.Window.TotalMinutes;
        var so2 = Stack.Window(source, profile, Enumerable.Range(0, (int)minutes)
            .Select(minute => Stack.Minute(minute, 100, pollutant: "so2"))).Pollutants.Single();
        var mass = Rounding.ToDecimals(100m * 64.064m / (decimal)volume, 6);
        Assert.Equal(
            Rounding.ToDecimals(
                mass * ((decimal)zero + 273.15m) / profile.ReferenceTemperatureK
                    * profile.ReferencePressureKpa / 202.6m, 6),
            so2.Concentration.Value);
    }

    [Fact]
    public void Twenty_minutes_are_averaged_by_their_own_profile()
    {
        var profile = Stack.Read("ru-20min");
        var source = Stack.Source(profile) with { TimeZone = TimeZoneInfo.Utc };
        var window = Stack.Window(source, profile, Stack.Minutes(0, 14));
        // 100 mg/m3 of 1000 m3/h for a third of an hour; thirteen of twenty are too few.
        Assert.Equal(33_333, window.Facts.Single().Milligrams);
        Assert.Contains(
            "unverified constant", TraceText.Render(window.TraceOf("nox"), TimeZoneInfo.Utc));
        Assert.Equal(
            "coverage", Stack.Window(source, profile, Stack.Minutes(0, 13)).NoFactBecause);
    }

    [Fact]
    public void The_version_of_a_calibration_is_that_of_the_window()
    {
        var source = Stack.Source(Profile, it => it.Quantity != "nox" ? it : it with
        {
            Calibrations = [Function(0, 0, 1), Function(Stack.StartMs + 1, 0, 2)],
        });

        Assert.Equal(100m, Concentration(source, Stack.StartMs));
        Assert.Equal(200m, Concentration(source, Stack.StartMs + Profile.WindowMs));
        Assert.Equal(
            "no-calibration",
            Stack.Window(
                Stack.Source(Profile, it => it.Quantity != "nox" ? it : it with
                {
                    Calibrations = [Function(Stack.StartMs + 1, 0, 2)],
                }),
                Profile, Stack.Minutes(0, 30)).Validated[0].AbsentBecause);

        decimal? Concentration(SourceBinding of, long startMs) => Stack.Window(
            of, Profile,
            Stack.Minutes(0, 30).Select(one => one with
            {
                Image = one.Image with { TimeMs = one.Image.TimeMs + startMs - Stack.StartMs },
            }),
            startMs).Pollutants[0].Concentration.Value;
    }

    [Theory]
    // minutes that are usable of thirty -> why there is no average
    [InlineData(20, null)]
    [InlineData(19, "coverage")]
    [InlineData(0, "coverage")]
    public void Two_thirds_of_the_minutes_are_enough(int minutes, string? why)
    {
        var result = Stack.Window(
            Stack.Source(Profile), Profile, Stack.Minutes(0, minutes));

        Assert.Equal(why, result.Validated[0].AbsentBecause);
        Assert.Equal(why, result.NoFactBecause);
    }

    [Fact]
    public void One_channel_that_is_checked_leaves_the_others_and_the_exclusion_names_its_rule()
    {
        var minutes = Enumerable.Range(0, 30).Select(minute => Stack.Minute(
            minute, reason: minute < 15 ? Reason.ZeroSpanCheck : Reason.None));
        var result = Stack.Window(Stack.Source(Profile), Profile, minutes);

        Assert.Equal("coverage", result.Validated[0].AbsentBecause);
        Assert.Equal(11m, result.Averages.Single(it => it.Binding.Quantity == "o2").Value);
        Assert.Contains(
            "15 of 30 averages usable (50 %); excluded: 15 by zero-span-check",
            TraceText.Render(result.TraceOf("nox"), Stack.Kyiv));
    }

    [Fact]
    public void A_plant_that_stands_has_no_average_loses_nothing_and_emits_nothing()
    {
        var source = Stack.Source(Profile, hasOperating: true);
        var standing = Stack.Window(source, Profile, Enumerable.Range(0, 30).Select(minute =>
            Stack.Minute(minute, operating: 0)));
        Assert.Equal("not-operating", standing.Validated[0].AbsentBecause);
        Assert.Equal(0, Assert.Single(standing.Facts).Milligrams);

        // Twenty of thirty minutes: the mean is of these, and so is the mass.
        var partly = Stack.Window(source, Profile, Enumerable.Range(0, 30).Select(minute =>
            Stack.Minute(
                minute, minute < 20 ? 100 : 5, operating: minute < 20 ? 1 + (minute % 2) : 0)));
        Assert.Equal(60m, partly.Validated[0].Value);
        Assert.Equal(33_333, Assert.Single(partly.Facts).Milligrams);
        Assert.Equal("start-up-shut-down", partly.Facts[0].Quality);

        var briefly = Stack.Window(source, Profile, Enumerable.Range(0, 30).Select(minute =>
            Stack.Minute(minute, operating: minute < 19 ? 1 : 0)));
        Assert.Equal("not-operating", briefly.Validated[0].AbsentBecause);
        Assert.Equal(31_667, Assert.Single(briefly.Facts).Milligrams);

        var unheard = Stack.Window(source, Profile, Enumerable.Range(0, 30).Select(minute =>
            Stack.Minute(minute, operating: minute < 19 ? 1 : 0, reason: Reason.Fault)));
        Assert.Equal("not-operating", unheard.Validated[0].AbsentBecause);
        Assert.Equal("coverage", unheard.NoFactBecause);
    }

    [Fact]
    public void The_mass_is_of_the_concentration_before_the_interval_was_taken_off()
    {
        var result = Stack.Window(Stack.Source(Profile), Profile, Stack.Minutes(0, 30));

        // 100 mg/m3 x 1000 m3/h x 0.5 h.
        Assert.Equal(50_000, Assert.Single(result.Facts).Milligrams);
        Assert.Equal(60m, result.Validated[0].Value);
    }

    [Fact]
    public void Ten_minutes_of_co_are_averaged_by_themselves()
    {
        var source = Stack.Source(Profile, pollutant: "co");
        var result = Stack.Window(source, Profile, Enumerable.Range(0, 30).Select(minute =>
            Stack.Minute(minute, minute < 10 ? 105 : minute < 20 ? 55 : 5, pollutant: "co")));

        Assert.Equal([100m, 50m, 0m], result.Parts.Select(part => part.Validated.Value));
        Assert.All(result.Parts, part => Assert.Equal("ten-minutes", part.Level));
        Assert.Equal(50m, result.Validated[0].Value);
    }

    [Theory]
    // first usable minute of each quarter; minutes of a zero check -> is there an average
    [InlineData("0 15 30 45", 0, true)]
    [InlineData("0 15 30", 0, false)]
    [InlineData("0 15 30 ", 5, true)]
    [InlineData("0 30", 5, true)]
    [InlineData("14 15", 5, false)]
    [InlineData("0", 5, false)]
    public void A_quarter_hour_rule_takes_one_point_of_each_and_two_where_it_was_checked(
        string usable, int checkedMinutes, bool isThere)
    {
        var profile = Stack.EnIedV with
        {
            CoverageMin = 1, OperatingMin = 0,
            FirstLevel = new FirstLevel(TimeSpan.FromMinutes(15), 0, 2), Limits = [],
        };
        var result = Stack.Window(
            Stack.Source(profile), profile,
            [
                .. usable.Split(' ', StringSplitOptions.RemoveEmptyEntries)
                    .Select(minute => Stack.Minute(int.Parse(minute))),
                .. Enumerable.Range(0, checkedMinutes)
                    .Select(i => Stack.Minute(54 + i, reason: Reason.ZeroSpanCheck)),
            ]);

        Assert.Equal(isThere, result.Pollutants[0].Mean.Value is not null);
    }

    [Fact]
    public void Counts_of_samples_and_minutes_decide_where_a_regime_counts()
    {
        // Twelve samples of five seconds a minute, forty-five minutes an hour.
        var profile = Stack.EnIedV with
        {
            CoverageMin = 0.75m, Limits = [],
            FirstLevel = new FirstLevel(TimeSpan.FromMinutes(1), 1, null),
        };
        var source = Stack.Source(profile) with { Cycle = TimeSpan.FromSeconds(5) };
        Assert.NotNull(Hour(45, 12));
        Assert.Null(Hour(44, 12));
        Assert.Null(Hour(60, 11));

        decimal? Hour(int minutes, int samples) => Stack.Window(
            source, profile,
            from minute in Enumerable.Range(0, minutes)
            from sample in Enumerable.Range(0, samples)
            let one = Stack.Minute(minute)
            select one with
            {
                Record = one.Record with { Offset = minute * 100 + sample },
                Image = one.Image with { TimeMs = one.Image.TimeMs + sample * 5_000 },
            }).Validated[0].Value;
    }

    [Fact]
    public void Order_and_invalid_samples_change_nothing_and_scale_goes_through()
    {
        Gen.Select(Gen.Int[0, 20_000].Array[30], Gen.Int[0, 9].Array[30], Gen.Int[1, 9]).Sample(
            (nox, bad, scale) =>
            {
                // Hundredths, so that sums of doubles are exact and so is the scale.
                var source = Stack.Source(Profile);
                var minutes = nox.Select((one, i) => Stack.Minute(i, one / 4.0)).ToList();
                var mean = MeanOf(minutes);
                Assert.Equal(mean, MeanOf([.. minutes.AsEnumerable().Reverse()]));
                Assert.Equal(
                    Rounding.ToDecimals(nox.Sum(one => one / 4m) / 30, 6), mean);

                var scaled = MeanOf(
                    [.. nox.Select((one, i) => Stack.Minute(i, one / 4.0 * scale))]);
                Assert.True(Math.Abs(scaled!.Value - mean!.Value * scale) <= 0.00001m);

                // Within minutes that have a valid sample already.
                var more = minutes.Concat(bad.Select((one, i) => Stack.Minute(
                    i, one * 1_000, reason: Reason.Maintenance) is var image
                    ? image with
                    {
                        Record = image.Record with { Offset = 1_000 + i },
                        Image = image.Image with { TimeMs = image.Image.TimeMs + 1 + one },
                    }
                    : image));
                Assert.Equal(mean, MeanOf([.. more]));

                decimal? MeanOf(List<SourceImage> images) => Stack
                    .Window(source, Profile, images).Pollutants[0].Concentration.Value;
            },
            iter: 100);
    }

    private static CalibrationFunction Function(long fromMs, decimal a, decimal b) => new(
        DateTimeOffset.FromUnixTimeMilliseconds(fromMs), a, b, "mg/m3", null, "QAL2 report");
}
