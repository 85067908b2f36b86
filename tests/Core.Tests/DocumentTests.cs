using System.Text;
using CsCheck;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Quality;
using Monitoring.Core.Validity;
using Monitoring.Wire.Documents;
using Newtonsoft.Json.Linq;
using NJsonSchema;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Monitoring.Tests.Core;

public sealed class DocumentTests
{
    [Fact]
    public void The_shipped_documents_say_what_the_demo_needs()
    {
        Assert.Equal(TimeSpan.FromSeconds(10), Shipped.Profile.Window);
        Assert.Contains(Status.Uncertain, Shipped.Profile.CountedStatuses);
        Assert.Equal(["stack-a", "stack-b"], Shipped.Cluster.Sources.Select(it => it.Id));
        Assert.Equal(["gas-analyser", "flow-meter"], Shipped.Cluster.Sources[0].Devices);
        Assert.Equal("hill", Shipped.Cluster.ZoneBySource["stack-b"]);
        Assert.Equal(1_980, Shipped.Contract.Bubble.CapGrams);
        Assert.Equal(1_680, Shipped.Contract.Bubble.HoldingOf("member-b").Grams);
        Assert.Equal(50_00, Shipped.Contract.Charge.RateMinorUnits);
        Assert.Equal(new FundSplit(70, 20, 10), Shipped.Contract.Fund);
        Assert.Matches("^[0-9a-f]{64}$", Shipped.Contract.Hash);
    }

    [Theory]
    [InlineData("profiles/demo.yaml", "profile")]
    [InlineData("profiles/en-ied-vi.yaml", "profile")]
    [InlineData("profiles/en-ied-v.yaml", "profile")]
    [InlineData("profiles/us-part75.yaml", "profile")]
    [InlineData("profiles/mrr.yaml", "profile")]
    [InlineData("profiles/hj-75.yaml", "profile")]
    [InlineData("profiles/ru-20min.yaml", "profile")]
    [InlineData("contracts/demo.yaml", "contract")]
    [InlineData("contracts/cluster.yaml", "cluster")]
    [MemberData(nameof(Presets))]
    public async Task The_shipped_documents_follow_their_schemas(string path, string schema)
    {
        var rules = await JsonSchema.FromJsonAsync(Shipped.Text($"schemas/{schema}.schema.json"));
        var document = Json(Shipped.Text(path));

        Assert.Empty(rules.Validate(document));
        document.Add("surprise", 1);
        Assert.NotEmpty(rules.Validate(document));
    }

    public static TheoryData<string, string> Presets()
    {
        var rows = new TheoryData<string, string>();
        foreach (var name in Contracts.Presets)
        {
            rows.Add($"contracts/presets/{name}.yaml", "contract");
        }

        return rows;
    }

    [Fact]
    public void Every_preset_is_read_and_says_what_nobody_looked_up()
    {
        Assert.Equal(
            Contracts.Presets.Select(name => name + ".yaml").Order(),
            Directory.EnumerateFiles(
                Path.Combine(AppContext.BaseDirectory, "shipped/contracts/presets"))
                .Select(Path.GetFileName).Order());
        Assert.All(Contracts.Presets, name =>
        {
            var contract = Contracts.Preset(name);
            Assert.Equal(name, contract.Id);
            Assert.Equal(name == "cluster", contract.Unverified.IsEmpty);
        });
    }

    [Fact]
    public void A_profile_with_three_faults_reports_all_three_with_their_lines()
    {
        var text = Shipped.Text("profiles/demo.yaml")
            .Replace("window: 10 s", "window: 7 s")
            .Replace("coverage_min: 0.7", "coverage_min: 70")
            .Replace("basis: dry", "basis: wet");
        var faults = new Faults();

        Assert.Null(ProfileReader.Read("demo.yaml", text, faults));
        AssertFaults(
            faults, text, ("window: 7 s", "divides 24 h"), ("coverage_min: 70", "0.01 to 1"),
            ("basis: wet", "use one of: dry"));
    }

