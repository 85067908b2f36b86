using System.Text;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;
using Monitoring.Verifier;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Engine;

/// <summary>What a running hub books, somebody who shares no code with it finds in order.</summary>
public sealed class VerifiedTests : IDisposable
{
    private static readonly NoteSigner Signer = new(
        "monitoring/demo", SignatureKind.Ed25519, [.. Enumerable.Repeat((byte)7, 32)]);

    private const string Flow =
        "bank: {carry: flow-control, free_percent: 1, beyond: 1.5, borrow_percent: 10}";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("calendar: {objections: 1 h}", Flow)]
    [InlineData("calendar: {final_days: 0}", Flow)]
    [InlineData("calendar: {final_days: 0}", "bank: {carry: none}")]
    public async Task Sales_banking_duties_and_late_data_come_out_for_a_resident(
        string calendar, string bank)
    {
        var text = Shipped.Text("contracts/demo.yaml")
            .Replace("calendar: {objections: 30 s}", calendar, StringComparison.Ordinal)
            + $"{bank}\nmake_good: {{ratio: 1.3}}\n";
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults)!;
        Assert.Equal("", string.Join('\n', faults.All));
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        var log = new PublicLog(hub.Books);
        log.Begin(Leaf(contract, text));
        Sell(hub, contract);
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 181));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 181));
        await hub.AdvanceAsync(36, 3);
        await hub.Records.AppendAsync(Records.One(
            363, Records.Gas(0, 900) with { TimeMs = Records.StartMs + 5_500 }));
        for (var i = 0; i < 20 && Settlements(hub) < 4; i++)
        {
            await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
            await hub.Grains.GetGrain<IBubbleGrain>(contract.Id).Advance();
        }

        Assert.True(Settlements(hub) >= 4);
        Assert.True(hub.Query<long>("SELECT COUNT(*) FROM act WHERE kind = 'duty'").Single() > 0);
        var answer = await CheckAsync(log, _folder.File("copy"));
        Assert.True(answer.IsWell, string.Join('\n', answer.Findings.Faults));
    }

    private static long Settlements(TestHub hub) =>
        hub.Query<long>("SELECT COUNT(*) FROM settlement").Single();

    /// <summary>The contract, signed by both members of the demo.</summary>
    internal static byte[] Leaf(Contract contract, string text) =>
        WrittenBooks.Told(contract, text);

    internal static Task<Verifier.Answer> CheckAsync(PublicLog log, string copy)
    {
        Directory.CreateDirectory(copy);
        LogExport.Write(log, Signer, copy);
        return Check.Run(LogFiles.At(copy), new Question(null, [], null), TimeProvider.System);
    }

    private static void Sell(TestHub hub, Contract contract)
    {
        var period = Period.Containing(
            contract, DateTimeOffset.FromUnixTimeMilliseconds(Records.StartMs));
        var answers = hub.Books.Journal.Take(
            [
                new FundRequest("sale", new FundCommand.ProposeTransfer(
                    "member-b", "member-a", FundClauses.VintageOf(period), 100, long.MaxValue)),
                new FundRequest("yes", new FundCommand.DecideTransfer("sale", "member-a", true)),
            ],
            FundClauses.TermsOf(contract, Shipped.Cluster), Records.StartMs);
        Assert.All(answers, answer => Assert.True(answer.IsAccepted, answer.Reason));
    }
}
