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

/// <summary>
/// A contract that asks what members did is settled by what was reported, never by a guess; and
/// whoever shares no code with the hub comes to the same.
/// </summary>
public sealed class ActivityTests : IDisposable
{
    private const string Holdings =
        "  cap: 1980\n  holdings:\n    - {member: member-a, mass: 300}\n"
            + "    - {member: member-b, mass: 1680}\n";

    private const string Benchmarks =
        "  benchmarks:\n    - {member: member-a, limit: 2.5}\n"
            + "    - {member: member-b, limit: 1.5, own_limit: 1.4}\n";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("benchmarks", "trigger: aggregate")]
    [InlineData("benchmarks", "trigger: two-route")]
    [InlineData("credits", "trigger: aggregate")]
    [InlineData("refund", "trigger: member")]
    public async Task A_period_waits_for_what_members_did_and_comes_out_for_a_resident(
        string clause, string trigger)
    {
        var (contract, text) = Read(clause, trigger);
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var log = new PublicLog(hub.Books);
        log.Begin(VerifiedTests.Leaf(contract, text));
        await AppendAsync(hub, 0, 61);
        await hub.AdvanceAsync(12, 0);
        var period = hub.Get<ContractVersions>().PeriodAt(Records.StartMs);
        Assert.Equal(
            ["stack-a", "stack-b"],
            hub.Get<PeriodReckoning>().MissingIn(contract, period).Select(one => one.Source));

        // One of two is not enough; an hour that it did not last is no span of it.
        Assert.Equal("Accepted", Ask(hub, "a", Report(period, "stack-a", 150)).Reason);
        Assert.Equal(
            "SpanNotUsable", Ask(hub, "no", Report(period, "stack-b", 1) with
            {
                Until = period.End.AddHours(1),
            }).Reason);
        Assert.Equal("NoSuchSource", Ask(hub, "who", Report(period, "stack-c", 1)).Reason);
        await hub.AdvanceAsync(12, 0);
        Assert.Equal("Accepted", Ask(hub, "b", Report(period, "stack-b", 0)).Reason);
        await hub.AdvanceAsync(12, 1);
        var settled = Standing(hub, period);
        Assert.Equal([150, 0], settled.Activities.Select(one => one.Quantity));
        Assert.True(settled.TotalMinorUnits > 0);

        // The newest word holds, and the period is put right by it.
        Assert.Equal("Accepted", Ask(hub, "b2", Report(period, "stack-b", 300)).Reason);
        await hub.AdvanceAsync(12, 2);
        var revised = Standing(hub, period);
        Assert.Equal([150, 300], revised.Activities.Select(one => one.Quantity));
        Assert.Equal(settled.Id, revised.Replaces);
        var state = hub.Books.Journal.Read().State;
        Assert.Equal(
            revised.TotalMinorUnits - revised.Refunds.Sum(refund => refund.MinorUnits),
            FundStatement.UnallocatedMinor(state, Asset.Money("EUR")));
        Assert.Equal(
            FundStatement.ProceedsMinor(state),
            FundStatement.UnallocatedMinor(state, Asset.Money("EUR")));
        if (clause == "refund")
        {
            // 5 % stays in the fund; what goes back is shared 1 to 2.
            var back = revised.Refunds.Select(refund => refund.MinorUnits).ToList();
            Assert.InRange(back[1] - (2 * back[0]), -2, 2);
            Assert.Equal(
                [revised.TotalMinorUnits - back[0], -back[1]],
                ((string[])["member-a", "member-b"]).Select(member => (long)state.Ledger.At(
                    Accounts.Receivable(member), Asset.Money("EUR")).Net));
        }

        var answer = await VerifiedTests.CheckAsync(log, _folder.File("copy"));
        Assert.True(answer.IsWell, string.Join('\n', answer.Findings.Faults));
    }

    [Fact]
    public async Task Who_did_not_report_is_open_work_that_names_the_remedy()
    {
        var (contract, _) = Read("benchmarks", "trigger: aggregate");
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var period = hub.Get<ContractVersions>().PeriodAt(Records.StartMs);
        IReadOnlyList<OpenItem> Awaited() => hub.Get<AwaitedActivity>().Now();
        await AppendAsync(hub, 0, 31);
        await hub.AdvanceAsync(6, 0);
        Assert.Empty(Awaited());

        // Over, and nobody told; the next one is over too and waits as well.
        await AppendAsync(hub, 31, 121);
        await hub.AdvanceAsync(24, 0);
        Assert.Equal(
            [($"{period.Id}/member-a", "member-a"), ($"{period.Id}/member-b", "member-b")],
            Awaited().Select(item => (item.Id, item.Member)));
        Assert.All(Awaited(), item =>
        {
            Assert.Equal((AwaitedActivity.Kind, period.Id), (item.Kind, item.PeriodId));
            Assert.Equal(period.End.ToUnixTimeMilliseconds(), item.DueMs);
            Assert.Contains("no report of what it made", item.Text, StringComparison.Ordinal);
            Assert.Contains("(report_activity)", item.Text, StringComparison.Ordinal);
            Assert.Contains("(report_activity)", item.TextUk, StringComparison.Ordinal);
        });

        Ask(hub, "a", Report(period, "stack-a", 150));
        Assert.Equal(["member-b"], Awaited().Select(item => item.Member));
        Ask(hub, "b", Report(period, "stack-b", 300));
        await hub.AdvanceAsync(24, 1);
        Assert.All(
            Awaited(), item => Assert.Equal(period.Next(contract).Id, item.PeriodId));
        Assert.Equal(2, Awaited().Count);
    }

    [Fact]
    public async Task A_gap_takes_the_credit_and_the_log_says_whose()
    {
        var (contract, text) = Read("credits", "trigger: aggregate");
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var log = new PublicLog(hub.Books);
        log.Begin(VerifiedTests.Leaf(contract, text));
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 61));
        await hub.Records.AppendAsync(Records.Span("plant-b", 20, 61));
        var period = hub.Get<ContractVersions>().PeriodAt(Records.StartMs);
        Ask(hub, "a", Report(period, "stack-a", 150));
        Ask(hub, "b", Report(period, "stack-b", 9_000));
        for (var i = 0; i < 20 && hub.Query<long>("SELECT COUNT(*) FROM settlement")[0] < 1; i++)
        {
            await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
            await hub.Grains.GetGrain<ISourceGrain>("stack-b").Advance();
            await hub.Grains.GetGrain<IBubbleGrain>(contract.Id).Advance();
        }

        var settled = Standing(hub, period);
        Assert.Equal(settled.Bubble.EmittedGrams, settled.Bubble.ExcessGrams);
        Assert.Contains(
            "\"incomplete\":\"member-b\"",
            string.Join('\n', log.BookLines().Select(Encoding.UTF8.GetString)),
            StringComparison.Ordinal);
        var answer = await VerifiedTests.CheckAsync(log, _folder.File("copy"));
        Assert.True(answer.IsWell, string.Join('\n', answer.Findings.Faults));
    }

    [Fact]
    public async Task Spans_add_up_and_never_cut_each_other()
    {
        var (contract, _) = Read("benchmarks", "trigger: aggregate");
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        await AppendAsync(hub, 0, 61);
        await hub.AdvanceAsync(12, 0);
        var period = hub.Get<ContractVersions>().PeriodAt(Records.StartMs);
        var half = period.Start.AddSeconds(30);
        Ask(hub, "a", Report(period, "stack-a", 150));
        Ask(hub, "b1", Report(period, "stack-b", 100) with { Until = half });
        Assert.Equal(
            ["stack-b"],
            hub.Get<PeriodReckoning>().MissingIn(contract, period).Select(one => one.Source));
        Assert.Equal(
            "SpanNotUsable", Ask(hub, "all", Report(period, "stack-b", 100)).Reason);
        Ask(hub, "b2", Report(period, "stack-b", 20) with { From = half });
        await hub.AdvanceAsync(12, 1);
        Assert.Equal(
            [150, 100, 20], Standing(hub, period).Activities.Select(one => one.Quantity));
    }

    /// <summary>No report can be taken back, so none of them may stop the settlement for ever.
    /// </summary>
    [Theory]
    [InlineData("benchmarks")]
    [InlineData("credits")]
    public async Task Spans_of_two_sources_of_a_member_that_cut_each_other_count_as_one(
        string clause)
    {
        var (contract, text) = Read(clause, "trigger: aggregate");
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var log = new PublicLog(hub.Books);
        log.Begin(VerifiedTests.Leaf(contract, text));
        await AppendAsync(hub, 0, 61);
        var period = hub.Get<ContractVersions>().PeriodAt(Records.StartMs);
        var known = hub.Get<PeriodReckoning>().Terms;
        var terms = known with
        {
            ActivityIn = id => known.ActivityIn!(id)! with
            {
                MembersOf = (_, _, _) => ["member-b"],
            },
        };
        Ask(hub, "a", Report(period, "stack-a", 150));
        Ask(hub, "b1", Report(period, "stack-b", 100) with { Until = period.Start.AddSeconds(20) });
        Ask(hub, "b2", Report(period, "stack-b", 50) with { From = period.Start.AddSeconds(20) });
        Assert.True(hub.Books.Journal.Take(
            new FundRequest("b3", Report(period, "annex", 7) with
            {
                From = period.Start.AddSeconds(30), Until = period.Start.AddSeconds(50),
            }),
            terms, Records.StartMs).IsAccepted);
        await hub.AdvanceAsync(12, 1);
        Assert.Equal(
            ["member-a 0 60 150", "member-b 0 20 100", "member-b 20 60 57"],
            Standing(hub, period).Activities.Select(one =>
                $"{one.Member} {(one.Start - period.Start).TotalSeconds} "
                    + $"{(one.End - period.Start).TotalSeconds} {one.Quantity}"));
        var answer = await VerifiedTests.CheckAsync(log, _folder.File("copy"));
        Assert.Equal("", string.Join('\n', answer.Findings.Faults));
    }

    /// <summary>Weights of several pollutants, and a season that is not now.</summary>
    [Theory]
    [InlineData("  pollutant: nox\n", "  pollutants: {nox: 0.5, co: 3.25}\n", true)]
    [InlineData("  period: 60 s\n",
        "  period: {kind: month, zone: Etc/UTC, season: {from: 05-01, to: 09-30}}\n", false)]
    [InlineData("  period: 60 s\n",
        "  period: {kind: month, zone: Etc/UTC, season: {from: 02-01, to: 09-30}}\n", true)]
    public async Task Several_pollutants_and_seasons_are_settled_too(
        string old, string next, bool isCounted)
    {
        var text = Shipped.Text("contracts/demo.yaml").Replace(old, next, StringComparison.Ordinal)
            .Replace("calendar: {objections: 30 s}", "calendar: {final_days: 0}",
                StringComparison.Ordinal);
        var contract = Read(text);
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var log = new PublicLog(hub.Books);
        log.Begin(VerifiedTests.Leaf(contract, text));
        await AppendAsync(hub, 0, 61);
        await hub.AdvanceAsync(12, next.Contains("month", StringComparison.Ordinal) ? 0 : 1);
        var used = hub.Query<long>(
            "SELECT used_mg FROM quota WHERE subject = 'demo-bubble' ORDER BY id DESC LIMIT 1")
            .Single();
        Assert.Equal(isCounted, used > 0);
        if (hub.Query<long>("SELECT emitted_g FROM settlement") is [var grams])
        {
            Assert.InRange(grams - (used / 1_000), -1, 1);
            var settled = Standing(hub, hub.Get<ContractVersions>().PeriodAt(Records.StartMs));
            Assert.Equal([12, 12], settled.Members.Select(member => member.WindowsKnown));
            Assert.Equal([12, 12], settled.Members.Select(member => member.WindowsExpected));
        }

        var answer = await VerifiedTests.CheckAsync(log, _folder.File("copy"));
        Assert.True(answer.IsWell, string.Join('\n', answer.Findings.Faults));
    }

    private static FundCommand.ReportActivity Report(Period period, string source, long quantity) =>
        new(period.Id, source, "power", quantity, "MWh");

    private static Monitoring.Core.Fund.Answer Ask(TestHub hub, string id, FundCommand command) =>
        hub.Books.Journal.Take(
            new FundRequest(id, command), hub.Get<PeriodReckoning>().Terms, Records.StartMs);

    private static Monitoring.Core.Settlement.PeriodSettlement Standing(
        TestHub hub, Period period) =>
        new LedgerBook(hub.Books).StandingOf("demo", period.Id)!.Value.Settlement;

    private static async Task AppendAsync(TestHub hub, int from, int until)
    {
        await hub.Records.AppendAsync(Records.Span("plant-a", from, until));
        await hub.Records.AppendAsync(Records.Span("plant-b", from, until));
    }

    private static (Contract Contract, string Text) Read(string clause, string trigger)
    {
        var text = Shipped.Text("contracts/demo.yaml")
            .Replace("calendar: {objections: 30 s}", "calendar: {objections: 1 h}",
                StringComparison.Ordinal)
            .Replace("trigger: aggregate", trigger, StringComparison.Ordinal);
        text = clause switch
        {
            "refund" => text + "refund: {output: MWh, admin_percent: 5}\n",
            "credits" => text.Replace(
                    Holdings, "  measure: credits\n" + Benchmarks, StringComparison.Ordinal)
                + "data: {credit: if-complete}\n",
            _ => text.Replace(Holdings, Benchmarks, StringComparison.Ordinal),
        };
        return (Read(text), text);
    }

    private static Contract Read(string text)
    {
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return contract!;
    }
}