    [Fact]
    public void A_cluster_with_three_faults_reports_all_three_with_their_lines()
    {
        var text = Shipped.Text("contracts/cluster.yaml");
        var second = text.IndexOf("- id: stack-b", StringComparison.Ordinal);
        text = text[..second].Replace("cycle: 1 s", "cycle: 3 s")
            + text[second..].Replace("zone: hill", "zone: lake")
                .Replace("unit: kPa", "unit: mbar");
        var faults = new Faults();

        Assert.Null(ClusterReader.Read("cluster.yaml", text, [Shipped.Profile], faults));
        AssertFaults(
            faults, text, ("cycle: 3 s", "a part of 10 s"), ("zone: lake", "'zones'"),
            ("unit: mbar", "use one of: kPa"));
    }

    [Theory]
    [InlineData("    zone: hill", "    zone: river", null)]
    [InlineData("    member: member-b", "    member: member-c", "is no member")]
    [InlineData("    profile: demo", "    profile: other", "there is no profile 'other'")]
    [InlineData("  - id: stack-b", "  - id: stack-a", "bound twice at the same time")]
    [InlineData("    plant: plant-b", "    plant: plant-a", "feeds 'stack-a' as well")]
    [InlineData("      p: {", "      v: {", "'v' is no quantity")]
    [InlineData("      p: {", "      h2s: {", "'p' is missing")]
    public void The_bindings_of_a_cluster_are_checked(string old, string next, string? problem)
    {
        var text = Shipped.Text("contracts/cluster.yaml");
        var at = text.LastIndexOf(old, StringComparison.Ordinal);
        var faults = new Faults();
        ClusterReader.Read(
            "cluster.yaml", text[..at] + next + text[(at + old.Length)..], [Shipped.Profile],
            faults);

        if (problem is null)
        {
            Assert.Empty(faults.All);
        }
        else
        {
            Assert.Contains(faults.All, fault => fault.Problem.Contains(problem));
        }
    }

    [Fact]
    public async Task A_source_of_a_legal_profile_says_all_that_its_channels_need()
    {
        const string Nox = "      nox: {device: gas-analyser, point: nox, unit: mg/m3}\n";
        var text = Shipped.Text("contracts/cluster.yaml");
        var at = text.LastIndexOf("  - id: stack-b", StringComparison.Ordinal);
        text = text[..at] + text[at..]
            .Replace("profile: demo", "profile: en-ied-v\n    time_zone: Europe/Kyiv\n"
                + "    limits: {nox: 150, co: 100}")
            .Replace(Nox, """
                      nox:
                        device: gas-analyser
                        point: nox
                        unit: mA
                        basis: wet
                        state: stack
                        uncertainty: {random_percent: 4, systematic_percent: 2}
                        calibrations:
                          - {from: 2026-01-01T00:00:00Z, a: -50, b: 12.5, unit: ppm, document: Q1}
                          - from: 2026-06-01T00:00:00Z
                            until: 2031-06-01T00:00:00Z
                            method: B
                            a: -48
                            b: 12.4
                            document: Q2
                      h2o: {device: gas-analyser, point: h2o, unit: "%"}
                      operating: {device: gas-analyser, point: state, unit: "1"}

                """);
        var faults = new Faults();
        var cluster = ClusterReader.Read(
            "cluster.yaml", text, [Shipped.Profile, Stack.EnIedV], faults);

        Assert.Equal("", string.Join('\n', faults.All));
        var source = cluster!.Sources[1];
        var nox = source.Quantities.Single(it => it.Quantity == "nox");
        Assert.Equal("Europe/Kyiv", source.TimeZone.Id);
        Assert.Equal(150m, source.LimitOf("nox", Stack.EnIedV));
        Assert.True(nox.IsWet && nox.IsAtStackState);
        Assert.Equal(["ppm", "mg/m3"], nox.Calibrations.Select(it => it.Unit));
        Assert.Equal("Q1", nox.CalibrationAt(
            DateTimeOffset.Parse("2026-05-31T00:00:00Z"))!.Document);
        Assert.Equal(Qal2Method.B, nox.Calibrations[1].Method);
        Assert.Null(nox.CalibrationAt(DateTimeOffset.Parse("2031-06-01T00:00:00Z")));
        Assert.Equal(new RelativeUncertainty(0.04m, 0.02m), nox.Uncertainty);
        Assert.NotNull(source.Operating);
        var rules = await JsonSchema.FromJsonAsync(Shipped.Text("schemas/cluster.schema.json"));
        Assert.Empty(rules.Validate(Json(text)));

        foreach (var (old, next, problem) in new[]
        {
            ("    time_zone: Europe/Kyiv\n", "", "needs 'time_zone'"),
            ("Europe/Kyiv", "Europe/Atlantis", "there is no time zone"),
            ("Europe/Kyiv", "Asia/Kolkata", "do not begin with a window"),
            ("{nox: 150, co: 100}", "{nox: 150}", "needs a limit for 'co'"),
            ("{nox: 150, co", "{o2: 150, co", "'o2' is no pollutant"),
            ("from: 2026-06-01", "from: 2025-06-01", "is not after that of"),
            ("until: 2031", "until: 2021", "'until' is not after 'from'"),
            ("unit: mA", "unit: mV", "'unit' is 'mV'"),
        })
        {
            var wrong = new Faults();
            Assert.Null(ClusterReader.Read(
                "cluster.yaml", text.Replace(old, next), [Shipped.Profile, Stack.EnIedV], wrong));
            Assert.Contains(wrong.All, fault => fault.Problem.Contains(problem) && fault.Line > 0);
        }
    }

