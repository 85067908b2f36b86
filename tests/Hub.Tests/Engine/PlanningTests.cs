using System.Text;
using Monitoring.Core.Alerts;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Server.Commands;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Surface;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Engine;

/// <summary>Plans are kept for ever, bend the forecast, and are scored by what came.</summary>
public sealed class PlanningTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_forecast_goes_by_the_plan_and_without_one_by_time()
    {
        var contract = Monthly();
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 61));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 61));
        await hub.AdvanceAsync(12, 0);
        var period = Period.Containing(
            contract, DateTimeOffset.FromUnixTimeMilliseconds(Records.StartMs));
        MemberUse Use() => hub.Get<MemberUses>().In(period)["member-a"];
        var used = Use().OfElapsedMilligrams;
        Assert.Equal(used * 31 * 1_440, Use().ForecastAtEnd(period));

        // It stands still from the second day on; a plan that leaves days out says nothing.
        Submit(hub, "1", ("2026-03-01", 10_000));
        Assert.Equal(used * 31 * 1_440, Use().ForecastAtEnd(period));
        Submit(hub, "2", ("2026-03-01", 10_000), ("2026-03-02/2026-03-31", 0));
        Assert.InRange(Use().ForecastAtEnd(period)!.Value - (used * 1_440), -used, used);
        Submit(hub, "3", ("2026-03-01", 10_000), ("2026-03-02/2026-03-31", 20_000));
        Assert.InRange(Use().ForecastAtEnd(period)!.Value - (3 * used * 1_440), -used, used);
        Submit(hub, "4", ("2026-03-01", 0), ("2026-03-02/2026-03-31", 20_000));
        Assert.Equal(used * 31 * 1_440, Use().ForecastAtEnd(period));
    }

    [Fact]
    public async Task What_was_planned_before_is_scored_and_stands_in_the_log()
    {
        await using var hub = await TestHub.StartAsync(_folder);
        var period = hub.Get<ContractVersions>().PeriodAt(Records.StartMs);
        var next = period.Next(Shipped.Contract);
        Submit(hub, "1", (period.Id, 1_000), (next.Id, 2_000));
        Submit(hub, "2", Records.StartMs + 1, (period.Id, 5), (next.Id, 3_000));
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 151));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 151));
        await hub.AdvanceAsync(30, 2);
        var plan = hub.Get<Planning>().All()[0];
        Assert.Equal(("member-a", 2), (plan.Member, plan.Version));
        Assert.Equal([1_000L, 3_000L], plan.Spans.Select(span => span.Planned.Grams));
        Assert.All(plan.Spans, span => Assert.True(span.IsScored));
        var came = plan.Spans.Select(span => span.ActualGrams).ToList();
        Assert.All(came, grams => Assert.True(grams > 0));
        Assert.Equal(
            PlanRules.ErrorPercent([(1_000, came[0]), (3_000, came[1])]), plan.ErrorPercent);
        Assert.NotNull(plan.ForecastErrorPercent);
        Assert.Null(hub.Get<Planning>().All()[1].Version);
        Assert.Equal(
            2, hub.Query<long>("SELECT COUNT(*) FROM act WHERE kind = 'plan'").Single());

        // One that was made after its time began is shown and not scored.
        var third = next.Next(Shipped.Contract);
        Submit(hub, "3", third.End.ToUnixTimeMilliseconds(), (third.Id, 1));
        Assert.False(hub.Get<Planning>().All()[0].Spans[^1].Planned.IsMadeBefore);
    }

    [Fact]
    public void A_file_is_submitted_once_and_all_its_faults_are_told_together()
    {
        using var commands = new HubCommands();
        var file = commands.Folder.Write("plan.yaml", """
            plan: member-a
            lines:
              - {span: 2027-Q1, product: power, quantity: 1200, unit: MWh, emitted_kg: 900.5}
              - {span: 2027-Q2, product: power, quantity: 0, unit: MWh, emitted_kg: 0}
            """);
        Assert.Equal(ExitCode.Ok, commands.Run("plan", "submit", file));
        Assert.Equal("member-a: version 1", commands.Output.Trim());
        Assert.Equal(ExitCode.Ok, commands.Run("plan", "submit", file));
        Assert.Equal("member-a: this is version 1 already", commands.Output.Trim());
        Assert.Equal(ExitCode.Ok, commands.Run("plan", "show"));
        Assert.Equal(
            """
            member-a (core), plan version 1: nothing to score yet
              2027-Q1: planned 900.500 kg, forecast none, so far 0.000 kg
              2027-Q2: planned 0.000 kg, forecast none, so far 0.000 kg
            member-b (core): no plan
            """,
            commands.Output.Trim());

        var bad = commands.Folder.Write("plan.csv", """
            member,span,product,quantity,unit,emitted_kg
            member-a,2027-Q9,power,1,MWh,1
            member-c,2027-Q1,power,1,MWh,1
            member-a,2027-Q1,power,many,MWh,1
            """);
        Assert.Equal(ExitCode.BadInput, commands.Run("plan", "submit", bad));
        Assert.Contains("plan.csv:2: member-a, line 1: '2027-Q9' is no span", commands.Errors);
        Assert.Contains("plan.csv:3: 'member-c' is no party", commands.Errors);
        Assert.Contains("plan.csv:4: 'member-a,2027-Q1,power,many,MWh,1' is no", commands.Errors);
        Assert.Contains("Nothing was submitted.", commands.Errors);
        Assert.Single(commands.Books.Journal.Read().State.Plans);
    }

    [Theory]
    [InlineData("member-a", "2027-Q1", "hot metal", "MWh", "is no name of a product")]
    [InlineData("member-a", "2027-Q9", "power", "MWh", "is no span")]
    [InlineData("member a", "2027-Q1", "power", "MWh", "is no party")]
    [InlineData("member-z", "2027-Q1", "power", "MWh", "is no party")]
    [InlineData("", "2027-Q1", "power", "MWh", "'plan' has no value")]
    [InlineData("member-a", "2027-Q1", "power", "", "'unit' has no value")]
    [InlineData("member-a", "2027-Q1", "", "MWh", "'product' has no value")]
    public void What_is_wrong_is_told_once(
        string member, string span, string product, string unit, string fault)
    {
        using var commands = new HubCommands();
        var file = commands.Folder.Write("plan.yaml", $$"""
            plan: {{member}}
            lines:
              - span: {{span}}
                product: {{product}}
                unit: {{unit}}
                quantity: 1
                emitted_kg: 1
            """);
        Assert.Equal(ExitCode.BadInput, commands.Run("plan", "submit", file));
        Assert.Contains(fault, commands.Errors, StringComparison.Ordinal);
        Assert.Single(commands.Errors.Split('\n'), line => line.Contains(
            "plan.yaml:", StringComparison.Ordinal));
    }

    private static void Submit(TestHub hub, string id, params (string Span, long Grams)[] lines) =>
        Submit(hub, id, Records.StartMs - 1, lines);

    private static void Submit(
        TestHub hub, string id, long nowMs, params (string Span, long Grams)[] lines)
    {
        var answer = hub.Books.Journal.Take(
            new FundRequest(id, new FundCommand.SubmitPlan(
                "member-a",
                [
                    .. lines.Select(line => new PlannedLine(line.Span, "power", 1, "MWh",
                        line.Grams)),
                ])),
            hub.Get<PeriodReckoning>().Terms, nowMs);
        Assert.True(answer.IsAccepted, answer.Detail);
    }

    private static Contract Monthly()
    {
        var text = Shipped.Text("contracts/demo.yaml")
            .Replace("  period: 60 s\n", "  period: {kind: month, zone: Etc/UTC}\n",
                StringComparison.Ordinal)
            .Replace("calendar: {objections: 30 s}", "calendar: {final_days: 0}",
                StringComparison.Ordinal);
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return contract!;
    }
}
