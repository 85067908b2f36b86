using Dapper;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;

namespace Monitoring.Tests.Engine;

/// <summary>From notice over objections to the end of a period, and what late data do.</summary>
public sealed class ReviewTests : IDisposable
{
    private const string Kinds = "SELECT kind FROM entry ORDER BY seq";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Before_it_is_final_late_data_put_a_period_right_in_its_own_books()
    {
        await using var hub = await StartAsync(TimeSpan.FromHours(1));
        await AppendAsync(hub);
        await hub.AdvanceAsync(12, 1);
        var period = PeriodOf(hub);
        Assert.Equal(PeriodState.Noticed, StateOf(hub, period));

        await hub.Records.AppendAsync(Late);
        await hub.AdvanceAsync(13, 2);
        Assert.Equal(["charge", "correction", "correction"], hub.Query<string>(Kinds));
        Assert.Equal([period], hub.Query<string>("SELECT DISTINCT period FROM entry"));
        var standing = new LedgerBook(hub.Books).StandingOf("demo", period)!.Value.Settlement;
        Assert.Equal(
            hub.Query<string>("SELECT id FROM settlement WHERE revision = 1").Single(),
            standing.Replaces);
        Assert.Equal(standing.TotalMinorUnits, Owed(hub));
        Assert.Null(new LedgerBook(hub.Books).ChangeOf(standing.Id));

        // The same again, and from the start on: nothing new.
        await hub.Grains.GetGrain<IFundGrain>("demo").Review([Records.StartMs]);
        Assert.Equal(3, hub.Query<long>("SELECT COUNT(*) FROM entry").Single());
    }

    [Fact]
    public async Task A_final_period_stays_and_the_open_one_takes_the_difference()
    {
        await using (var hub = await StartAsync(objections: null))
        {
            await AppendAsync(hub);
            await hub.AdvanceAsync(12, 1);
            Assert.Equal(PeriodState.Sealed, StateOf(hub, PeriodOf(hub)));
        }

        // A hub that was down when late data came finds them.
        await using var again = await StartAsync(objections: null);
        await again.Records.AppendAsync(Late);
        await again.AdvanceAsync(13, 2);
        Assert.Equal(["charge", "restatement", "restatement"], again.Query<string>(Kinds));
        var periods = again.Query<string>("SELECT period FROM entry ORDER BY seq").ToList();
        Assert.Equal(periods[1], periods[2]);
        Assert.True(string.CompareOrdinal(periods[0], periods[1]) < 0);
        Assert.Equal(
            new LedgerBook(again.Books).StandingOf("demo", periods[0])!.Value.Settlement
                .TotalMinorUnits,
            Owed(again));
    }

    [Fact]
    public async Task After_a_restart_only_what_no_settlement_knows_is_looked_at_again()
    {
        await using (var hub = await StartAsync(TimeSpan.FromHours(1)))
        {
            await AppendAsync(hub);
            await hub.AdvanceAsync(12, 1);
            await hub.Records.AppendAsync(Late);
            await hub.Grains.GetGrain<ISourceGrain>("stack-a").Advance();
        }

        // It stopped before the late window was settled; then it is, and known to be.
        await using var again = await StartAsync(TimeSpan.FromHours(1));
        var facts = new FactBook(again.Books);
        Assert.NotEmpty(again.Query<long>("SELECT id FROM window WHERE revision > 1"));
        await again.AdvanceAsync(13, 2);
        Assert.Empty(facts.RevisedAfter(Shipped.Contract, 0));
    }

