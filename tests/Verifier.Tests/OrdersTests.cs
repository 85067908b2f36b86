using System.Text.Json;
using Monitoring.Verifier;

namespace Monitoring.Tests;

/// <summary>Who lets a final period be put right, by the words of its contract.</summary>
public sealed class OrdersTests
{
    private readonly Findings _findings = new();

    [Theory]
    [InlineData("audit", "b/1", "b/1", true, null)]
    [InlineData("court", "b/1", "b/1", true, "for 'court'")]
    [InlineData("audit", "b/0", "b/1", true, "nobody ordered it")]
    [InlineData("audit", "b/0", "b/1", false, null)]
    [InlineData("audit", "b/2", "b/1", false, "nobody ordered it")]
    public void A_final_period_is_put_right_by_an_order_or_by_one_before_it(
        string reason, string ordered, string restated, bool areFactsNew, string? fault)
    {
        var orders = Orders("""{"correct":{"reasons":[{"reason":"audit"}]}}""");
        Take(orders, ordered, reason, settlement: null);
        if (ordered != restated)
        {
            Take(orders, ordered, reason, settlement: "s0");
        }

        orders.TakeRestatement(Settlement(restated), isFinal: false, areFactsNew: true);
        Assert.Empty(_findings.Faults);
        orders.TakeRestatement(Settlement(restated), isFinal: true, areFactsNew);
        Assert.Equal(fault is null ? 0 : 1, _findings.Faults.Count);
        Assert.Contains(fault ?? "", string.Join('\n', _findings.Faults));
    }

    [Fact]
    public void An_order_is_for_one_time_and_late_facts_need_none()
    {
        var orders = Orders("""{"correct":{"reasons":[{"reason":"audit"}]}}""");
        Take(orders, "b/1", "audit", settlement: null);
        Take(orders, "b/1", "audit", settlement: "s1");
        orders.TakeRestatement(Settlement("b/1"), isFinal: true, areFactsNew: true);
        Assert.Single(_findings.Faults);
        Orders("{}").TakeRestatement(Settlement("b/1"), isFinal: true, areFactsNew: true);
        Assert.Single(_findings.Faults);
    }

    [Fact]
    public void It_rests_on_amendments_that_the_log_told_before()
    {
        var orders = Orders("{}");
        orders.TakeAmendment(LeafOf("""{"type":"amendment","id":"known"}"""));
        Take(orders, "b/1", "audit", null, "known");
        Assert.Empty(_findings.Faults);
        Take(orders, "b/1", "audit", null, "other");
        Assert.Contains("rests on amendment other", $"{_findings.Faults.Single()}");
    }

    private Orders Orders(string document)
    {
        var orders = new Orders(_findings);
        orders.TakeContract(
            LeafOf("""{"type":"contract","id":"c","hash":"h"}"""),
            JsonDocument.Parse(document).RootElement);
        return orders;
    }

    private static void Take(
        Orders orders, string period, string reason, string? settlement,
        params string[] amendments) => orders.Take(
            LeafOf("""{"type":"act","id":1}"""),
            JsonSerializer.SerializeToElement(new
            {
                Id = "o", PeriodId = period, Reason = reason, Amendments = amendments,
                Settlement = settlement,
            }));

    private static Leaf Settlement(string period) => LeafOf(JsonSerializer.Serialize(
        new { type = "settlement", id = "s", period, contract_hash = "h" }));

    private static Leaf LeafOf(string json) => new(1, JsonDocument.Parse(json).RootElement);
}
