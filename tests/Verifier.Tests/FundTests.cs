using System.Text.RegularExpressions;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;

namespace Monitoring.Tests;

/// <summary>Payments and tranches are in the log, and nobody pays what is not there.</summary>
public sealed class FundTests : IDisposable
{
    private const int PaidMinor = 5_000;
    private const int TrancheMinor = 100;

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_project_that_was_paid_out_of_its_zone_is_well()
    {
        var answer = SignedLog.Check(Export());
        Assert.Equal("", string.Join('\n', answer.Findings.Faults));
        Assert.Contains("3 entries of the ledger balance", answer.Sentence);
    }

    /// <summary>In the entry of a tranche both postings change, so that it balances.</summary>
    [Theory]
    [InlineData("100([,}])", "999999${1}", "is overdrawn by", "fund:local:river, lot 'member-a/")]
    [InlineData("100([,}])", "999999${1}", "fund:cash is overdrawn by 994999 money:EUR")]
    [InlineData("(\"lot\":\")member-a", "${1}member-b", "lot 'member-b/nox/", "overdrawn by 100")]
    [InlineData("fund:local:river", "fund:local:hill", "fund:local:hill, lot 'member-a/nox/")]
    [InlineData("fund:cash", "fund:pocket", "on 'fund:pocket', which is no account of theirs")]
    public void A_tranche_of_what_is_not_there_is_found(
        string pattern, string lie, params string[] said)
    {
        var entries = SignedLog.Entries(Export());
        var index = entries.FindIndex(entry =>
            entry.Contains("\"kind\":\"tranche\",", StringComparison.Ordinal)
            && entry.Contains("\"type\":\"entry\"", StringComparison.Ordinal));
        var changed = Regex.Replace(entries[index], pattern, lie);
        Assert.NotEqual(entries[index], changed);
        entries[index] = changed;
        var faults = Faults(entries);

        Assert.All(said, part => Assert.Contains(part, faults, StringComparison.Ordinal));
    }

    [Fact]
    public void A_payment_that_never_came_leaves_the_cash_overdrawn()
    {
        var entries = SignedLog.Entries(Export());
        entries.RemoveAll(entry => entry.Contains("\"kind\":\"payment\",", StringComparison.Ordinal)
            && entry.Contains("\"type\":\"entry\"", StringComparison.Ordinal));

        Assert.Contains(
            "fund:cash is overdrawn by 100 money:EUR", Faults(entries), StringComparison.Ordinal);
    }

    private string Export()
    {
        var written = new WrittenBooks(_folder.File("books.db"));
        written.Begin();
        written.Period(0, 200_000);
        var atMs = WrittenBooks.PeriodStartMs + (7 * WrittenBooks.WindowMs);
        written.Ask(
            atMs,
            new FundCommand.TakePayment("bank 1", "member-a", PaidMinor, "", atMs),
            new FundCommand.OpenCall(new Programme(
                "filters", "", Purpose.Abatement, "river", "nox", LedgerRules.AmountMax,
                long.MaxValue)),
            new FundCommand.Apply(new Project(
                "p1", "filters", "member-b", "stack-b", "river", LedgerRules.AmountMax, 1)),
            new FundCommand.IssueShares("river", 3),
            new FundCommand.Appraise("p1", 70), new FundCommand.Vote("p1", 2, 1),
            new FundCommand.Commit("p1", [TrancheMinor], atMs + 1_000_000),
            new FundCommand.PayTranche("p1", 1, "bill"));
        var copy = Directory.CreateDirectory(SignedLog.Copy(_folder.Path)).FullName;
        LogExport.Write(written.Log, WrittenBooks.Signer, copy);
        return copy;
    }

    private static string Faults(IEnumerable<string> entries) =>
        string.Join('\n', SignedLog.Check(entries).Findings.Faults);
}
