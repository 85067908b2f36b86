using Dapper;
using Monitoring.Core.Contracts;
using Monitoring.Core.Ledger;
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

    /// <summary>
    /// Three minutes are final; then it comes out that the first one was worse. What it left to
    /// the second is less, and so what that left to the third.
    /// </summary>
    [Fact]
    public async Task A_final_period_that_was_put_right_leaves_something_else_to_later_ones()
    {
        var contract = Shipped.Contract with
        {
            Bank = new BankRule(BankKind.Free, 0, 1_000),
            MakeGood = new MakeGoodRule(1_000, false),
            Calendar = CalendarRule.AtOnce,
        };
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 181));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 181));
        await hub.AdvanceAsync(36, 3);
        var entries = hub.Query<string>("SELECT period FROM entry WHERE kind = 'charge'");
        Assert.Equal(3, entries.Count);
        AssertLedgerFollows(hub);

        await hub.Records.AppendAsync(Records.One(
            363, Records.Gas(0, 900) with { TimeMs = Records.StartMs + 5_500 }));
        await hub.AdvanceAsync(37, 6);
        var ledger = new LedgerBook(hub.Books);
        var newest = hub.Query<string>(
            "SELECT id FROM settlement WHERE revision = 2 ORDER BY end_ms")
            .Select(id => ledger.SettlementFor(id)!).ToList();
        foreach (var (before, after) in newest.Zip(newest.Skip(1)))
        {
            foreach (var carry in before.Carried)
            {
                var account = after.Accounts.Single(one => one.Member == carry.Member);
                Assert.Equal(
                    (carry.BankedGrams, carry.OwedGrams),
                    (account.BankedGrams, account.OwedGrams));
            }
        }

        var first = hub.Query<string>(
            "SELECT id FROM settlement WHERE revision = 1 ORDER BY end_ms")
            .Select(id => ledger.SettlementFor(id)!).ToList();
        Assert.NotEqual(first[2].TotalMinorUnits, newest[2].TotalMinorUnits);

        // Final periods stay as they are: all of it is booked in one that is open.
        Assert.Equal(entries, hub.Query<string>("SELECT period FROM entry WHERE kind = 'charge'"));
        Assert.Equal(
            6, hub.Query<long>("SELECT COUNT(*) FROM entry WHERE kind = 'restatement'").Single());
        Assert.Empty(hub.Query<string>(
            "SELECT DISTINCT period FROM entry WHERE kind = 'restatement'").Intersect(entries));
        Assert.Equal(
            newest.Sum(settlement => settlement.TotalMinorUnits),
            hub.Query<long>(
                "SELECT SUM(amount) FROM posting WHERE account LIKE 'member:%:receivable'")
                .Single());
        Assert.Empty(ledger.SettledBeforeCarry("demo"));
        AssertLedgerFollows(hub);
        Assert.Equal(
            hub.Query<long>("SELECT COUNT(*) FROM entry WHERE kind = 'cover'").Single(),
            hub.Query<long>("SELECT COUNT(*) FROM entry WHERE kind = 'cover-restated'").Single()
                / 2);
        Assert.Empty(ledger.CoveredBefore("demo"));
    }

    /// <summary>
    /// What is banked in the ledger is what the newest settlement of the last period left, and
    /// what was emitted is covered as far as anything was there for it.
    /// </summary>
    private static void AssertLedgerFollows(TestHub hub)
    {
        var state = hub.Books.Journal.Read().State;
        var settled = hub.Query<string>(
            """
            SELECT id FROM settlement s WHERE NOT EXISTS(SELECT 1 FROM settlement later
                WHERE later.period = s.period AND later.revision > s.revision) ORDER BY end_ms
            """).Select(id => new LedgerBook(hub.Books).SettlementFor(id)!).ToList();
        Assert.All(settled, one => Assert.Equal(one.Id, state.Covers[one.PeriodId].Settlement));
        long Sum(string account) => (long)state.Ledger.Balances
            .Where(pair => pair.Key.Account == account)
            .Aggregate((Int128)0, (sum, pair) => sum + pair.Value.Net);
        foreach (var carry in settled[^1].Carried)
        {
            Assert.Equal(carry.BankedGrams, Sum(Accounts.Banked(carry.Member)));
            var covered = settled.SelectMany(one => one.Members)
                .Where(member => member.Member == carry.Member)
                .Sum(member => member.Coverage.Current + member.Coverage.BankedOneToOne
                    + member.Coverage.BeyondCovered + member.Coverage.Borrowed);
            Assert.Equal(covered, Sum(Accounts.Surrendered(carry.Member)));
        }
    }

    [Fact]
    public void A_hub_that_stopped_before_it_had_passed_a_correction_on_goes_on_with_it()
    {
        var books = Books.Open(_folder.File("books.db"));
        using var connection = books.Database.Connect();
        void Settle(int minute, int revision) => connection.Execute(
            """
            INSERT INTO settlement(id, contract, contract_hash, period, start_ms, end_ms,
                settled_ms, emitted_g, cap_g, excess_g, total_minor, windows_known,
                windows_expected, verdict, pollutant, seen, revision)
            VALUES(@minute || '-' || @revision, 'demo', '', 'p' || @minute, @minute * 60,
                @minute * 60 + 60, 0, 0, 0, 0, 0, 0, 0, '', 'nox', 0, @revision)
            """,
            new { minute, revision });
        var ledger = new LedgerBook(books);
        Settle(1, 1);
        Settle(2, 1);
        Settle(4, 1);
        Assert.Empty(ledger.SettledBeforeCarry("demo"));
        Settle(2, 2);
        Assert.Equal([240], ledger.SettledBeforeCarry("demo"));
        Settle(1, 2);
        Assert.Equal([120, 240], ledger.SettledBeforeCarry("demo").Order());
        Settle(2, 3);
        Settle(4, 2);
        Assert.Empty(ledger.SettledBeforeCarry("demo"));
    }

    private static long CapacityOf(PeriodSettlement settlement, CarryOver carry) =>
        settlement.Members.Single(it => it.Member == carry.Member).Coverage.CapacityGrams;
}
