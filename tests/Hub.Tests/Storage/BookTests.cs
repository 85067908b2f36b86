using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Alerts;
using Monitoring.Core.Averaging;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Core.Mass;
using Monitoring.Core.Settlement;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;

namespace Monitoring.Tests.Storage;

public sealed class BookTests : IDisposable
{
    private static readonly ImmutableDictionary<string, long> NothingSeen =
        ImmutableDictionary<string, long>.Empty;

    private static readonly Contract Contract = Shipped.Contract;

    private static readonly Period Period = Period.Containing(
        Contract, DateTimeOffset.FromUnixTimeMilliseconds(Images.StartMs));

    private readonly TempFolder _folder = new();
    private readonly Books _books;

    public BookTests() => _books = Books.Open(_folder.File("books.db"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Facts_and_position_move_together_and_once()
    {
        var book = new FactBook(_books);
        var result = Result(Images.Full());
        Assert.Null(book.PositionOf("stack-a"));

        await book.WriteAsync(Images.Source, result, 7, 1_000, NothingSeen);
        Assert.Equal(Images.Window.EndMs, book.PositionOf("stack-a"));
        await Assert.ThrowsAsync<SqliteException>(
            () => book.WriteAsync(Images.Source, result, 7, 1_000, NothingSeen));

        Assert.Equal(2, Count("fact"));
        Assert.Equal(20, Query<long>("SELECT SUM(images) FROM fate WHERE rule = ''"));
        var fact = book.FactsOf("nox", Images.StartMs, Images.StartMs + 1).Single();
        Assert.Equal(result.Facts.Single(it => it.Pollutant == "nox").Id, fact.Id);
        Assert.Equal(("member-a", "river", 1L), (fact.Member, fact.Zone, fact.Revision));
        var found = book.Find(fact.Id)!.Value;
        Assert.Equal((fact, 7L), (found.Fact, found.Window.LogId));
        Assert.Null(book.Find("nothing"));
        Assert.Empty(book.FactsOf("nox", Images.StartMs + 1, long.MaxValue));
    }

    [Fact]
    public async Task A_failure_among_the_facts_leaves_neither_window_nor_position()
    {
        var book = new FactBook(_books);
        Execute("CREATE TRIGGER full BEFORE INSERT ON fact BEGIN SELECT RAISE(ABORT, 'full'); END");
        await Assert.ThrowsAsync<SqliteException>(
            () => book.WriteAsync(Images.Source, Result(Images.Full()), 7, 1_000, NothingSeen));

        Assert.Equal((0, 0), (Count("window"), Count("fate")));
        Assert.Null(book.PositionOf("stack-a"));
        Execute("DROP TRIGGER full");
        await book.WriteAsync(Images.Source, Result(Images.Full()), 7, 1_000, NothingSeen);
    }

    [Fact]
    public async Task A_window_without_coverage_has_a_reason_and_no_fact()
    {
        var book = new FactBook(_books);
        await book.WriteAsync(Images.Source, Result(Images.Full(gas: 3)), 7, 1_000, NothingSeen);

        Assert.Equal(0, Count("fact"));
        Assert.Equal("coverage", Query<string>("SELECT no_fact_because FROM window"));
        Assert.Equal(13, Query<long>("SELECT SUM(images) FROM fate WHERE rule <> ''"));
        Assert.Equal(0, Query<long>(
            "SELECT COUNT(*) FROM average WHERE value IS NULL AND absent_because IS NULL"));
    }

    [Fact]
    public async Task The_newest_revision_counts()
    {
        var book = new FactBook(_books);
        await book.WriteAsync(Images.Source, Result(Images.Full()), 7, 1_000, NothingSeen);
        var second = Result(Images.Full(gas: 9), revision: 2);
        await book.WriteAsync(Images.Source, second, 9, 2_000, NothingSeen);
        var fact = book.FactsOf("nox", Images.StartMs, Images.StartMs + 1).Single();
        Assert.Equal(
            (second.Facts.Single(it => it.Pollutant == "nox").Id, 2L), (fact.Id, fact.Revision));
        Assert.Equal(4, Count("fact"));

        // A revision without a fact takes its place too.
        await book.WriteAsync(
            Images.Source, Result(Images.Full(gas: 3), revision: 3), 11, 3_000, NothingSeen);
        Assert.Empty(book.FactsOf("nox", Images.StartMs, Images.StartMs + 1));
        var (_, touched) = book.StartsAfter(["nox"], 2, 0);
        Assert.Equal([Images.StartMs], touched);
    }

    [Fact]
    public void Which_periods_a_window_touches_is_found_by_index_alone()
    {
        using var connection = _books.Database.Connect();
        var plan = connection.Query<(long, long, long, string Detail)>(
            $"EXPLAIN QUERY PLAN {FactBook.StartsAfterSql}",
            new { pollutants = new[] { "nox" }, windowId = 1, newest = 9, fromMs = 0 })
            .Select(step => step.Detail).ToList();
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN", StringComparison.Ordinal));
        Assert.Contains(plan, step => step.Contains("fact_by_window", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_position_never_goes_back()
    {
        var facts = new FactBook(_books);
        await facts.MoveToAsync("s", 50);
        await facts.MoveToAsync("s", 40);
        Assert.Equal(50, facts.PositionOf("s"));
    }

    [Fact]
    public void A_settlement_is_booked_once_and_read_as_it_was()
    {
        var book = new LedgerBook(_books);
        var (settlement, entry) = Settled();

        Assert.Equal("Accepted", Book(book, settlement, entry));
        Assert.Equal("AlreadyBooked", Book(book, settlement, entry));
        Assert.Equal((1, 1), (Count("entry"), Count("settlement")));
        Assert.Equal(0, Query<long>("SELECT SUM(amount) FROM posting"));
        var read = book.SettlementFor(settlement.Charges[0].Id)!;
        Assert.Equal(settlement.Id, read.Id);
        Assert.Equal(settlement.Members, read.Members);
        Assert.Equal(settlement.Trace.Parts.Length, read.Trace.Parts.Length);
        Assert.Equal(settlement.Id, book.SettlementFor(settlement.Id)!.Id);
        Assert.Null(book.SettlementFor("nothing"));
    }

    [Fact]
    public void Another_entry_under_the_same_key_leaves_everything_as_it_is()
    {
        var book = new LedgerBook(_books);
        var (settlement, entry) = Settled();
        _books.Journal.Take(
            new FundRequest("other", new FundCommand.BookCharges(
                Period.Id,
                Transaction.Of(
                    entry!.IdempotencyKey, "charge", "other/period", entry.Postings),
                FundClauses.DuesOf(Contract, Period, settlement, 1), 0)),
            Terms, 1);

        Assert.Equal("KeyConflict", Book(book, settlement, entry));
        Assert.Equal((1, 0), (Count("entry"), Count("settlement")));
        Assert.Equal(1, Count("journal"));
    }

    [Fact]
    public void An_unbalanced_entry_is_not_booked()
    {
        var book = new LedgerBook(_books);
        var (settlement, entry) = Settled();
        var broken = entry! with { Postings = entry.Postings.RemoveAt(0) };

        Assert.Equal("LinesDiffer", Book(book, settlement, broken));
        Assert.Equal((0, 0, 0), (Count("entry"), Count("posting"), Count("settlement")));
        Assert.Equal(0, Count("journal"));
    }

    [Theory]
    [InlineData("UPDATE entry SET kind = 'x'")]
    [InlineData("DELETE FROM entry")]
    [InlineData("UPDATE posting SET amount = 0")]
    [InlineData("DELETE FROM posting")]
    [InlineData("INSERT OR REPLACE INTO entry SELECT * FROM entry")]
    [InlineData("INSERT OR REPLACE INTO posting SELECT * FROM posting")]
    [InlineData("UPDATE journal SET answer = ''")]
    [InlineData("DELETE FROM journal")]
    [InlineData("INSERT OR REPLACE INTO journal SELECT * FROM journal")]
    [InlineData("UPDATE settlement SET total_minor = 0")]
    [InlineData("DELETE FROM charge")]
    public void The_ledger_refuses_to_change(string sql)
    {
        var (settlement, entry) = Settled();
        Book(new LedgerBook(_books), settlement, entry);

        Assert.Throws<SqliteException>(() => Execute(sql));
        Assert.True(Query<long>("SELECT SUM(ABS(amount)) FROM posting") > 0);
    }

    [Fact]
    public async Task Alert_states_are_read_as_written_and_a_transition_only_once()
    {
        var book = new QuotaBook(_books);
        var key = new AlertKey(Contract.Id, Period.Id, "member-a", AlertLevel.Member);
        var seen = AlertRules.Observe(
            Contract, Period, QuotaLimits.Given(Contract, Period),
            new Dictionary<string, MemberUse>
            {
                ["member-a"] = new(900_000, TimeSpan.FromSeconds(9)),
            },
            true).Single(it => it.Key == key);
        var step = AlertRules.Step(AlertState.Initial(key), seen, DateTimeOffset.UnixEpoch);
        var write = new QuotaStep(
            Contract, Period, [new QuotaLine("member-a", 5, 900_000, 480_000, null)],
            [step.State], [step.Transition!], []);

        await book.WriteAsync(write);
        Assert.Equal(step.State, Assert.Single(book.AlertStates(Contract.Id, Period.Id)).Value);
        Assert.Empty(book.AlertStates(Contract.Id, "other"));

        // The same transition again is a fault of the caller, and its line is not kept either.
        await Assert.ThrowsAsync<SqliteException>(
            () => book.WriteAsync(write));
        Assert.Equal((1, 1), (Count("alert"), Count("quota")));

        // A period that is over takes its states with it.
        var end = AlertRules.End(step.State, seen, DateTimeOffset.UnixEpoch);
        await book.WriteAsync(write with
        {
            States = [end.State], Transitions = [end.Transition!], IsPeriodOver = true,
        });
        Assert.Empty(book.AlertStates(Contract.Id, Period.Id));
    }

    private static WindowResult Result(
        Dictionary<string, ImmutableArray<SourceImage>> images, int revision = 1) =>
        WindowCalculation.Compute(
            Images.Source, Shipped.Profile, Images.Window, images, revision,
            DateTimeOffset.UnixEpoch);

    private static (PeriodSettlement Settlement, Transaction? Entry) Settled()
    {
        var settlement = SettlementRules.Settle(
            Contract, Period,
            [
                new EmittedMass(
                    "f", "stack-a", "member-a", "nox", Period.Start, Period.End, 3_000_000),
            ],
            new Dictionary<string, int> { ["member-a"] = 6, ["member-b"] = 6 });
        return (settlement,
            FundPostings.ForCharges(Contract, settlement, ZoneKeys.Of(Shipped.Cluster, Contract)));
    }

    private static FundTerms Terms => FundClauses.TermsOf(Contract, Shipped.Cluster);

    private static string Book(
        LedgerBook book, PeriodSettlement settlement, Transaction? entry) =>
        book.Book(
            new SettledPeriod(Period, "nox", settlement, 1),
            FundClauses.RequestsOf(
                Contract, Period, settlement, entry, PeriodState.Open, 1), Terms, 1).Reason;

    private long Count(string table) => Query<long>($"SELECT COUNT(*) FROM {table}");

    private T Query<T>(string sql)
    {
        using var connection = _books.Database.Connect();
        return connection.QuerySingle<T>(sql);
    }

    private void Execute(string sql)
    {
        using var connection = _books.Database.Connect();
        connection.Execute(sql);
    }
}
