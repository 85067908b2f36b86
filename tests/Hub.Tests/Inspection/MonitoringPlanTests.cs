using Monitoring.Server.Inspection;

namespace Monitoring.Tests.Inspection;

/// <summary>What a component measures, as the monitoring plan beside its tests tells.</summary>
public sealed class MonitoringPlanTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("plans-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // 2 % O2 read as 2.2: a tenth of the gas, and more than 5 %, so 0.2 % O2 holds; a few ppm read
    // so are another number.
    [Theory]
    [InlineData("locations", "components", "componentId", "componentID")]
    [InlineData("locations", "components", "componentId", "componentId")]
    [InlineData("locations", "components", "componentID", "componentId")]
    [InlineData("monitoringLocationData", "componentData", "componentId", "componentID")]
    public void The_plan_tells_it_however_a_release_writes_the_names(
        string locations, string components, string inPlan, string inTest)
    {
        WriteTest(inTest);
        Assert.Empty(Compared());

        File.WriteAllText(Path.Combine(_folder, "plan.json"), $$"""
            {"orisCode": 54, "{{locations}}": [{"unitId": "1", "{{components}}": [
              {"{{inPlan}}": "121", "componentTypeCode": "O2"}]}]}
            """);
        Assert.Equal(["CALC_APS_IND 1 1", "CALC_PERCENT_ERROR 0.2 0.2"], Compared());
    }

    private void WriteTest(string idName)
    {
        var gas = """{"measuredValue": 2.2, "referenceValue": 2.0}""";
        File.WriteAllText(Path.Combine(_folder, "tests.json"), $$"""
            {"orisCode": 54, "testSummaryData": [{"unitId": "1", "testTypeCode": "LINE",
              "{{idName}}": "121", "linearitySummaryData": [{"gasLevelCode": "LOW",
                "calculatedPercentError": 0.2, "calculatedAPSIndicator": 1,
                "linearityInjectionData": [{{gas}}, {{gas}}, {{gas}}]}]}]}
            """);
    }

    private IEnumerable<string> Compared() => RulesInspection.Run(_folder)!.Value
        .SelectMany(set => set.Comparisons)
        .Select(one => $"{one.Field} {Comparison.Show(one.Ours)} {Comparison.Show(one.Theirs)}")
        .Order();
}
