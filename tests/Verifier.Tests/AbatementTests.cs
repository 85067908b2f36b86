using System.Globalization;
using System.Text.RegularExpressions;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Engine;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;

namespace Monitoring.Tests;

/// <summary>What a project spared is measured again out of the masses in the log.</summary>
public sealed class AbatementTests : IDisposable
{
    private const long MinuteMs = 6 * WrittenBooks.WindowMs;

    private readonly TempFolder _folder = new();

    private static long StartMs => WrittenBooks.PeriodStartMs;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_measured_is_worked_out_again_from_the_log()
    {
        var (written, copy) = Export(Before, After);
        var abatement = written.Books.Journal.Read().State.Projects["p1"].Abatement!;

        // Six windows of 400 000 mg, and of half of it later, in a minute each.
        Assert.Equal((2_400, 1_200), (abatement.BeforeGrams, abatement.AfterGrams));
        Assert.Equal((60_000, 60_000), (abatement.BeforeActivity, abatement.AfterActivity));
        Assert.Equal(1_200, abatement.Grams);
        Assert.Equal(6, abatement.Proof!.Before.Facts);
        Assert.Equal("", string.Join('\n', SignedLog.Check(copy).Findings.Faults));
    }

    [Fact]
    public void What_was_made_is_what_spans_are_compared_by_where_it_was_reported()
    {
        var (written, copy) = Export(
            Before, After, Made(0, 100), Made(1, 80));
        var abatement = written.Books.Journal.Read().State.Projects["p1"].Abatement!;
        Assert.Equal("MWh", abatement.Proof!.Unit);
        Assert.Equal((2_400 * 80 / 100) - 1_200, abatement.Grams);
        Assert.Equal("", string.Join('\n', SignedLog.Check(copy).Findings.Faults));
    }

    [Theory]
    [InlineData("Milligrams", "2400000", "2400001", "says Milligrams 2400001 of the span Before")]
    [InlineData("AfterGrams", "1200", "1199", "says Grams 1199 of the span After")]
    [InlineData("BeforeActivity", "60000", "59999", "says Activity 59999 of the span Before")]
    [InlineData("MeasuredMs", "60000", "50000", "says MeasuredMs 50000 of the span Before")]
    [InlineData("FactsSha256", "\\\\\"[0-9a-f]{64}", "\\\"", "on other masses than the log told")]
    [InlineData("UntilMs", "[0-9]+", "UNTIL", "as before what was after the promise")]
    public void A_lie_about_what_was_measured_is_found(
        string member, string value, string lie, string said)
    {
        var entries = SignedLog.Entries(Export(Before, After).Copy);
        var index = entries.FindIndex(entry =>
            entry.Contains("Proof", StringComparison.Ordinal));
        lie = lie.Replace(
            "UNTIL", $"{StartMs + MinuteMs + 50_000}", StringComparison.Ordinal);
        var changed = new Regex($"({member}\\\\\":){value}").Replace(
            entries[index], match => match.Groups[1].Value + lie, 1);
        Assert.NotEqual(entries[index], changed);
        entries[index] = changed;
        Assert.Contains(
            said, string.Join('\n', SignedLog.Check(entries).Findings.Faults),
            StringComparison.Ordinal);
    }

    private static FundCommand.ReportActivity Made(int minute, long quantity)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(StartMs + (minute * MinuteMs));
        return new FundCommand.ReportActivity(
            $"demo-bubble/{at.UtcDateTime:yyyy-MM-ddTHH:mm:ssZ}", "stack-b", "power",
            quantity, "MWh");
    }

    private static AskedSpan Before => Minute(0);

    private static AskedSpan After => Minute(1);

    private static AskedSpan Minute(int minute) => new(
        DateTimeOffset.FromUnixTimeMilliseconds(StartMs + (minute * MinuteMs)),
        DateTimeOffset.FromUnixTimeMilliseconds(StartMs + ((minute + 1) * MinuteMs)));

    // The demo's binding begins later than its images.
    private static void Report(WrittenBooks written, FundCommand[] reports) => Assert.All(
        written.Books.Journal.Take(
            [.. reports.Select((report, i) => new FundRequest($"report {i}", report))],
            FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster) with
            {
                ActivityIn = period => MinuteOf(period) is var from ? new ActivityTerms(
                    from, from + MinuteMs, "", (_, _, _) => ["member-b"]) : null,
            },
            StartMs + (2 * MinuteMs)),
        answer => Assert.True(answer.IsAccepted, answer.Reason));

    private static long MinuteOf(string period) => DateTimeOffset.Parse(
        period.Split('/')[1], CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();

    private (WrittenBooks Written, string Copy) Export(
        AskedSpan before, AskedSpan after, params FundCommand[] reports)
    {
        var written = new WrittenBooks(_folder.File("books.db"));
        written.Begin();
        written.Period(0, 200_000);
        var atMs = StartMs + MinuteMs;
        written.Ask(
            atMs,
            new FundCommand.TakePayment("bank 1", "member-a", 5_000, "", atMs),
            new FundCommand.OpenCall(new Programme(
                "filters", "", Purpose.Abatement, "river", "nox", LedgerRules.AmountMax,
                long.MaxValue)),
            new FundCommand.Apply(new Project(
                "p1", "filters", "member-b", "stack-b", "river", LedgerRules.AmountMax, 1)),
            new FundCommand.IssueShares("river", 3),
            new FundCommand.Appraise("p1", 70), new FundCommand.Vote("p1", 2, 1),
            new FundCommand.Commit("p1", [100], long.MaxValue),
            new FundCommand.PayTranche("p1", 1, "bill"), new FundCommand.Complete("p1"));
        written.Period(1, 100_000);
        Report(written, reports);
        written.Ask(atMs + MinuteMs, new FundCommand.Measure("p1", before, after));
        written.Ask(atMs + MinuteMs + 1, new FundCommand.CloseProject("p1"));
        var copy = Directory.CreateDirectory(SignedLog.Copy(_folder.Path)).FullName;
        LogExport.Write(written.Log, WrittenBooks.Signer, copy);
        return (written, copy);
    }
}
