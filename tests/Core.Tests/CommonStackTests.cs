using System.Collections.Immutable;
using CsCheck;
using Monitoring.Core;
using Monitoring.Core.Amendments;
using Monitoring.Core.Averaging;
using Monitoring.Core.Mass;
using Monitoring.Core.Quality;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Records;
using NJsonSchema;

namespace Monitoring.Tests.Core;

/// <summary>One source that several ducts feed: concentrations weigh as much as their flow.
/// </summary>
public sealed class CommonStackTests
{
    private static readonly Profile Profile = Stack.EnIedVi;

    private const string Text =
        """
        members: [{id: member-a, title: A}]
        zones: [{id: river, title: River}]
        sources:
          - id: stack-a
            title: Stack
            plant: plant-a
            gateway: gateway-1
            member: member-a
            zone: river
            profile: en-ied-vi
            cycle: 1 min
            from: 2025-11-24T22:00:00Z
            time_zone: Europe/Kyiv
            quantities:
              nox: {device: analyser, point: nox, unit: mg/m3}
              o2: {device: analyser, point: o2, unit: "%"}
              flow: {device: analyser, point: flow, unit: m3/h}
              t: {device: analyser, point: t, unit: Cel}
              p: {device: analyser, point: p, unit: kPa}
            ducts:
              - id: b
                quantities:
                  nox: {device: second, point: nox, unit: mg/m3}
                  o2: {device: second, point: o2, unit: "%"}
                  flow: {device: second, point: flow, unit: m3/h}
                  t: {device: second, point: t, unit: Cel}
                  p: {device: second, point: p, unit: kPa}
        """;

    [Fact]
    public async Task A_cluster_with_ducts_follows_its_schema()
    {
        var rules = await JsonSchema.FromJsonAsync(Shipped.Text("schemas/cluster.schema.json"));
        Assert.Empty(rules.Validate(DocumentTests.Json(Text)));
        Assert.NotEmpty(rules.Validate(DocumentTests.Json(Text.Replace("id: b", "it: b"))));
    }

    [Fact]
    public void A_duct_has_tests_and_bias_factors_of_its_own()
    {
        var profile = Profile with
        {
            RequiredTests = [new RequiredTest("rata", 1_000, 0, ["nox"])], AdjustsBias = true,
        };
        Amendment Audit(string quantity, decimal factor) => new()
        {
            Source = "stack-a", Quantity = quantity, Kind = AmendmentKind.Test,
            FromMs = Stack.StartMs - 7_200_000, Test = "rata", Passed = true, Value = factor,
            Author = "ann", Reason = "tests.json",
        };
        AmendedWindow Of(params Amendment[] known) => AmendedWindow.Of(
            Source(), profile, new Window(Stack.StartMs, Stack.StartMs + profile.WindowMs), known);
        var one = Of(Audit("nox", 1.1m));
        Assert.Equal(["duct-b-nox"], one.Excluded.Keys);
        Assert.Equal("rata-never-tested", one.Excluded["duct-b-nox"]);

        var window = Window(
            (100, 11, 1_000), (200, 11, 1_000), profile,
            Of(Audit("nox", 1.1m), Audit("duct-b-nox", 1.5m)));
        // 110 and 300, in equal parts.
        Assert.Equal(205m, window.Pollutants.Single().Concentration.Value);
    }

    [Fact]
    public void Concentrations_weigh_as_much_as_the_flow_of_their_duct()
    {
        var window = Window((100, 8, 1_000), (200, 12, 3_000));
        Assert.Equal(4_000m, window.Flow.Value);
        var nox = window.Pollutants.Single();
        // (100 x 1000 + 200 x 3000) / 4000, and (8 x 1000 + 12 x 3000) / 4000.
        Assert.Equal(175m, nox.Concentration.Value);
        Assert.Equal(175m, nox.Standardised.Value);
        Assert.Equal(350_000, window.Facts.Single().Milligrams);
        var text = TraceText.Render(window.TraceOf("nox"), TimeZoneInfo.Utc);
        Assert.Contains("nox of all ducts = 175 mg/m3", text);
        Assert.Contains("sum of concentration x flow / sum of flow", text);
        Assert.Contains("analyser/nox = 100", text);
        Assert.Contains("second/nox = 200", text);
        // Each duct's own mean is there too, under a name of its own.
        Assert.Equal(
            200m,
            window.Averages.Single(one => one.Binding.Quantity == "duct-b-nox").Value);
    }

