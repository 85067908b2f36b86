using System.Collections.Immutable;
using Dapper;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Tests.Storage;

/// <summary>What the hub believes has to be what everybody else can read.</summary>
public sealed class JournalAuditTests : IDisposable
{
    private const string Period = "demo-bubble/2026-11-24T10:15:00Z";

    private static readonly FundTerms Terms = new()
    {
        Allowances = new AllowanceTerms { Bubble = "demo-bubble", Pollutant = "nox" },
        Currency = "EUR",
        SelfPercent = 100,
        InterestBasisPoints = 1_000,
    };

    private readonly TempFolder _folder = new();
    private readonly Books _books;
    private int _asked;

    public JournalAuditTests()
    {
        _books = Books.Open(_folder.File("books.db"));
        Write();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Books_that_only_the_hub_wrote_differ_in_nothing()
    {
        Assert.Null(_books.Journal.DifferenceToLedger());
        Assert.True(_books.Journal.Read().Rows > 10);
    }

    [Theory]
    [InlineData("journal", "events", "-2300,", "-230000,", "charges", "-230000 money:EUR")]
    [InlineData(
        "journal", "events", "\"MinorUnits\":2300,\"DueMs\"", "\"MinorUnits\":230000,\"DueMs\"",
        "charges", "the act 'charge-due'")]
    [InlineData("journal", "events", "\"InterestMinor\":1", "\"InterestMinor\":9", "interest", "")]
    [InlineData("journal", "events", "local:river", "local:hill", "charges", "fund:local:hill")]
    [InlineData("journal", "events", "member-a/nox", "member-b/nox", "charges", "member-b/nox")]
    [InlineData("journal", "events", "\"Shares\":3", "\"Shares\":30000", "shares", "act 'shares'")]
    [InlineData("journal", "events", "biased", "fine", "objection", "act 'objection'")]
    [InlineData("journal", "at_ms", "", "77", "tranche", "tranche/p/1")]
    [InlineData("posting", "amount", "2300", "2301", "charges", "entry ")]
    [InlineData("posting", "lot", "/nox/", "/so2/", "charges", "so2")]
    [InlineData("entry", "period", Period, "demo-bubble/2027-11-24T10:15:00Z", "charges", "2027")]
    [InlineData("act", "body", "\"Shares\":3", "\"Shares\":4", "shares", "act 'shares'")]
    public void A_changed_row_is_named(
        string table, string column, string from, string to, string id, string told)
    {
        using (var connection = _books.Database.Connect())
        {
            connection.Execute($"DROP TRIGGER {table}_stays");
            var changed = connection.Execute(
                from.Length > 0
                    ? $"UPDATE {table} SET {column} = replace({column}, @from, @to) "
                        + $"WHERE instr({column}, @from) > 0"
                    : $"UPDATE {table} SET {column} = @to WHERE id = 'tranche'",
                new { from, to });
            Assert.True(changed > 0);
        }

        var difference = Books.Open(_books.Database.Path).Journal.DifferenceToLedger();
        Assert.NotNull(difference);
        Assert.Matches($@"^table 'journal', row \d+ \('{id}", difference);
        Assert.Contains(told, difference, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("journal", "id = 'shares'", "table 'journal', row")]
    [InlineData("act", "kind = 'shares'", "act 'shares'")]
    [InlineData("entry", "kind = 'charge'", "'charges'")]
    public void A_missing_row_is_noticed(string table, string where, string told)
    {
        using (var connection = _books.Database.Connect())
        {
            connection.Execute(
                $"PRAGMA foreign_keys = OFF; DROP TRIGGER {table}_remains; "
                    + $"DELETE FROM {table} WHERE {where}");
        }

        Assert.Contains(
            told, Books.Open(_books.Database.Path).Journal.DifferenceToLedger(),
            StringComparison.Ordinal);
    }

    /// <summary>An earlier release told none; from the first one on none may miss.</summary>
    [Theory]
    [InlineData("", null)]
    [InlineData("AND id = 'charges'", null)]
    [InlineData("AND id = 'interest'", "row 6 ('interest'): the act 'charge-due' in the public")]
    public void Charges_are_told_from_the_first_one_on(string which, string? told)
    {
        using (var connection = _books.Database.Connect())
        {
            connection.Execute(
                $"DROP TRIGGER act_remains; DELETE FROM act WHERE kind = 'charge-due' {which}");
        }

        var difference = Books.Open(_books.Database.Path).Journal.DifferenceToLedger();
        if (told is null)
        {
            Assert.Null(difference);
        }
        else
        {
            Assert.Contains(told, difference, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Charges_that_are_not_told_are_held_against_their_entries()
    {
        using (var connection = _books.Database.Connect())
        {
            connection.Execute(
                "DROP TRIGGER act_remains; DROP TRIGGER journal_stays; "
                    + "DELETE FROM act WHERE kind = 'charge-due'; UPDATE journal SET events = "
                    + "replace(events, '\"MinorUnits\":2300,\"DueMs\"', "
                    + "'\"MinorUnits\":230000,\"DueMs\"')");
        }

        Assert.Contains(
            "charges of member-a are not",
            Books.Open(_books.Database.Path).Journal.DifferenceToLedger(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void An_entry_that_nobody_asked_for_is_named()
    {
        using (var connection = _books.Database.Connect())
        {
            connection.Execute(
                "INSERT INTO entry(id, idempotency_key, kind, period, booked_ms) "
                    + "VALUES('x', 'forged', 'charge', 'p', 1)");
        }

        Assert.Contains(
            "('forged') is in no row of the journal", _books.Journal.DifferenceToLedger(),
            StringComparison.Ordinal);
    }

    private void Write()
    {
        var entry = Transaction.Of("charge/1", "charge", Period,
        [
            new Posting(Accounts.Receivable("member-a"), Terms.Money, 2_300, "c"),
            new Posting(Accounts.Local("river"), Terms.Money, -2_300, "c")
            {
                Lot = $"member-a/nox/{Period}",
            },
        ]);
        Do("closing", new FundCommand.MovePeriod(Period, PeriodState.Closing));
        Do("noticed", new FundCommand.MovePeriod(Period, PeriodState.Noticed));
        Do("charges", new FundCommand.BookCharges(
            Period, entry, [new MemberDue("c", "member-a", 2_300, 5, "2027")], 0));
        Do("objection", new FundCommand.FileObjection("member-a", Period, "biased"));
        Do("shares", new FundCommand.IssueShares("river-7", 3));
        Do("interest", new FundCommand.AccrueInterest(), 2 * Ageing.DayMs);
        Do("pay", new FundCommand.TakePayment("bank-1", "member-a", 2_000, "rent of Ivan", 0));
        Do("call", new FundCommand.OpenCall(new Programme(
            "call", "A call", Purpose.Abatement, "river", "nox", 1_000, long.MaxValue)));
        Do("apply", new FundCommand.Apply(
            new Project("p", "call", "x", "s", "river", 1_000, 1)));
        Do("appraise", new FundCommand.Appraise("p", 80));
        Do("vote", new FundCommand.Vote("p", 2, 1));
        Do("commit", new FundCommand.Commit("p", [600, 400], long.MaxValue));
        Do("tranche", new FundCommand.PayTranche("p", 1, "invoice"));
        Do("complete", new FundCommand.Complete("p"));
        Do("refused", new FundCommand.Complete("p"), isAccepted: false);
    }

    private void Do(string id, FundCommand command, long nowMs = 0, bool isAccepted = true)
    {
        _asked = Math.Max(_asked + 1, (int)nowMs);
        var answer = _books.Journal.Take(new FundRequest(id, command), Terms, _asked);
        Assert.True(answer.IsAccepted == isAccepted, $"{id}: {answer.Reason} {answer.Detail}");
    }
}
