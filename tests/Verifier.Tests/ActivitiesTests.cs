using System.Text;
using System.Text.Json;
using Monitoring.Verifier;
using Monitoring.Tests.Core;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests;

/// <summary>A settlement by what members did needs it told, for the right member.</summary>
public sealed class ActivitiesTests
{
    private static readonly Leaf Settlement = new(
        9, JsonDocument.Parse("""{"type":"settlement","id":"s","period":"b/1"}""").RootElement);

    [Fact]
    public void Spans_of_a_member_add_up()
    {
        var (activities, findings) = Told(
            Report("plant-1", "s1", 0, 10, 5), Report("plant-1", "s2", 0, 10, 7),
            Report("plant-1", "s1", 0, 10, 6), Report("plant-2", "s3", 0, 5, 1),
            Report("plant-2", "s3", 5, 10, 2));
        Assert.Equal(
            ["plant-1 0 10 13", "plant-2 0 5 1", "plant-2 5 10 2"],
            activities.Of(Settlement, Terms, [Mass("s1", "plant-1"), Mass("s3", "plant-2")])
                .Select(one => $"{one.Member} {one.StartMs} {one.EndMs} {one.Quantity}"));
        Assert.Empty(findings.Faults);
    }

    [Theory]
    [InlineData("s2", "plant-1", "nobody told what s2 made")]
    [InlineData("s1", "plant-2", "masses are another's")]
    public void What_was_not_told_is_named(string source, string member, string fault)
    {
        var (activities, findings) = Told(Report("plant-1", "s1", 0, 10, 5));
        activities.Of(Settlement, Terms, [Mass(source, member)]);
        Assert.Contains(
            findings.Faults,
            one => one.ToString().Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 6, 1, "MWh", "tells twice")]
    [InlineData(10, 10, 1, "MWh", "of no span")]
    [InlineData(10, 20, -1, "MWh", "less than nothing")]
    [InlineData(10, 20, 1, "t", "in several units")]
    public void A_report_that_does_not_fit_is_named(
        long fromMs, long untilMs, long quantity, string unit, string fault)
    {
        var (activities, findings) = Told(
            Report("plant-1", "s1", 0, 10, 5),
            Report("plant-1", "s1", fromMs, untilMs, quantity, unit));
        activities.Of(Settlement, Terms, []);
        Assert.Contains(
            findings.Faults,
            one => one.ToString().Contains(fault, StringComparison.Ordinal));
    }

    private static Terms Terms { get; } = Read();

    private static Terms Read()
    {
        var canonical = DocumentNode.Parse(
            "se-nox", Shipped.Text("contracts/presets/se-nox.yaml"), new Faults()).Canonical();
        return Terms.Of(JsonDocument.Parse(canonical).RootElement);
    }

    private static Mass Mass(string source, string member) =>
        new("f", source, 0, member, "nox", 1) { EndMs = 10 };

    private static string Report(
        string member, string source, long fromMs, long untilMs, long quantity,
        string unit = "MWh") =>
        $$"""
        {"PeriodId":"b/1","Source":"{{source}}","Product":"p","Quantity":{{quantity}},
        "Unit":"{{unit}}","Member":"{{member}}","FromMs":{{fromMs}},"UntilMs":{{untilMs}}}
        """;

    private static (Activities Activities, Findings Findings) Told(params string[] reports)
    {
        var findings = new Findings();
        var activities = new Activities(findings);
        foreach (var (index, report) in reports.Index())
        {
            activities.Take(
                new Leaf(index, JsonDocument.Parse("""{"type":"act","id":1}""").RootElement),
                JsonDocument.Parse(Encoding.UTF8.GetBytes(report)).RootElement);
        }

        return (activities, findings);
    }
}
