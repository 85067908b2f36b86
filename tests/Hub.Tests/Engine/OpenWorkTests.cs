using System.Text;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Engine;

/// <summary>Being late has its consequences by itself; what is open is kept.</summary>
public sealed class OpenWorkTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Who_is_late_is_named_owes_a_plan_and_sells_nothing_until_it_has_paid()
    {
        var time = new LaterTime();
        await using var hub = await StartAsync(
            "late: {publish: names, trading: suspended, plan_within_days: 14}", time);
        await Settle(hub);
        var terms = hub.Get<PeriodReckoning>().Terms;
        var owed = hub.Books.Journal.Read().State.Charges.Values.Single();
        Assert.Equal("member-a", owed.Member);
        long Now() => time.GetUtcNow().ToUnixTimeMilliseconds();
        string Ask(string id, FundCommand command) => hub.Books.Journal.Take(
            new FundRequest(id, command), terms, Now()).Reason;
        var next = FundClauses.VintageOf(hub.Get<ContractVersions>().PeriodAt(Now() + 864_000_000));
        Assert.Equal("Accepted", Ask("offer", new FundCommand.ProposeTransfer(
            "member-a", "member-b", next, 1, long.MaxValue)));

        await Review(hub);
        Assert.Empty(hub.Get<OpenWork>().Now());
        time.Ahead = TimeSpan.FromDays(3);
        await Review(hub);
        await Review(hub);
        Assert.Equal(
            ["plan member-a", "published member-a", "suspended member-a"],
            hub.Get<OpenWork>().Now().Select(item => $"{item.Kind} {item.Member}").Order());
        Assert.Equal(3, Acts(hub));
        Assert.Equal("TradeSuspended", Ask("sell", new FundCommand.ProposeTransfer(
            "member-a", "member-b", next, 1, long.MaxValue)));
        Assert.Equal("TradeSuspended", Ask(
            "buy", new FundCommand.DecideTransfer("offer", "member-b", true)));

        // A restart and more days change nothing; the plan is overdue by then.
        time.Ahead = TimeSpan.FromDays(20);
        await Review(hub);
        Assert.Equal(3, Acts(hub));
        var plan = hub.Get<OpenWork>().Now().Single(item => item.Kind == "plan");
        Assert.InRange(plan.DueMs!.Value, owed.DueMs + (14 * Ageing.DayMs), Now());
        Assert.Equal("EvidenceMissing", Ask("bad", new FundCommand.FollowUpPlan("member-a", "x")));
        Assert.Equal("NoSuchDuty", Ask(
            "none", new FundCommand.FollowUpPlan("member-b", new string('a', 64))));
        Assert.Equal("Accepted", Ask(
            "plan", new FundCommand.FollowUpPlan("member-a", new string('a', 64))));
        time.Ahead += TimeSpan.FromHours(1);
        await Review(hub);
        Assert.Equal(4, Acts(hub));

        Ask("paid", new FundCommand.TakePayment("b", "member-a", owed.MinorUnits, "", Now()));
        time.Ahead += TimeSpan.FromHours(1);
        await Review(hub);
        Assert.Empty(hub.Get<OpenWork>().Now());
        Assert.Equal(6, Acts(hub));
        Assert.Equal("Accepted", Ask(
            "buy now", new FundCommand.DecideTransfer("offer", "member-b", true)));
        var answer = await VerifiedTests.CheckAsync(
            new PublicLog(hub.Books), _folder.File("copy"));
        Assert.Equal("", string.Join('\n', answer.Findings.Faults));
    }

    [Fact]
    public async Task An_upheld_objection_is_open_until_facts_change_or_somebody_says_why_not()
    {
        await using var hub = await StartAsync("", TimeProvider.System);
        await Settle(hub);
        var period = hub.Query<string>("SELECT period FROM settlement").Single();
        foreach (var id in (string[])["first", "second"])
        {
            Take(hub, $"file {id}", new FundCommand.FileObjection("member-a", period, id));
            Take(hub, $"answer {id}", new FundCommand.AnswerObjection($"file {id}", true, "yes"));
        }

        var open = hub.Get<OpenWork>().Now();
        Assert.Equal(["file first", "file second"], open.Select(item => item.Id).Order());
        Assert.All(open, item => Assert.Equal(
            ("objection", "member-a", period), (item.Kind, item.Member, item.PeriodId)));
        Take(hub, "close", new FundCommand.CloseWork("file first", "a slip of the pen"));
        Assert.Equal("file second", Assert.Single(hub.Get<OpenWork>().Now()).Id);

        await hub.Records.AppendAsync(Records.One(
            363, Records.Gas(0, 900) with { TimeMs = Records.StartMs + 5_500 }));
        await hub.AdvanceAsync(13, 2);
        Assert.Empty(hub.Get<OpenWork>().Now());
    }

    [Fact]
    public async Task A_covering_that_the_books_refuse_is_open_until_somebody_has_done_it()
    {
        await using var hub = await StartAsync("", TimeProvider.System);
        var period = hub.Get<ContractVersions>().PeriodAt(Records.StartMs);
        var id = $"cover/{period.Id}";
        var refused = hub.Books.Journal.Take(
            new FundRequest(id, new FundCommand.Cover(
                period.Id,
                [
                    new PeriodCover(
                        period.Id, FundClauses.VintageOf(period), "2026-03-01T00:01:00Z", "s",
                        false,
                        [new MemberCover("member-a", new CoveredGrams(999_999, 0, 0, 0, 0))]),
                ])),
            hub.Get<PeriodReckoning>().Terms, 7);
        Assert.False(refused.IsAccepted);
        var open = Assert.Single(hub.Get<OpenWork>().Now());
        Assert.Equal(
            ("covering", id, period.Id, 7L), (open.Kind, open.Id, open.PeriodId, open.SinceMs));
        Assert.Contains(refused.Reason, open.Text, StringComparison.Ordinal);
        Assert.Equal("NoSuchWork", hub.Books.Journal.Take(
            new FundRequest("no", new FundCommand.CloseWork("x", "y")),
            hub.Get<PeriodReckoning>().Terms, 8).Reason);
        Take(hub, "done", new FundCommand.CloseWork(id, "surrendered by hand"));
        Assert.Empty(hub.Get<OpenWork>().Now());
    }

    [Fact]
    public async Task Who_sold_what_it_had_borrowed_is_named_until_the_next_covering()
    {
        await using var hub = await StartAsync("", TimeProvider.System);
        var period = hub.Get<ContractVersions>().PeriodAt(Records.StartMs);
        var next = period.Next(Shipped.Contract);
        Cover(hub, period, next, new CoveredGrams(0, 0, 0, 0, 1_000));
        var open = Assert.Single(hub.Get<OpenWork>().Now());
        Assert.Equal(
            ("short", "member-a", period.Id, 7L),
            (open.Kind, open.Member, open.PeriodId, open.SinceMs));
        Assert.StartsWith(
            "member-a sold 700 g of what it had borrowed", open.Text, StringComparison.Ordinal);
        Cover(hub, next, next.Next(Shipped.Contract), new CoveredGrams(0, 40, 0, 0, 0));
        open = Assert.Single(hub.Get<OpenWork>().Now());
        Assert.StartsWith(
            "member-a had 40 g less in its bank", open.Text, StringComparison.Ordinal);
        var reopened = new OpenWork(Books.Open(hub.Books.Database.Path));
        Assert.Equal(open, Assert.Single(reopened.Now()));
        Take(hub, "seen", new FundCommand.CloseWork(open.Id, "found by hand"));
        Assert.Empty(hub.Get<OpenWork>().Now());
    }

    private static void Cover(TestHub hub, Period period, Period next, CoveredGrams grams) =>
        Assert.True(hub.Books.Journal.Take(
            new FundRequest($"cover/{period.Id}", new FundCommand.Cover(
                period.Id,
                [
                    new PeriodCover(
                        period.Id, FundClauses.VintageOf(period), FundClauses.VintageOf(next),
                        "s", false, [new MemberCover("member-a", grams)]),
                ])),
            hub.Get<PeriodReckoning>().Terms, 7).IsAccepted);

    private static long Acts(TestHub hub) =>
        hub.Query<long>("SELECT COUNT(*) FROM act WHERE kind = 'late'").Single();

    private static void Take(TestHub hub, string id, FundCommand command)
    {
        var answer = hub.Books.Journal.Take(
            new FundRequest(id, command), hub.Get<PeriodReckoning>().Terms,
            DateTimeOffset.UtcNow.ToUnixTimeMilliseconds());
        Assert.True(answer.IsAccepted, answer.Reason);
    }

    private static async Task Review(TestHub hub) =>
        await hub.Grains.GetGrain<IFundGrain>("demo").Review([]);

    private static async Task Settle(TestHub hub)
    {
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 61));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 61));
        await hub.AdvanceAsync(12, 1);
    }

    private async Task<TestHub> StartAsync(string clause, TimeProvider time)
    {
        var text = Shipped.Text("contracts/demo.yaml").Replace(
            "calendar: {objections: 30 s}", "calendar: {objections: 1 h}",
            StringComparison.Ordinal) + clause + "\n";
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults)!;
        Assert.Equal("", string.Join('\n', faults.All));
        var hub = await TestHub.StartAsync(_folder, time, null, contract);
        new PublicLog(hub.Books).Begin(VerifiedTests.Leaf(contract, text));
        return hub;
    }
}
