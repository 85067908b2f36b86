using System.Text;
using System.Text.Json;
using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;
using Monitoring.Tests.Core;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Surface;

/// <summary>What a member with a benchmark sees of itself while a period runs.</summary>
public sealed class BenchmarkBalanceTests
{
    private const string Reason =
        "what may be emitted goes by what is made, and there is no activity report yet";

    private static readonly Contract Benchmarked = Read(
        Shipped.Text("contracts/demo.yaml").Replace(
            "  cap: 1980\n  holdings:\n    - {member: member-a, mass: 300}\n"
                + "    - {member: member-b, mass: 1680}\n",
            "  benchmarks:\n    - {member: member-a, limit: 2.5}\n"
                + "    - {member: member-b, limit: 1.5}\n",
            StringComparison.Ordinal));

    [Fact]
    public async Task Who_reported_has_a_balance_and_of_the_other_is_said_why_not()
    {
        var period = Period.Containing(Benchmarked, SeededHub.Now);
        await using var hub = new SeededHub
        {
            Contract = Benchmarked,
            Standing = PeriodStanding.Plain with
            {
                Activities = [new Activity("member-a", period.Start, period.End, 192)],
            },
        };
        hub.SeedContract();
        await hub.Start();
        var bubble = await hub.Get("bubbles/demo-bubble");
        Assert.Equal(
            ("480000", "693000", "-213000"), TextOf(bubble.GetProperty("members")[0]));
        Assert.Equal(("", "690123", ""), TextOf(bubble.GetProperty("members")[1]));
        Assert.Equal(("", "1383123", ""), TextOf(bubble.GetProperty("bubble")));
        Assert.Equal(
            [Reason, Reason],
            ((JsonElement[])[bubble.GetProperty("members")[1], bubble.GetProperty("bubble")])
                .Select(one => one.GetProperty("reason").GetString()));

        // Nobody is told that a limit of nothing is broken.
        var page = await hub.Http.GetStringAsync("/");
        Assert.Contains($" g so far, and no holding: {Reason}", page);
        Assert.DoesNotContain("the bubble is broken", page, StringComparison.Ordinal);
    }

    private static Contract Read(string text)
    {
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return contract!;
    }

    private static (string Holding, string Used, string Left) TextOf(JsonElement balance) => (
        Text(balance, "holding_mg"), Text(balance, "used_mg"), Text(balance, "left_mg"));

    private static string Text(JsonElement balance, string name) =>
        balance.TryGetProperty(name, out var value) ? value.ToString() : "absent";
}