    [Theory]
    [InlineData("level: day, factor", "level: week, factor", "'week' is no level")]
    [InlineData("factor: 1}", "factor: 1, limit: 3}", "either 'limit' or 'factor'")]
    [InlineData("  - {of: levels, ", "  - {of: tests, ", "nothing is cited for 'levels'")]
    [InlineData("length: 1 min", "length: 7 min", "does not divide the window")]
    [InlineData("{id: month,", "{id: day,", "is there already")]
    [InlineData("  - pollutant: toc", "  - pollutant: dust", "is there already")]
    [InlineData("mark: unverified", "mark: sure", "'mark' is 'sure'")]
    public void The_rules_of_a_legal_profile_are_checked(string old, string next, string problem)
    {
        var faults = new Faults();

        Assert.Null(ProfileReader.Read(
            "en-ied-vi.yaml", Shipped.Text("profiles/en-ied-vi.yaml").Replace(old, next), faults));
        Assert.Contains(faults.All, fault => fault.Problem.Contains(problem) && fault.Line > 0);
    }

    [Theory]
    [InlineData("window: 60 min", "window: 30 min", "the formulas are of hours")]
    [InlineData("test: rata", "test: ast", "no audit is asked for")]
    [InlineData("{of: bias_adjustment", "{of: tests", "nothing is cited for 'bias_adjustment'")]
    public void A_profile_of_Part_75_is_whole(string old, string next, string problem)
    {
        var faults = new Faults();
        Assert.Null(ProfileReader.Read(
            "us-part75.yaml", Shipped.Text("profiles/us-part75.yaml").Replace(old, next), faults));
        Assert.Contains(faults.All, fault => fault.Problem.Contains(problem));
    }

    [Theory]
    [InlineData("us-part75", GapRule.Part75)]
    [InlineData("mrr", GapRule.Mrr)]
    [InlineData("hj-75", GapRule.Hj75)]
    [InlineData("en-ied-vi", GapRule.None)]
    public void A_profile_says_what_takes_the_place_of_missing_hours(string id, GapRule way)
    {
        var text = Shipped.Text($"profiles/{id}.yaml");
        Assert.Equal(way, Stack.Read(id).MissingData);
        foreach (var (old, next, problem) in new[]
        {
            ("exclusion: reading", "exclusion: image", "gaps are filled hour by hour"),
            ("{of: missing_data, ", "{of: tests, ", "nothing is cited for 'missing_data'"),
            ("missing_data: ", "missing_data: x", "'missing_data' is 'x"),
        })
        {
            var faults = new Faults();
            if (way != GapRule.None)
            {
                ProfileReader.Read("profile.yaml", text.Replace(old, next), faults);
                Assert.Contains(faults.All, fault => fault.Problem.Contains(problem));
            }
        }
    }

    [Fact]
    public void A_test_is_asked_of_quantities_that_there_are()
    {
        var faults = new Faults();
        var text = Shipped.Text("profiles/us-part75.yaml");
        Assert.Equal(
            [4, 5], Stack.Read("us-part75").RequiredTests.Select(one => one.Quantities.Length));
        ProfileReader.Read("us-part75.yaml", text.Replace("co2, o2, flow", "co2, flaw"), faults);
        Assert.Contains(faults.All, fault => fault.Problem == "'flaw' is no quantity");
    }

