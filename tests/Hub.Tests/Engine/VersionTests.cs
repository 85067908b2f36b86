using System.Text;
using Monitoring.Core.Contracts;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Engine;

/// <summary>A later version holds from its own start on, and an earlier one until then.</summary>
public sealed class VersionTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Each_period_is_settled_and_put_right_by_the_version_of_its_time()
    {
        var (first, document) = Read(Shipped.Text("contracts/demo.yaml"));
        var (second, _) = Read(Later("rate_per_kg: 100.00"));
        new ContractBook(Books.Open(_folder.File("books.db"))).Keep(first.Id, first.Hash, document);
        await using var hub = await TestHub.StartAsync(_folder, contract: second);
        var log = new PublicLog(hub.Books);
        log.Begin(VerifiedTests.Leaf(first, Shipped.Text("contracts/demo.yaml")));
        log.Begin(VerifiedTests.Leaf(second, Later("rate_per_kg: 100.00")));
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 181));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 181));
        await hub.AdvanceAsync(36, 3);
        Assert.Equal(
            [first.Hash, first.Hash, second.Hash],
            hub.Query<string>("SELECT contract_hash FROM settlement ORDER BY end_ms"));
        var totals = hub.Query<long>("SELECT total_minor FROM settlement ORDER BY end_ms");
        Assert.True(totals[0] > 0);
        Assert.Equal([totals[0], 2 * totals[0]], totals.Skip(1));

        // What comes late for the first period is judged by its own contract too.
        await hub.Records.AppendAsync(Records.One(
            363, Records.Gas(0, 900) with { TimeMs = Records.StartMs + 5_500 }));
        await hub.AdvanceAsync(37, 4);
        Assert.Equal(
            first.Hash,
            hub.Query<string>("SELECT contract_hash FROM settlement WHERE revision = 2").Single());
        var answer = await VerifiedTests.CheckAsync(log, _folder.File("copy"));
        Assert.Equal("", string.Join('\n', answer.Findings.Faults));
        Assert.Contains("2 of 2 parties signed version 2", answer.Sentence);
    }

    [Fact]
    public void A_vintage_is_that_of_the_version_of_its_time()
    {
        var books = Books.Open(_folder.File("books.db"));
        var (first, document) = Read(Shipped.Text("contracts/demo.yaml"));
        var (second, _) = Read(Later("cap: 2000", "mass: 320"));
        new ContractBook(books).Keep(first.Id, first.Hash, document);
        var versions = new ContractVersions(books, second);
        var terms = FundClauses.TermsOf(versions, Shipped.Cluster).Allowances;
        Assert.Equal(300, terms.VintageOf("2026-03-01T00:01:00Z")!.Holdings["member-a"]);
        Assert.Equal(320, terms.VintageOf("2026-03-01T00:02:00Z")!.Holdings["member-a"]);
        Assert.Equal(
            (first.Hash, first.Hash, second.Hash),
            (versions.At(DateTimeOffset.MinValue).Hash, versions.Before!.Hash,
                versions.At(second.InForce).Hash));
        Assert.Null(versions.Of("another"));
    }

    [Fact]
    public void A_version_begins_with_a_period_of_the_one_before_and_after_what_is_settled()
    {
        var books = Books.Open(_folder.File("books.db"));
        var hours = Shipped.Text("contracts/demo.yaml")
            .Replace("period: 60 s", "period: 1 h", StringComparison.Ordinal);
        var (first, document) = Read(hours);
        new ContractBook(books).Keep(first.Id, first.Hash, document);
        Assert.Contains(
            "inside a period of version 1 that ends at 2026-03-01T01:00:00",
            Assert.Single(Faults(books, Read(Later("rate_per_kg: 100.00")).Contract)),
            StringComparison.Ordinal);

        using var connection = books.Database.Connect();
        Dapper.SqlMapper.Execute(
            connection,
            """
            INSERT INTO settlement(id, contract, contract_hash, period, start_ms, end_ms,
                settled_ms, emitted_g, cap_g, excess_g, total_minor, windows_known,
                windows_expected, verdict, pollutant, seen, revision)
            VALUES('s', 'demo', @Hash, 'p', @endMs - 3600000, @endMs, 0, 0, 0, 0, 0, 0, 0, '',
                'nox', 0, 1)
            """,
            new { first.Hash, endMs = Records.StartMs + 7_200_000 });
        var early = Read(hours.Replace("version: 1", "version: 2", StringComparison.Ordinal)
            .Replace("2026-01-01T00", "2026-03-01T01", StringComparison.Ordinal)).Contract;
        Assert.Contains(
            "settled by version 1", Assert.Single(Faults(books, early)), StringComparison.Ordinal);
        Assert.Empty(Faults(books, early with { InForce = early.InForce.AddHours(1) }));
    }

    private static IReadOnlyList<string> Faults(Books books, Contract contract) =>
        Continuity.FaultsOf(
            new FactBook(books), new LedgerBook(books), Shipped.Cluster with { Sources = [] },
            new ProfileSet(new Dictionary<string, Monitoring.Core.Averaging.Profile>()),
            new ContractVersions(books, contract));

    /// <summary>The demo's second version, in force two minutes after the records begin.</summary>
    private static string Later(params string[] lines) => lines.Aggregate(
        Shipped.Text("contracts/demo.yaml")
            .Replace("version: 1", "version: 2", StringComparison.Ordinal)
            .Replace("2026-01-01T00:00:00Z", "2026-03-01T00:02:00Z", StringComparison.Ordinal),
        (text, line) =>
        {
            var (key, value) = (line.Split(' ')[0], line.Split(' ')[1]);
            var at = text.IndexOf($" {key} ", StringComparison.Ordinal) + key.Length + 2;
            return text[..at] + value + text[text.IndexOfAny(['\n', '}', ','], at)..];
        });

    private static (Contract Contract, byte[] Document) Read(string text)
    {
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), ContractSurroundings.None, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        return (contract!, DocumentNode.Parse("demo.yaml", text, faults).Canonical());
    }
}
