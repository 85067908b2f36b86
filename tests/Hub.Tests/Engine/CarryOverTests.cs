using Monitoring.Core.Contracts;
using Monitoring.Core.Settlement;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;

namespace Monitoring.Tests.Engine;

public sealed class CarryOverTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_period_leaves_over_can_be_used_in_the_next_one()
    {
        var contract = Shipped.Contract with { Bank = new BankRule(BankKind.Free, 0, 1_000) };
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 121));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 121));
        await hub.AdvanceAsync(24, 2);

        var ledger = new LedgerBook(hub.Books);
        var ids = hub.Query<string>("SELECT id FROM settlement ORDER BY end_ms");
        var (first, second) = (ledger.SettlementFor(ids[0])!, ledger.SettlementFor(ids[1])!);
        Assert.Contains(first.Carried, carry => carry.BankedGrams > 0);
        foreach (var carry in first.Carried)
        {
            Assert.Equal(CapacityOf(first, carry) + carry.BankedGrams, CapacityOf(second, carry));
        }
    }

    private static long CapacityOf(PeriodSettlement settlement, CarryOver carry) =>
        settlement.Members.Single(it => it.Member == carry.Member).Coverage.CapacityGrams;
}
