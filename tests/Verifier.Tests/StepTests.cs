using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;

namespace Monitoring.Tests;

/// <summary>
/// Periods go on by the contract's calendar, projects by votes and promises, and duties are met by
/// what was given up: a hub that signs something else is told what.
/// </summary>
public sealed class StepTests : IDisposable
{
    private const int AskedMinor = 400;

    private static readonly long EndMs =
        WrittenBooks.PeriodStartMs + (6 * WrittenBooks.WindowMs);

    private static readonly string PeriodId = "demo-bubble/"
        + DateTimeOffset.FromUnixTimeMilliseconds(WrittenBooks.PeriodStartMs)
            .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'");

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Steps_in_their_time_and_a_project_to_its_end_are_well() =>
        Assert.Equal("", Faults(Entries()));

    /// <summary>Objections of the demo run for 30 s from the end of the period on.</summary>
    [Theory]
    [InlineData("\"To\":2", -1, "moves demo-bubble/")]
    [InlineData("\"To\":3", 29_999, "the contract lets it from 2025-11-24T16:01:30Z on")]
    [InlineData("\"To\":4", 29_999, "the contract lets it from 2025-11-24T16:01:30Z on")]
    [InlineData("\"To\":3", 30_000, "")]
    public void A_step_before_its_date_is_found(string step, long afterMs, string said)
    {
        var entries = Entries();
        Change(entries, step.Replace("\"", "\\\""), leaf => leaf["at_ms"] = EndMs + afterMs);
        if (said.Length == 0)
        {
            Assert.Equal("", Faults(entries));
        }
        else
        {
            Assert.Contains(said, Faults(entries), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Where_notice_was_late_what_follows_is_as_much_later()
    {
        var entries = Entries();
        Change(entries, "\"type\":\"settlement\"", leaf => leaf["settled_ms"] = EndMs + 10_000);
        Assert.Contains(
            "the contract lets it from 2025-11-24T16:01:40Z on", Faults(entries),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(2, "\"VotesFor\":2", "\"VotesFor\":3", "3 voices for it and 1 against; 3 shares")]
    [InlineData(2, "\"VotesFor\":2", "\"VotesFor\":1", "is approved by 1 voices for it and 1")]
    [InlineData(3, "\"VotesFor\":2", "\"VotesFor\":1", "has other votes")]
    [InlineData(1, "\"State\":1", "\"State\":3", "is committed, which was applied before")]
    [InlineData(3, "\"MinorUnits\":100", "\"MinorUnits\":500", "is promised 550 of 400")]
    [InlineData(3, "\"MinorUnits\":100", "\"MinorUnits\":90", "pays 100; 90 were promised")]
    [InlineData(3, "\"Zone\":\"river\"", "\"Zone\":\"hill\"", "pays 'p1' in hill out of")]
    [InlineData(4, "\"Evidence\":\"\"", "\"Evidence\":\"bill\"", "'tranche/p1/2' paid, which the")]
    public void A_project_that_goes_another_way_is_found(
        int state, string from, string to, string said)
    {
        var entries = Entries();
        var index = entries.FindIndex(entry =>
            entry.Contains("\"kind\":\"project\"", StringComparison.Ordinal)
            && entry.Contains($"\\\"State\\\":{state},", StringComparison.Ordinal));
        var changed = entries[index].Replace(
            from.Replace("\"", "\\\""), to.Replace("\"", "\\\""), StringComparison.Ordinal);
        Assert.NotEqual(entries[index], changed);
        entries[index] = changed;
        Assert.Contains(said, Faults(entries), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"Pollutant\":\"nox\"", "\"Pollutant\":\"so2\"", "for fund:local:river and so2")]
    [InlineData("\"Zone\":\"river\"", "\"Zone\":null", "its call is for fund:programme")]
    [InlineData("\"Purpose\":0", "\"Purpose\":4", "its call is for fund:reserve")]
    [InlineData("\"BudgetMinor\":400", "\"BudgetMinor\":99", "has paid 100 of a budget of 99")]
    public void A_call_that_pays_for_something_else_is_found(string from, string to, string said)
    {
        var entries = Entries();
        var index = entries.FindIndex(entry =>
            entry.Contains("\"kind\":\"programme\"", StringComparison.Ordinal));
        var changed = entries[index].Replace(
            from.Replace("\"", "\\\""), to.Replace("\"", "\\\""), StringComparison.Ordinal);
        Assert.NotEqual(entries[index], changed);
        entries[index] = changed;
        Assert.Contains(said, Faults(entries), StringComparison.Ordinal);
    }

    [Fact]
    public void A_tranche_that_nobody_promised_is_found()
    {
        var entries = Entries();
        entries.RemoveAll(entry => Regex.IsMatch(entry, "State[^:]*:[3-9].*\"project\""));
        Assert.Contains(
            "pays what was promised to no project", Faults(entries), StringComparison.Ordinal);
    }

    /// <summary>What is called met has to be given up.</summary>
    [Fact]
    public void A_duty_that_is_met_by_nothing_is_found()
    {
        var entries = Entries();
        entries.Add(new JsonObject
        {
            ["at_ms"] = EndMs,
            ["body"] = JsonSerializer.Serialize(new
            {
                Id = "elsewhere/member-a", Member = "member-a", PeriodId = "elsewhere",
                Vintage = "2027", DueGrams = 5, MetGrams = 5, DueMs = 0,
            }),
            ["id"] = 900, ["kind"] = "duty", ["request"] = "meet", ["type"] = "act",
        }.ToJsonString());
        Assert.Contains(
            "has 0 g on member:member-a:made-good/2027; the duties say that 5 were given up",
            Faults(entries), StringComparison.Ordinal);
    }

    private List<string> Entries()
    {
        var written = new WrittenBooks(_folder.File("books.db"));
        written.Begin();
        written.Period(0, 200_000);
        written.Ask(
            EndMs + 31_000,
            new FundCommand.TakePayment("bank 1", "member-a", 5_000, "", EndMs),
            new FundCommand.OpenCall(new Programme(
                "filters", "", Purpose.Abatement, "river", "nox", AskedMinor, long.MaxValue)),
            new FundCommand.Apply(new Project(
                "p1", "filters", "member-b", "stack-b", "river", AskedMinor, 1)),
            new FundCommand.IssueShares("neighbours", 3),
            new FundCommand.Appraise("p1", 70), new FundCommand.Vote("p1", 2, 1),
            new FundCommand.Commit("p1", [100, 50], EndMs + 1_000_000),
            new FundCommand.PayTranche("p1", 1, "bill"), new FundCommand.Complete("p1"),
            new FundCommand.Verify("p1", new Abatement(9, 5, 1, 1)),
            new FundCommand.CloseProject("p1"));
        var books = written.Books.Journal;
        foreach (var to in (PeriodState[])[PeriodState.Final, PeriodState.Sealed])
        {
            // The hub itself asks.
            Assert.True(books.Take(
                new FundRequest($"{to}", new FundCommand.MovePeriod(PeriodId, to)),
                new FundTerms
                {
                    Currency = "EUR",
                    Allowances = new AllowanceTerms
                    {
                        Bubble = "demo-bubble", Pollutant = "nox",
                    },
                },
                EndMs + 32_000).IsAccepted);
        }

        var copy = Directory.CreateDirectory(SignedLog.Copy(_folder.Path)).FullName;
        LogExport.Write(written.Log, WrittenBooks.Signer, copy);
        return SignedLog.Entries(copy);
    }

    private static void Change(List<string> entries, string part, Action<JsonNode> change)
    {
        var index = entries.FindIndex(entry => entry.Contains(part, StringComparison.Ordinal));
        var leaf = JsonNode.Parse(entries[index])!;
        change(leaf);
        entries[index] = leaf.ToJsonString();
    }

    private static string Faults(IEnumerable<string> entries) =>
        string.Join('\n', SignedLog.Check(entries).Findings.Faults);
}
