using System.Collections.Immutable;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Tests.Storage;

/// <summary>The books on the disk are those in memory, whatever stops the program.</summary>
public sealed class JournalTests : IDisposable
{
    private static readonly FundTerms Terms = new()
    {
        Allowances = new AllowanceTerms { Bubble = "b", Pollutant = "nox" },
        Currency = "EUR",
    };

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_was_answered_is_answered_again_after_a_restart()
    {
        var file = _folder.File("books.db");
        var requests = Requests(40);
        var journal = Books.Open(file).Journal;
        var answers = journal.Take(requests, Terms, 1);
        Assert.Contains(answers, answer => !answer.IsAccepted);

        var again = Books.Open(file).Journal;
        Assert.Equal(Text(journal.Read()), Text(again.Read()));
        Assert.Equal(answers.AsEnumerable(), again.Take(requests, Terms, 2));
        Assert.Equal(requests.Length, again.Read().Rows);
    }

    [Fact]
    public void Two_writers_of_one_file_see_what_the_other_booked()
    {
        var file = _folder.File("books.db");
        var (one, other) = (Books.Open(file).Journal, Books.Open(file).Journal);
        foreach (var (index, request) in Requests(40).Index())
        {
            (index % 2 == 0 ? one : other).Take(request, Terms, 1);
        }

        Assert.Equal(Text(one.Read()), Text(other.Read()));
        var alone = Books.Open(_folder.File("alone.db")).Journal;
        alone.Take(Requests(40), Terms, 1);
        Assert.Equal(Text(alone.Read()), Text(one.Read()));
    }

    /// <summary>Of many postings too, with lots, in any alphabet.</summary>
    [Fact]
    public void The_leaf_of_an_entry_that_was_just_written_is_the_one_that_is_read()
    {
        var books = Books.Open(_folder.File("books.db"));
        books.Journal.Take(Requests(40), Terms, 1);
        books.Journal.Take(
            [
                .. ((int[])[2, 8, 9, 20]).Select(postings => new FundRequest(
                    $"charges {postings}", new FundCommand.BookCharges(
                        "b/2026",
                        Charges(
                            $"рахунок \"{postings}\"\n\u0001", postings - 1,
                            $"of {postings}"),
                        [new MemberDue($"of {postings}", "m1", 90 * (postings - 1), 0, "")], 5))),
            ],
            Terms, 1_795_490_567_123);
        using var connection = books.Database.Connect();
        using var look = connection.BeginTransaction();
        using var leaves = new BookLeaves(connection, look);
        var told = connection.Query<byte[]>("SELECT body FROM log_leaf", transaction: look)
            .Select(Convert.ToHexString).ToHashSet();
        var entries = connection.Query<long>("SELECT seq FROM entry", transaction: look).ToList();
        Assert.True(entries.Count > 10);
        Assert.Equal(
            [2, 8, 9, 20],
            connection.Query<long>(
                "SELECT COUNT(*) FROM posting JOIN entry ON entry.seq = posting.entry "
                    + "WHERE charge LIKE 'of %' GROUP BY entry ORDER BY entry",
                transaction: look));
        Assert.All(entries, entry => Assert.Contains(
            Convert.ToHexString(leaves.Of(BookLeaf.Entry, entry)), told));
    }

    private static Transaction Charges(string key, int lots, string charge = "charge") =>
        Transaction.Of(
            key, "charge", "b/2026",
            [
                new Posting(Accounts.Receivable("m1"), Asset.Money("EUR"), 90L * lots, charge),
                .. Enumerable.Range(0, lots).Select(i => new Posting(
                    Accounts.Reserve, Asset.Money("EUR"), -90, charge) { Lot = $"m1/nox/b/{i}" }),
            ]);

    [Fact]
    public void Callers_that_come_together_are_all_answered_once()
    {
        var journal = Books.Open(_folder.File("books.db")).Journal;
        journal.Take(Grant("m0", 1_000), Terms, 1);
        var sales = Enumerable.Range(0, 400).Select(i => new FundRequest(
            $"sale {i % 200}", new FundCommand.ProposeTransfer("m0", "m1", "2026", 7, 1_000)))
            .ToArray();

        // Each is asked twice, from any thread; 142 times 7 g fit into 1 000 g.
        var answers = new Answer[sales.Length];
        Parallel.For(
            0, sales.Length, new ParallelOptions { MaxDegreeOfParallelism = 16 },
            i => answers[i] = journal.Take(sales[i], Terms, 1));
        Assert.Equal(284, answers.Count(answer => answer.IsAccepted));
        Assert.All(Enumerable.Range(0, 200), i => Assert.Equal(answers[i], answers[i + 200]));
        Assert.Equal(201, journal.Read().Rows);
    }

