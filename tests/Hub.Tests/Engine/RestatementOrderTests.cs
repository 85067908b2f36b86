using System.Text;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Engine;

/// <summary>
/// What is put right behind the end of a period: by an officer's order where its contract wants
/// one, and a period that nobody knew anything of in its time.
/// </summary>
public sealed class RestatementOrderTests : IDisposable
{
    private const string Flow =
        "bank: {carry: flow-control, free_percent: 1, beyond: 1.5, borrow_percent: 10}\n"
            + "make_good: {ratio: 1.3}\n";

    private const string Audit =
        "correct: {reasons: [{reason: audit}], increase: new-deadline, decrease: credit}\n";

    private static readonly string Document = new('a', 64);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("")]
    [InlineData(Flow)]
    public async Task A_final_period_is_put_right_once_by_an_order_that_its_contract_knows(
        string more)
    {
        var (contract, text) = Read("calendar: {final_days: 0}", Audit + more);
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var log = new PublicLog(hub.Books);
        log.Begin(VerifiedTests.Leaf(contract, text));
        await AppendAsync(hub, 0, 121, 'a');
        await AdvanceAsync(hub, settlements: 2);
        var period = hub.Get<ContractVersions>().PeriodAt(Records.StartMs);
        await hub.Records.AppendAsync(Late(243, 5_500, 1_200));
        await AdvanceAsync(hub, settlements: 2);
        Assert.Equal(2, Settlements(hub));

        Assert.Equal("ReasonNotAllowed", Order(hub, "1", period.Id, "court", Document));
        Assert.Equal("ReasonNotAllowed", Order(hub, "2", period.Id, "late-facts", Document));
        Assert.Equal("EvidenceMissing", Order(hub, "3", period.Id, "audit", "letter.pdf"));
        Assert.Equal("NoSuchPeriod", Order(hub, "4", "demo-bubble/2026", "audit", Document));
        Assert.Equal(
            "TooEarly", Order(
                hub, "5", period.Next(contract).Next(contract).Next(contract).Id, "audit",
                Document));
        Assert.Equal("Accepted", Order(hub, "6", period.Id, "audit", Document));
        var expected = more.Length > 0 ? 4 : 3;
        await AdvanceAsync(hub, expected);
        Assert.Equal(expected, Settlements(hub));
        var standing = new LedgerBook(hub.Books).StandingOf("demo", period.Id)!.Value.Settlement;
        Assert.Equal(
            standing.Id, hub.Books.Journal.Read().State.Orders["6"].Settlement);
        Assert.Equal(
            2, hub.Query<long>("SELECT COUNT(*) FROM act WHERE kind = 'restatement-order'")
                .Single());

        // One order is for one time.
        await hub.Records.AppendAsync(Late(244, 5_600, 1_500));
        await AdvanceAsync(hub, expected + 1);
        Assert.Equal(expected, Settlements(hub));
        var answer = await VerifiedTests.CheckAsync(log, _folder.File("copy"));
        Assert.True(answer.IsWell, string.Join('\n', answer.Findings.Faults));
    }

    /// <summary>It is open work until a person says so, and nothing is put right by it then.
    /// </summary>
    [Fact]
    public async Task An_order_after_which_nothing_differs_is_named_and_ended_by_a_person()
    {
        var (contract, text) = Read("calendar: {final_days: 0}", Audit);
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var log = new PublicLog(hub.Books);
        log.Begin(VerifiedTests.Leaf(contract, text));
        await AppendAsync(hub, 0, 121, 'a');
        await AdvanceAsync(hub, settlements: 2);
        var period = hub.Get<ContractVersions>().PeriodAt(Records.StartMs);
        Assert.Equal("Accepted", Order(hub, "6", period.Id, "audit", Document));
        await AdvanceAsync(hub, settlements: 2);
        var open = Assert.Single(
            hub.Get<OpenWork>().Now(), item => item.Kind == OpenWork.Order);
        Assert.Equal(("6", period.Id), (open.Id, open.PeriodId));
        Assert.True(open.SinceMs > 0);
        Assert.Equal("NoSuchWork", Close(hub, "7"));
        Assert.Equal("Accepted", Close(hub, "6"));
        Assert.Equal("NoSuchWork", Close(hub, "6", again: 1));
        Assert.Empty(hub.Get<OpenWork>().Now());

        await hub.Records.AppendAsync(Late(243, 5_500, 1_200));
        await AdvanceAsync(hub, settlements: 3);
        Assert.Equal(2, Settlements(hub));
        Assert.Null(hub.Books.Journal.Read().State.Orders["6"].Settlement);
        var answer = await VerifiedTests.CheckAsync(log, _folder.File("copy"));
        Assert.True(answer.IsWell, string.Join('\n', answer.Findings.Faults));
    }

    [Theory]
    [InlineData("calendar: {objections: 1 h}", "")]
    [InlineData("calendar: {final_days: 0}", "")]
    [InlineData("calendar: {final_days: 0}", Flow)]
    public async Task A_period_that_was_passed_over_is_settled_when_its_facts_come(
        string calendar, string more)
    {
        var (contract, text) = Read(calendar, more);
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var log = new PublicLog(hub.Books);
        log.Begin(VerifiedTests.Leaf(contract, text));
        await AppendAsync(hub, 0, 61, 'a');
        await AppendAsync(hub, 120, 181, 'b');
        await AdvanceAsync(hub, settlements: 2);
        var passed = hub.Get<ContractVersions>().PeriodAt(Records.StartMs).Next(contract);
        Assert.Null(new LedgerBook(hub.Books).StandingOf("demo", passed.Id));
        await AppendAsync(hub, 61, 120, 'a');
        await AdvanceAsync(hub, settlements: more.Length > 0 ? 4 : 3);
        var settled = new LedgerBook(hub.Books).StandingOf("demo", passed.Id)!.Value.Settlement;
        Assert.True(settled.TotalMinorUnits > 0);
        Assert.Single(hub.Books.Journal.Read().State.Standing, pair => pair.Key == passed.Id);
        var again = Settlements(hub);
        await AdvanceAsync(hub, (int)again + 1);
        Assert.Equal(again, Settlements(hub));
        var answer = await VerifiedTests.CheckAsync(log, _folder.File("copy"));
        Assert.True(answer.IsWell, string.Join('\n', answer.Findings.Faults));
    }

    private static string Close(TestHub hub, string work, int again = 0) =>
        hub.Books.Journal.Take(
            new FundRequest(
                $"close {work} {again}",
                new FundCommand.CloseWork(work, "the letter was about another year")),
            hub.Get<PeriodReckoning>().Terms,
            DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()).Reason;

    private static string Order(
        TestHub hub, string id, string period, string reason, string document) =>
        hub.Books.Journal.Take(
            new FundRequest(id, new FundCommand.OrderRestatement(period, reason, document, [])),
            hub.Get<PeriodReckoning>().Terms,
            DateTimeOffset.UtcNow.ToUnixTimeMilliseconds()).Reason;

    private static Monitoring.Server.Storage.JournalAppend Late(
        long offset, int afterMs, double nox) => Records.One(
            offset, Records.Gas(0, nox) with { TimeMs = Records.StartMs + afterMs });

    private static async Task AppendAsync(TestHub hub, int from, int until, char epoch)
    {
        foreach (var plant in (string[])["plant-a", "plant-b"])
        {
            await hub.Records.AppendAsync(
                Records.Span(plant, from, until) with { Epoch = new string(epoch, 32) });
        }
    }

    // Looks so often that everything that could happen has happened.
    private static async Task AdvanceAsync(TestHub hub, int settlements)
    {
        for (var i = 0; i < 12 || (i < 40 && Settlements(hub) < settlements); i++)
        {
            await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
            await hub.Grains.GetGrain<ISourceGrain>("stack-b").Advance();
            await hub.Grains.GetGrain<IBubbleGrain>("demo").Advance();
            if (i >= 12 && Settlements(hub) >= settlements)
            {
                break;
            }
        }
    }

    private static long Settlements(TestHub hub) =>
        hub.Query<long>("SELECT COUNT(*) FROM settlement").Single();

    private static (Contract Contract, string Text) Read(string calendar, string more)
    {
        var text = Shipped.Text("contracts/demo.yaml")
            .Replace("calendar: {objections: 30 s}", calendar, StringComparison.Ordinal) + more;
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return (contract!, text);
    }
}