    [Fact]
    public void A_window_that_is_newer_than_its_settlement_is_looked_at_again()
    {
        var books = Books.Open(_folder.File("books.db"));
        var facts = new FactBook(books);
        using var connection = books.Database.Connect();
        void Window(int id, long startMs, int revision, string pollutant) => connection.Execute(
            """
            INSERT INTO window(id, source, start_ms, end_ms, revision, log_id, known_ms)
            VALUES(@id, 'stack-a', @startMs, @startMs + 5, @revision, 0, 0);
            INSERT INTO fact("window", id, source, member, zone, pollutant, start_ms, end_ms,
                milligrams, method, quality, revision, known_ms, inputs)
            VALUES(@id, 'fact-' || @id, 'stack-a', 'member-a', 'river', @pollutant, @startMs,
                @startMs + 5, 1, '', '', @revision, 0, '')
            """,
            new { id, startMs, revision, pollutant });
        void Settle(int revision, long startMs, long seen) => connection.Execute(
            """
            INSERT INTO settlement(id, contract, contract_hash, period, start_ms, end_ms,
                settled_ms, emitted_g, cap_g, excess_g, total_minor, windows_known,
                windows_expected, verdict, pollutant, seen, revision)
            VALUES(@startMs || '-' || @revision, 'demo', '', 'p' || @startMs, @startMs,
                @startMs + 10, 0, 0, 0, 0, 0, 0, 0, '', 'nox', @seen, @revision)
            """,
            new { revision, startMs, seen });
        Window(1, 0, 1, "nox");
        Window(2, 0, 2, "nox");
        Window(3, 10, 2, "nox");
        Window(4, 15, 2, "so2");
        Window(5, 30, 2, "nox");
        Assert.Empty(facts.RevisedAfter(Shipped.Contract, 0));
        Settle(1, 0, 1);
        Settle(1, 10, 2);
        Assert.Equal([0, 10], facts.RevisedAfter(Shipped.Contract, 0));
        Assert.Equal([10], facts.RevisedAfter(Shipped.Contract, 2));
        Settle(2, 0, 2);
        Assert.Equal([10], facts.RevisedAfter(Shipped.Contract, 0));
    }

    [Theory]
    [InlineData("audit", 0)]
    [InlineData("late-facts", 1)]
    public async Task Where_the_contract_does_not_let_it_a_final_period_is_never_put_right(
        string reason, int limitationDays)
    {
        var contract = Shipped.Contract with
        {
            Calendar = CalendarRule.AtOnce,
            Correction = new CorrectionRule([reason], "new-deadline", limitationDays),
        };
        await using var hub = await TestHub.StartAsync(_folder, contract: contract);
        await AppendAsync(hub);
        await hub.AdvanceAsync(12, 1);
        await hub.Records.AppendAsync(Late);
        await hub.AdvanceAsync(13, 1);
        Assert.Equal(["charge"], hub.Query<string>(Kinds));
        Assert.NotNull(new LedgerBook(hub.Books).ChangeOf(
            hub.Query<string>("SELECT id FROM settlement").Single()));
    }

    [Fact]
    public async Task An_objection_holds_a_period_until_it_is_answered()
    {
        await using var hub = await StartAsync(TimeSpan.FromSeconds(2));
        await AppendAsync(hub);
        await hub.AdvanceAsync(12, 1);
        var period = PeriodOf(hub);
        var terms = FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster);
        var filed = hub.Books.Journal.Take(
            new FundRequest("objection", new FundCommand.FileObjection(
                "member-a", period, "the analyser was biased")),
            terms, 1);
        Assert.True(filed.IsAccepted, filed.Reason);
        await Task.Delay(TimeSpan.FromSeconds(2.1), TestContext.Current.CancellationToken);
        await hub.Grains.GetGrain<IFundGrain>("demo").Review([]);
        Assert.Equal(PeriodState.Noticed, StateOf(hub, period));

        hub.Books.Journal.Take(
            new FundRequest("answer", new FundCommand.AnswerObjection(
                "objection", false, "it was calibrated")),
            terms, 2);
        await hub.Grains.GetGrain<IFundGrain>("demo").Review([]);
        Assert.True(StateOf(hub, period) >= PeriodState.Final);