    /// <summary>
    /// A power cut leaves a beginning of what was written. Cut at any place, the books hold a
    /// beginning of the requests, each of them whole, and asking again gives the same books.
    /// </summary>
    [Fact]
    public void A_cut_anywhere_in_the_log_leaves_whole_rows_and_the_same_books_in_the_end()
    {
        var file = _folder.File("books.db");
        var requests = Requests(30);
        using var keepOpen = Books.Open(file).Database.Connect();
        keepOpen.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        var journal = Books.Open(file).Journal;
        foreach (var request in requests)
        {
            journal.Take(request, Terms, 1);
        }

        var (main, log) = (Shared(file), Shared(file + "-wal"));
        var whole = Text(journal.Read());
        var counts = new HashSet<long>();
        var random = new Random(1);
        for (var i = 0; i < 30; i++)
        {
            var cut = i == 0 ? log.Length : random.Next(log.Length);
            var copy = _folder.File($"cut-{i}.db");
            File.WriteAllBytes(copy, main);
            File.WriteAllBytes(copy + "-wal", log[..cut]);
            var after = Books.Open(copy);
            var rows = after.Journal.Read().Rows;
            counts.Add(rows);
            Assert.Equal(
                Entries(after.Journal.Read().State.Ledger.Entries.Keys), EntriesOf(after));

            after.Journal.Take(requests, Terms, 1);
            Assert.Equal(whole, Text(after.Journal.Read()));
            Assert.Equal(
                Entries(after.Journal.Read().State.Ledger.Entries.Keys), EntriesOf(after));
        }

        Assert.Contains(requests.Length, counts);
        Assert.True(counts.Count > 8, $"cuts left {string.Join(", ", counts)} rows");
    }

    /// <summary>Every write of every transaction fails once; nothing of it is kept.</summary>
    [Fact]
    public void A_write_that_fails_takes_its_whole_transaction_with_it()
    {
        var requests = Requests(12);
        var whole = "";
        var failures = 0;
        foreach (var table in (string[])["journal", "entry", "posting"])
        {
            for (var nth = 0; nth < 9; nth++)
            {
                var books = Books.Open(_folder.File($"{table}-{nth}.db"));
                using (var connection = books.Database.Connect())
                {
                    connection.Execute(
                        $"""
                        CREATE TRIGGER broken BEFORE INSERT ON {table}
                        WHEN (SELECT COUNT(*) FROM {table}) = {nth}
                        BEGIN SELECT RAISE(ABORT, 'the disk is full'); END
                        """);
                }

                var failed = false;
                foreach (var request in requests)
                {
                    failed |= !IsTaken(books.Journal, request);
                }

                failures += failed ? 1 : 0;
                using (var connection = books.Database.Connect())
                {
                    connection.Execute("DROP TRIGGER broken");
                }

                books = Books.Open(books.Database.Path);
                books.Journal.Take(requests, Terms, 1);
                whole = whole.Length == 0 ? Text(books.Journal.Read()) : whole;
                Assert.Equal(
                    Entries(books.Journal.Read().State.Ledger.Entries.Keys), EntriesOf(books));
                Assert.Equal(requests.Length, books.Journal.Read().Rows);
            }
        }

        Assert.True(failures > 15);
    }

    private static bool IsTaken(JournalBook journal, FundRequest request)
    {
        try
        {
            journal.Take(request, Terms, 1);
            return true;
        }
        catch (StoreException e) when (e.InnerException is SqliteException)
        {
            return false;
        }
    }

    private static FundRequest Grant(string member, long grams) => new(
        $"grant {member}", new FundCommand.Allocate(member, "2026", grams));

    /// <summary>Grants, sales, approvals, payments, shares, charges; some are refused.</summary>
    private static ImmutableArray<FundRequest> Requests(int count) =>
    [
        Grant("m0", 100), Grant("m1", 50),
        .. Enumerable.Range(0, count).SelectMany(i => (FundRequest[])
        [
            new($"sale {i}", new FundCommand.ProposeTransfer(
                $"m{i % 2}", $"m{1 - (i % 2)}", "2026", 5 + (i * 7 % 60), 1_000)),
            new($"yes {i}", new FundCommand.DecideTransfer(
                $"sale {i}", $"m{1 - (i % 2)}", i % 3 > 0)),
            new($"pay {i}", new FundCommand.TakePayment($"bank {i / 2}", "m0", 10 + i, "", 0)),
            new($"share {i}", new FundCommand.IssueShares($"holder-{i % 3}", 1 + i)),
            new($"charge {i}", new FundCommand.BookCharges(
                "b/2026", Charges($"charges {i}", 1 + (i % 3), $"charge-{i}"),
                [new MemberDue($"charge-{i}", "m1", 90 * (1 + (i % 3)), 0, "")], 5)),
        ]),
    ];

    /// <summary>All of the state in one text.</summary>
    private static string Text(FundBooks books) => string.Join('\n',
    [
        .. books.State.Ledger.Balances.Select(pair => $"{pair.Key} {pair.Value}").Order(),
        .. books.State.Ledger.Entries.Select(pair => $"{pair.Key} {pair.Value.Id}").Order(),
        .. books.State.Ledger.Pending.Select(pair => $"{pair.Key} {pair.Value.ExpiresMs}")
            .Order(),
        .. books.State.Ledger.Ended.Select(pair => $"{pair.Key} {pair.Value}").Order(),
        .. books.State.Payments.Select(pair => $"{pair.Value}"),
        .. books.State.Shares.Select(pair => $"{pair.Key} {pair.Value}"),
        .. books.Answers.Select(pair => $"{pair.Key} {pair.Value}").Order(),
    ]);

    private static string Entries(IEnumerable<string> keys) =>
        string.Join('\n', keys.Order(StringComparer.Ordinal));

    private static string EntriesOf(Books books)
    {
        using var connection = books.Database.Connect();
        Assert.Equal(0, connection.QuerySingle<long>(
            "SELECT COUNT(*) FROM (SELECT 1 FROM posting GROUP BY entry, asset "
                + "HAVING SUM(amount) <> 0)"));
        return Entries(connection.Query<string>("SELECT idempotency_key FROM entry"));
    }

    // The file is open elsewhere and stays so.
    private static byte[] Shared(string path)
    {
        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
