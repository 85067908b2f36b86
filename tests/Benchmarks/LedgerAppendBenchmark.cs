using Monitoring.Core.Fund;
using Monitoring.Core.Ledger;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Benchmarks;

/// <summary>
/// Postings a second that are decided, booked and on the disk, a thousand sales of two postings
/// a commit, beside a bare file that takes as many bytes with one fdatasync a commit.
/// </summary>
internal static class LedgerAppendBenchmark
{
    private const int PerCommit = 1_000;
    private const int Commits = 40;

    // So many until the just-in-time compiler is done with the hot path.
    private const int WarmUps = 10;
    private const int BytesPerRequest = 800;

    private static readonly FundTerms Terms = new()
    {
        Allowances = new AllowanceTerms
        {
            Bubble = "b", Pollutant = "nox", Approval = Approval.None,
        },
        Currency = "EUR",
    };

    public static IEnumerable<Figure> Run()
    {
        var folder = Directory.CreateTempSubdirectory("ledger-append-").FullName;
        var journal = Books.Open(Path.Combine(folder, "books.db")).Journal;
        journal.Take(
            new FundRequest("grant", new FundCommand.Allocate("m0", "2026", 1_000_000_000)),
            Terms, 1);
        for (var i = -WarmUps; i < 0; i++)
        {
            Commit(journal, i);
        }

        var start = TimeProvider.System.GetTimestamp();
        for (var i = 0; i < Commits; i++)
        {
            Commit(journal, i);
        }

        var ours = Rate(start);
        using (var file = File.OpenHandle(
            Path.Combine(folder, "bare"), FileMode.CreateNew, FileAccess.Write))
        {
            var bytes = new byte[BytesPerRequest * PerCommit];
            start = TimeProvider.System.GetTimestamp();
            for (var i = 0; i < Commits; i++)
            {
                RandomAccess.Write(file, bytes, (long)i * bytes.Length);
                RandomAccess.FlushToDisk(file);
            }
        }

        var bare = Rate(start);
        Directory.Delete(folder, recursive: true);
        return
        [
            new Figure("ledger.append", ours, "postings/s"),
            new Figure("ledger.append.peer", bare, "postings/s"),
            new Figure("ledger.append.ratio", ours / bare, "x"),
        ];
    }

    private static void Commit(JournalBook journal, int commit)
    {
        var answers = journal.Take(
            [
                .. Enumerable.Range(0, PerCommit).Select(i => new FundRequest(
                    $"sale {commit} {i}",
                    new FundCommand.ProposeTransfer("m0", $"m{1 + (i % 100)}", "2026", 7, 9))),
            ],
            Terms, 1);
        if (answers.Any(answer => !answer.IsAccepted))
        {
            throw new InvalidOperationException("a sale was refused");
        }
    }

    private static double Rate(long start) =>
        2.0 * PerCommit * Commits / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
}
