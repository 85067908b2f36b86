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
/// What a project spared, from readings over windows and facts to the act in the public log.
/// </summary>
public sealed class MeasuredProjectTests : IDisposable
{
    private const int SecondMs = 1_000;
    private const int MinuteMs = 60 * SecondMs;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(40, "HolesInFacts", "66 % of the span after was measured, and 90 % is the least")]
    [InlineData(60, "Accepted", "")]
    public async Task A_project_is_measured_by_the_facts_that_the_hub_made_of_readings(
        int secondsAfter, string reason, string said)
    {
        var (contract, text) = Read();
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var log = new PublicLog(hub.Books);
        log.Begin(VerifiedTests.Leaf(contract, text));
        await AppendAsync(hub, 0, 121, 'a');
        await hub.AdvanceAsync(24, 2);
        var atMs = Records.StartMs + (2 * MinuteMs);
        Take(hub, atMs, [.. Promised(atMs)]);

        // The next minute but one, whole or in part, and later windows that close it.
        await AppendAsync(hub, 180, 180 + secondsAfter, 'b');
        await AppendAsync(hub, 240, 301, 'c');
        for (var i = 0; i < 12; i++)
        {
            await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
            await hub.Grains.GetGrain<ISourceGrain>("stack-b").Advance();
            await hub.Grains.GetGrain<IBubbleGrain>(contract.Id).Advance();
        }

        var answer = Take(
            hub, Records.StartMs + (5 * MinuteMs),
            new FundCommand.Measure("p1", Minute(0), Minute(3)))[0];
        Assert.Equal(reason, answer.Reason);
        Assert.Contains(said, answer.Detail, StringComparison.Ordinal);
        var abatement = hub.Books.Journal.Read().State.Projects["p1"].Abatement;
        if (reason == "Accepted")
        {
            Assert.Equal(
                (GramsIn(hub, 0), GramsIn(hub, 3)),
                (abatement!.BeforeGrams, abatement.AfterGrams));
            Assert.Equal((MinuteMs, MinuteMs), (
                abatement.BeforeActivity, abatement.AfterActivity));
        }
        else
        {
            Assert.Null(abatement);
        }

        var checkedLog = await VerifiedTests.CheckAsync(log, _folder.File("copy"));
        Assert.Equal("", string.Join('\n', checkedLog.Findings.Faults));
    }

    // A sum of the facts that is no rule's.
    private static long GramsIn(TestHub hub, int minute) => (long)Math.Round(
        hub.Query<long>(
            $"""
            SELECT milligrams FROM fact JOIN window w ON w.id = fact."window"
            WHERE w.source = 'stack-b' AND pollutant = 'nox'
                AND w.start_ms >= {Records.StartMs + (minute * MinuteMs)}
                AND w.end_ms <= {Records.StartMs + ((minute + 1) * MinuteMs)}
            """).Sum() / 1_000m,
        MidpointRounding.AwayFromZero);

    private static IEnumerable<FundCommand> Promised(long atMs) =>
    [
        new FundCommand.TakePayment("bank 1", "member-a", 500, "", atMs),
        new FundCommand.OpenCall(new Programme(
            "filters", "", Purpose.Abatement, "river", "nox", LedgerRules.AmountMax,
            long.MaxValue)),
        new FundCommand.Apply(new Project(
            "p1", "filters", "member-b", "stack-b", "river", 100, 1)),
        new FundCommand.IssueShares("river", 3), new FundCommand.Appraise("p1", 70),
        new FundCommand.Vote("p1", 2, 1), new FundCommand.Commit("p1", [100], long.MaxValue),
        new FundCommand.PayTranche("p1", 1, "bill"), new FundCommand.Complete("p1"),
    ];

    private static IReadOnlyList<Monitoring.Core.Fund.Answer> Take(
        TestHub hub, long atMs, params FundCommand[] commands)
    {
        var answers = hub.Books.Journal.Take(
            [.. commands.Select((one, i) => new FundRequest($"{atMs} {i}", one))],
            hub.Get<PeriodReckoning>().Terms with { FactsIn = new MeasuredSpans(hub.Books).In },
            atMs);
        Assert.All(answers.SkipLast(1), answer => Assert.True(answer.IsAccepted, answer.Reason));
        return [.. answers.Reverse()];
    }

    private static AskedSpan Minute(int minute) => new(
        DateTimeOffset.FromUnixTimeMilliseconds(Records.StartMs + (minute * MinuteMs)),
        DateTimeOffset.FromUnixTimeMilliseconds(Records.StartMs + ((minute + 1) * MinuteMs)));

    private static async Task AppendAsync(TestHub hub, int from, int until, char epoch)
    {
        foreach (var plant in (string[])["plant-a", "plant-b"])
        {
            await hub.Records.AppendAsync(
                Records.Span(plant, from, until) with { Epoch = new string(epoch, 32) });
        }
    }

    private static (Contract Contract, string Text) Read()
    {
        var text = Shipped.Text("contracts/demo.yaml")
            .Replace("calendar: {objections: 30 s}", "calendar: {final_days: 0}",
                StringComparison.Ordinal);
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return (contract!, text);
    }
}
