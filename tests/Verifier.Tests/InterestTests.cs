using System.Text.Json.Nodes;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Core.Model;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;

namespace Monitoring.Tests;

/// <summary>
/// Interest of late charges, worked out again from the log of books that random operations wrote,
/// and of books whose charges an earlier release did not tell.
/// </summary>
public sealed class InterestTests : IDisposable
{
    private const int Steps = 250;
    private const int InterestsMin = 3;

    // Worlds with a contract that has interest, and members that are late.
    private static readonly Lazy<List<World>> Worlds = new(() =>
    [
        .. Enumerable.Range(0, 1_000).Select(seed =>
            {
                var world = new World(seed);
                world.Run(Steps);
                return world;
            })
            .Where(world => world.State.Ledger.Entries.Values
                .Count(entry => entry.Kind == "interest") >= InterestsMin)
            .Take(3),
    ]);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Sales, payments, corrections and days between them, of any seed.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void What_the_books_accrue_comes_out_of_the_log(int which)
    {
        var (entries, percent) = Entries(which);
        Assert.Equal([], Interests(entries, percent));
        Assert.Contains(entries, entry => entry.Contains("\"kind\":\"interest\""));
    }

    [Theory]
    [InlineData("InterestMinor", 1)]
    [InlineData("InterestRest", 1)]
    [InlineData("InterestFromMs", 86_400_000)]
    [InlineData("MinorUnits", 1)]
    public void Interest_that_is_another_is_found(string member, long more)
    {
        var (entries, percent) = Entries(0);
        var index = entries.FindLastIndex(entry => entry.Contains("\"kind\":\"charge-due\""));
        var leaf = JsonNode.Parse(entries[index])!;
        var body = JsonNode.Parse((string)leaf["body"]!)!;
        body[member] = (long)body[member]! + more;
        leaf["body"] = body.ToJsonString();
        entries[index] = leaf.ToJsonString();
        Assert.NotEmpty(Interests(entries, percent));
    }

    [Fact]
    public void Another_rate_than_the_contracts_is_found()
    {
        var (entries, percent) = Entries(0);
        Assert.NotEmpty(Interests(entries, percent + 1));
    }

    [Fact]
    public void Where_charges_of_an_earlier_release_are_not_told_later_ones_are_not_doubted()
    {
        var (entries, percent) = Entries(0);
        var dues = entries.FindAll(entry => entry.Contains("\"kind\":\"charge-due\""));
        Assert.Equal(
            [], Interests([.. entries.Except(dues.Take(dues.Count / 2))], percent)
                .Where(fault => fault.Contains("of interest up to")));
    }

    // Of the whole check only this: the periods of a world are not settled by its contract.
    private static List<string> Interests(IEnumerable<string> entries, double percent)
    {
        var findings = new Verifier.Findings();
        var interest = new Verifier.Interest(findings);
        interest.TakeContract(System.Text.Json.JsonDocument.Parse(
            new JsonObject
            {
                ["late"] = new JsonObject { ["interest_percent_per_year"] = percent },
            }.ToJsonString()).RootElement);
        foreach (var (i, entry) in entries.Index())
        {
            using var document = System.Text.Json.JsonDocument.Parse(entry);
            var leaf = new Verifier.Leaf(i, document.RootElement);
            if (leaf.Type == "entry")
            {
                interest.TakeEntry(leaf);
            }
            else if (leaf.Type == "act")
            {
                using var body = System.Text.Json.JsonDocument.Parse(leaf.Text("body"));
                interest.TakeAct(leaf, leaf.Text("kind"), body.RootElement);
            }
        }

        interest.End();
        return [.. findings.Faults.Select(fault => $"{fault}")];
    }

    private (List<string> Entries, double Percent) Entries(int which)
    {
        var world = Worlds.Value[which];
        var books = Books.Open(_folder.File($"books-{which}.db"));
        var log = new PublicLog(books);
        log.Begin(WrittenBooks.ContractTold);
        foreach (var asked in world.Trail)
        {
            books.Journal.Take(asked.Request, world.Terms, asked.NowMs);
        }

        Assert.Null(books.Journal.DifferenceToLedger());
        var copy = Directory.CreateDirectory(Path.Combine(_folder.Path, $"copy-{which}")).FullName;
        LogExport.Write(log, WrittenBooks.Signer, copy);
        return (SignedLog.Entries(copy), world.Terms.InterestBasisPoints / 100.0);
    }
}