    [Fact]
    public void A_source_of_part_75_states_its_potential_values()
    {
        var text = Shipped.Text("contracts/cluster.yaml").Replace(
            "profile: demo\n    cycle: 1 s",
            "profile: us-part75\n    time_zone: Europe/Kyiv\n    cycle: 1 s\n"
                + "    potentials: {nox: 900, co: 400, flow: 60000}");
        var faults = new Faults();
        var cluster = ClusterReader.Read(
            "cluster.yaml", text, [Stack.Read("us-part75")], faults);
        Assert.Equal("", string.Join('\n', faults.All));
        Assert.Equal(60_000m, cluster!.Sources[0].Potentials["flow"]);
        Assert.Null(ClusterReader.Read(
            "cluster.yaml", text.Replace(", flow: 60000", ", o2: 1"),
            [Stack.Read("us-part75")], faults));
        Assert.Contains(
            faults.All, it => it.Problem.Contains("the maximum potential value of 'flow'"));
        Assert.Contains(faults.All, it => it.Problem == "'o2' is no pollutant");
    }

    [Fact]
    public void A_contract_with_three_faults_reports_all_three_with_their_lines()
    {
        var text = Shipped.Text("contracts/demo.yaml")
            .Replace("local_percent: 70", "local_percent: 60")
            .Replace("period: 60 s", "period: 65 s")
            .Replace("member: member-a\n    role: core\n    key: member-a",
                "member: member-x\n    role: core\n    key: member-x");
        var faults = Read(text);

        Assert.Contains(faults.All, it => it.Problem == "the split sums to 90 %");
        Assert.Contains(faults.All, it => it.Problem == "a day is no multiple of 65 s");
        Assert.Contains(faults.All, it => it.Problem.Contains("'member-x' is no member"));
        AssertLine(faults, text, "the split sums", "split:");
        AssertLine(faults, text, "a day is no", "period: 65 s");
        AssertLine(faults, text, "'member-x' is no member", "member: member-x");
        Assert.All(faults.All, fault => Assert.NotEqual("", fault.Remedy));
    }

    [Theory]
    [InlineData("cap: 1980", "cap: 1981", "the holdings sum to 1980 g and the cap is 1981 g")]
    [InlineData("cap: 1980", "cap: 1980.5", "'cap' is no whole number of grams")]
    [InlineData("mass_unit: g", "mass_unit: lb", "'mass_unit' is 'lb'")]
    [InlineData("period: 60 s", "period: 15 s", "15 s is no multiple of the window of 10 s")]
    [InlineData("    - {member: member-b, mass: 1680}\n", "", "is a party and has no holding")]
    [InlineData("member: member-b, mass", "member: member-a, mass", "has a holding already")]
    [InlineData("forecast_percent: 80", "forecast_percent: 120", "warns later than the holding")]
    [InlineData("forecast_percent: 80", "forecast_percent: 5", "could never be cleared")]
    [InlineData("contract: demo", "contract: Demo", "which is no identifier")]
    [InlineData("version: 1", "version: 0", "'version' is '0'")]
    [InlineData("rate_per_kg: 50.00", "rate_per_kg: 50.001", "no whole number of minor units")]
    [InlineData("code: EUR", "code: euro", "'code' is 'euro'")]
    [InlineData("trigger: aggregate", "trigger: some", "'trigger' is 'some'")]
    [InlineData("local_by:", "lokal_by:", "'lokal_by' is not known here")]
    [InlineData("in_force: 2026-01-01T00:00:00Z", "in_force: tomorrow", "'in_force' is 'tomorrow'")]
    [InlineData(
        "in_force: 2026-01-01T00:00:00Z", "in_force: 2026-01-01T00:00:30Z", "inside a period")]
    [InlineData("mode: half-away-from-zero", "mode: down", "'mode' is 'down'")]
    [InlineData("bubble:", "bubbel:", "'bubble' is missing")]
    [InlineData("contract: demo", "contract: [", "not valid YAML")]
    public void Every_clause_of_a_contract_is_checked(string old, string next, string problem)
    {
        var faults = Read(Shipped.Text("contracts/demo.yaml").Replace(old, next));

        Assert.Contains(faults.All, fault => fault.Problem.Contains(problem) && fault.Line > 0);
    }