    [Fact]
    public void Without_one_of_its_ducts_there_is_no_value()
    {
        var window = Window((100, 8, 1_000), null);
        Assert.Null(window.Pollutants.Single().Concentration.Value);
        Assert.Empty(window.Facts);
        Assert.Equal("coverage", window.NoFactBecause);
        Assert.Equal(
            "no-flow", Window((100, 8, 0), (200, 12, 0)).Pollutants.Single()
                .Concentration.AbsentBecause);
    }

    [Fact]
    public void A_duct_that_is_closed_has_no_weight() => Assert.Equal(
        100m, Window((100, 8, 1_000), (900, 20, 0)).Pollutants.Single().Concentration.Value);

    [Fact]
    public void Which_duct_comes_first_changes_nothing() => Gen.Select(
        Gen.Int[1, 500], Gen.Int[1, 20], Gen.Int[1, 100_000], Gen.Int[1, 500], Gen.Int[1, 20],
        Gen.Int[1, 100_000]).Sample((c1, o1, q1, c2, o2, q2) =>
        {
            var one = Window((c1, o1, q1), (c2, o2, q2));
            var other = Window((c2, o2, q2), (c1, o1, q1));
            Assert.Equal(
                (one.Flow.Value, one.Pollutants[0].Standardised.Value,
                    one.Facts.Single().Milligrams),
                (other.Flow.Value, other.Pollutants[0].Standardised.Value,
                    other.Facts.Single().Milligrams));
        }, iter: 50);

    [Theory]
    [InlineData("id: b", "id: quantities-are-mine!", "'id'")]
    [InlineData("nox: {device: second", "so2: {device: second", "does not bind 'nox'")]
    [InlineData("flow: {device: second, point: flow, unit: m3/h}", "", "'flow' is missing")]
    [InlineData("device: second, point: nox", "device: analyser, point: nox", "is bound twice")]
    public void A_duct_binds_what_its_source_does(string old, string next, string problem)
    {
        var faults = new Faults();
        Assert.Null(ClusterReader.Read(
            "cluster.yaml", Text.Replace(old, next), [Profile], faults));
        Assert.Contains(faults.All, fault => fault.ToString().Contains(problem));
    }

    private static SourceBinding Source()
    {
        var faults = new Faults();
        var source = ClusterReader.Read("cluster.yaml", Text, [Profile], faults)!.Sources.Single();
        Assert.Equal("", string.Join('\n', faults.All));
        return source;
    }

    private static WindowResult Window(
        (double Nox, double O2, double Flow) first, (double Nox, double O2, double Flow)? second,
        Profile? profile = null, AmendedWindow? amended = null) =>
        WindowCalculation.Compute(
            Source(), profile ?? Profile,
            new Window(Stack.StartMs, Stack.StartMs + Profile.WindowMs),
            new Dictionary<string, ImmutableArray<SourceImage>>
            {
                ["analyser"] = Images("analyser", first),
                ["second"] = second is { } duct ? Images("second", duct) : [],
            },
            1, DateTimeOffset.UnixEpoch,
            BesideImages.Nothing with { Amended = amended ?? AmendedWindow.Nothing });

    private static ImmutableArray<SourceImage> Images(
        string device, (double Nox, double O2, double Flow) duct) =>
    [
        .. Enumerable.Range(0, 30).Select(minute =>
        {
            var image = Boiler.Image(
                Stack.StartMs + minute * Stack.MinuteMs,
                [
                    ("nox", duct.Nox), ("o2", duct.O2), ("flow", duct.Flow), ("t", 273.15),
                    ("p", 202.6),
                ]);
            return new SourceImage(
                new RecordId("plant-a", "gateway-1", device, minute),
                image with { Device = device });
        }),
    ];
}