        // All of it is in the public log, in the order in which it happened.
        Assert.Equal(
            ["period-moved Closing", "period-moved Noticed", "charge-due", "objection",
                "objection answered", "period-moved Final", "period-moved Sealed"],
            hub.Query<(string Kind, string Body)>("SELECT kind, body FROM act ORDER BY seq")
                .Select(act => act.Kind + (act.Kind == "period-moved"
                    ? $" {(PeriodState)int.Parse(act.Body[(act.Body.IndexOf("\"To\":",
                        StringComparison.Ordinal) + 5)..^1], null)}"
                    : act.Body.Contains("calibrated", StringComparison.Ordinal)
                        ? " answered" : "")));
    }

    [Theory]
    [InlineData(PeriodState.Closing)]
    [InlineData(PeriodState.Noticed)]
    [InlineData(PeriodState.Final)]
    [InlineData(PeriodState.Sealed)]
    public async Task A_period_that_older_books_moved_before_it_was_settled_is_settled_all_the_same(
        PeriodState moved)
    {
        await using var hub = await StartAsync(TimeSpan.FromHours(1));
        var period = Period.Containing(
            Shipped.Contract, DateTimeOffset.FromUnixTimeMilliseconds(Records.StartMs)).Id;
        var terms = FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster);
        foreach (var to in Enum.GetValues<PeriodState>()
            .Where(to => to > PeriodState.Open && to <= moved))
        {
            Assert.True(hub.Books.Journal.Take(
                new FundRequest($"by hand {to}", new FundCommand.MovePeriod(period, to)), terms, 1)
                .IsAccepted);
        }

        await AppendAsync(hub);
        await hub.AdvanceAsync(12, 1);
        Assert.Equal(period, PeriodOf(hub));
        Assert.True(StateOf(hub, period) >= PeriodState.Noticed);
        Assert.Equal(
            [moved == PeriodState.Sealed ? "restatement" : "charge"], hub.Query<string>(Kinds));
        Assert.True(Owed(hub) > 0);
    }

    [Fact]
    public async Task What_is_late_bears_interest_once_a_day()
    {
        await using var hub = await TestHub.StartAsync(_folder, contract: Shipped.Contract with
        {
            Calendar = CalendarRule.AtOnce, Late = new LateRule(100, true, true, 0),
        });
        await AppendAsync(hub);
        await hub.AdvanceAsync(12, 1);

        // Already due, and more than a whole day late at the next look.
        var state = hub.Books.Journal.Read().State;
        var charge = state.Charges.Values.First();
        var terms = FundClauses.TermsOf(Shipped.Contract, Shipped.Cluster) with
        {
            InterestBasisPoints = 10_000,
        };
        var later = charge.DueMs + (3 * Ageing.DayMs);
        Assert.Equal(3, Ageing.DaysLate(state, charge.Member, later));
        Assert.True(hub.Books.Journal.Take(
            new FundRequest("late", new FundCommand.AccrueInterest()), terms, later).IsAccepted);
        Assert.Equal(
            Monitoring.Core.Rounding.Quotient(charge.MinorUnits * 3, 365),
            hub.Books.Journal.Read().State.Charges[charge.Id].InterestMinor);
        var today = $"interest/{DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / Ageing.DayMs}";
        Assert.Equal(1, hub.Query<long>(
            $"SELECT COUNT(*) FROM journal WHERE id = '{today}'").Single());
    }

    private static JournalAppend Late => Records.One(
        123, Records.Gas(0, 900) with { TimeMs = Records.StartMs + 5_500 });

    private Task<TestHub> StartAsync(TimeSpan? objections) => TestHub.StartAsync(
        _folder, contract: Shipped.Contract with
        {
            Calendar = CalendarRule.AtOnce with { Objections = objections },
        });

    private static async Task AppendAsync(TestHub hub)
    {
        await hub.Records.AppendAsync(Records.Span("plant-a", 0, 61));
        await hub.Records.AppendAsync(Records.Span("plant-b", 0, 61));
    }

    private static string PeriodOf(TestHub hub) =>
        hub.Query<string>("SELECT DISTINCT period FROM settlement").Single();

    private static PeriodState StateOf(TestHub hub, string period) =>
        hub.Books.Journal.Read().State.Ledger.StateOf(period);

    private static long Owed(TestHub hub) => hub.Query<long>(
        "SELECT SUM(amount) FROM posting WHERE account LIKE 'member:%'").Single();
}