    [Theory]
    [InlineData("bank: {carry: free}\n")]
    [InlineData("make_good: {ratio: 1.3}\n")]
    [InlineData("calendar: {hold_days: 60}\n")]
    public void What_benchmarks_allow_is_not_banked_owed_or_given_up(string clause)
    {
        var faults = new Faults();
        ContractReader.Read(
            "plan.yaml",
            Encoding.UTF8.GetBytes(
                Shipped.Text("contracts/presets/nox-averaging.yaml") + clause),
            ContractSurroundings.None, faults);
        Assert.Contains(
            "what benchmarks allow is no holding", string.Join('\n', faults.All),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kg", "1.98", "0.3", "1.68")]
    [InlineData("t", "0.00198", "0.0003", "0.00168")]
    public void Masses_in_other_units_are_the_same_grams(
        string unit, string cap, string first, string second)
    {
        var text = Shipped.Text("contracts/demo.yaml")
            .Replace("mass_unit: g", $"mass_unit: {unit}").Replace("cap: 1980", $"cap: {cap}")
            .Replace("mass: 300", $"mass: {first}").Replace("mass: 1680", $"mass: {second}");
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, new Faults())!;

        Assert.Equal(1_980, contract.Bubble.CapGrams);
        Assert.Equal([300L, 1_680L], contract.Bubble.Holdings.Select(it => it.Grams));
        Assert.NotEqual(Shipped.Contract.Hash, contract.Hash);
    }

    // A document is typed by hand: whatever is in it, the answer is a contract or faults.
    [Fact]
    public void No_slip_of_the_hand_gets_past_the_reader_as_an_exception()
    {
        var text = Shipped.Text("contracts/demo.yaml");
        var slip = Gen.Select(
            Gen.Int[0, text.Length - 30], Gen.Int[0, 30],
            Gen.String[Gen.Char[" :-[]{}#&*!|>'\"%@,\n9x"], 0, 3]);
        slip.Array[1, 3].Sample(slips =>
        {
            var slipped = text;
            foreach (var (at, length, typed) in slips)
            {
                var start = Math.Min(at, slipped.Length);
                slipped = slipped[..start] + typed
                    + slipped[Math.Min(slipped.Length, start + length)..];
            }

            var faults = new Faults();
            var contract = ContractReader.Read(
                "demo.yaml", Encoding.UTF8.GetBytes(slipped), Shipped.Surroundings, faults);
            Assert.Equal(contract is null, faults.Any);
        }, iter: 3_000);
    }

    private static Faults Read(string text)
    {
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults);
        Assert.Null(contract);
        return faults;
    }

    private static void AssertFaults(
        Faults faults, string text, params (string Written, string Remedy)[] expected)
    {
        Assert.Equal(expected.Length, faults.All.Count);
        foreach (var (written, remedy) in expected)
        {
            Assert.Contains(
                faults.All,
                fault => fault.Remedy.Contains(remedy) && fault.Line == LineOf(text, written));
        }
    }

    private static void AssertLine(Faults faults, string text, string problem, string written) =>
        Assert.Equal(
            LineOf(text, written),
            faults.All.First(fault => fault.Problem.Contains(problem)).Line);

    private static int LineOf(string text, string written) =>
        text[..text.IndexOf(written, StringComparison.Ordinal)].Count(c => c == '\n') + 1;

    internal static JObject Json(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return (JObject)Json(stream.Documents[0].RootNode);
    }

    private static JToken Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JObject(map.Children.Select(pair =>
            new JProperty(((YamlScalarNode)pair.Key).Value!, Json(pair.Value)))),
        YamlSequenceNode list => new JArray(list.Children.Select(Json)),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text }
            when long.TryParse(text, out var whole) => new JValue(whole),
        YamlScalarNode { Style: ScalarStyle.Plain, Value: { } text }
            when decimal.TryParse(text, out var number) => new JValue(number),
        YamlScalarNode { Value: { } text } => JValue.CreateString(text),
        _ => JValue.CreateNull(),
    };
}
