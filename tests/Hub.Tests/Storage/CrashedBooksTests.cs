using System.Buffers.Binary;
using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Fund;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Tests.Core.Model;

namespace Monitoring.Tests.Storage;

/// <summary>
/// The random operations of the model test on the books of the disk, with their settlements and
/// the leaves of the public log: stopped between any two writes and started again, they end as the
/// books that nothing stopped, in every row of every table.
/// </summary>
public sealed class CrashedBooksTests(ITestOutputHelper output) : IDisposable
{
    private const int Steps = 250;
    private const int CutsOfSeed = 8;
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>
    /// A power cut leaves a beginning of what was written, whole frames or not. What the books
    /// have then is a beginning of what was asked; the rest is asked again, with the last answer
    /// that may not have been heard.
    /// </summary>
    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    [InlineData(21)]
    public void Cut_at_any_byte_of_the_log_they_end_the_same(int seed)
    {
        var world = Played(seed);
        var file = _folder.File("books.db");
        using var keepOpen = Books.Open(file).Database.Connect();
        keepOpen.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        var after = Play(Books.Open(file), world, 0);
        var (main, log, whole) = (Shared(file), Shared(file + "-wal"), Text(keepOpen));
        var random = new Random(seed);
        var rows = new HashSet<long>();
        for (var i = 0; i < CutsOfSeed; i++)
        {
            var copy = _folder.File($"cut-{i}.db");
            File.WriteAllBytes(copy, main);
            File.WriteAllBytes(copy + "-wal", log[..random.Next(log.Length)]);
            var books = Books.Open(copy);
            var known = books.Journal.Read().Rows;
            rows.Add(known);
            Assert.Null(books.Journal.DifferenceToLedger());
            Play(books, world, Math.Max(0, NextOf(books, after) - random.Next(2)));
            Assert.Null(Books.Open(copy).Journal.DifferenceToLedger());
            using var connection = books.Database.Connect();
            AssertSame(whole, Text(connection), $"cut {i} after row {known}");
        }

        output.WriteLine($"cuts left {string.Join(", ", rows.Order())} rows");
        Assert.True(rows.Count > CutsOfSeed / 2);
    }

    /// <summary>After each commit there is what was asked up to then, and nothing by halves.
    /// </summary>
    [Fact]
    public void No_commit_stands_between_a_settlement_and_its_charges()
    {
        var world = Played(8);
        var file = _folder.File("books.db");
        using var keepOpen = Books.Open(file).Database.Connect();
        keepOpen.Execute("PRAGMA wal_checkpoint(TRUNCATE)");
        HashSet<(long Rows, long Settled)> whole = [(0, 0), .. Play(Books.Open(file), world, 0)];
        var (main, log) = (Shared(file), Shared(file + "-wal"));
        var commits = CommitsOf(log);
        Assert.True(whole.Max(one => one.Settled) > 5 && commits.Count > whole.Count / 2);
        foreach (var (i, end) in commits.Index())
        {
            var copy = _folder.File($"commit-{i}.db");
            File.WriteAllBytes(copy, main);
            File.WriteAllBytes(copy + "-wal", log[..end]);
            var counts = Counts(Books.Open(copy));
            Assert.Contains((counts["journal"], counts["settlement"]), whole);
        }
    }

    /// <summary>
    /// A write into any table fails once, at any row of it: its whole transaction is as if it had
    /// never been, and asked again it succeeds.
    /// </summary>
    [Theory]
    [InlineData(3)]
    [InlineData(8)]
    public void Where_any_write_fails_its_transaction_is_done_again_as_a_whole(int seed)
    {
        var world = Played(seed);
        var reference = Books.Open(_folder.File("books.db"));
        var before = Counts(reference);
        var done = Play(reference, world, 0);
        using var held = reference.Database.Connect();
        var whole = Text(held);
        var random = new Random(seed);
        var written = Counts(reference).Where(one => one.Value > before[one.Key]).ToList();
        Assert.Superset(
            new HashSet<string>(["journal", "entry", "posting", "settlement", "log_leaf", "act"]),
            written.Select(one => one.Key).ToHashSet());
        foreach (var (table, count) in written)
        {
            var books = Books.Open(_folder.File($"{table}.db"));
            using (var connection = books.Database.Connect())
            {
                var nth = random.NextInt64(before[table], count);
                connection.Execute(
                    $"""
                    CREATE TRIGGER broken BEFORE INSERT ON "{table}"
                    WHEN (SELECT COUNT(*) FROM "{table}") = {nth}
                    BEGIN SELECT RAISE(ABORT, 'the disk is full'); END
                    """);
            }

            Assert.True(IsStopped(books, world), table);
            using (var connection = books.Database.Connect())
            {
                connection.Execute("DROP TRIGGER broken");
            }

            books = Books.Open(books.Database.Path);
            var known = books.Journal.Read().Rows;
            Play(books, world, NextOf(books, done));
            using var after = books.Database.Connect();
            AssertSame(whole, Text(after), $"{table} after row {known}");
        }
    }

    private static World Played(int seed)
    {
        var world = new World(seed);
        world.Run(Steps);
        return world;
    }

    private static bool IsStopped(Books books, World world)
    {
        try
        {
            Play(books, world, 0);
            return false;
        }
        catch (Exception e) when ((e.InnerException ?? e) is SqliteException)
        {
            return true;
        }
    }

    /// <returns>After each step the rows of the journal, and the settlements.</returns>
    private static List<(long Rows, long Settled)> Play(Books books, World world, int from)
    {
        var after = new List<(long, long)>();
        var settled = 0;
        var ledger = new LedgerBook(books);
        foreach (var one in world.Trail.Skip(from))
        {
            if (one.Of is { } of)
            {
                ledger.Book(
                    new SettledPeriod(of.Period, "nox", of.Settlement, 0),
                    one.IsAccepted ? [one.Request] : [], world.Terms, one.NowMs);
            }
            else
            {
                books.Journal.Take(one.Request, world.Terms, one.NowMs);
            }

            settled += one.Of is null ? 0 : 1;
            after.Add((books.Journal.Read().Rows, settled));
        }

        return after;
    }

    /// <summary>The first step of which the books have nothing; -1: there is none.</summary>
    private static int NextOf(Books books, List<(long Rows, long Settled)> after)
    {
        var counts = Counts(books);
        return after.FindIndex(one =>
            one.Rows > counts["journal"] || one.Settled > counts["settlement"]);
    }

    // A frame of the log that ends a transaction says how large the file is then.
    private static List<int> CommitsOf(byte[] log)
    {
        const int headerBytes = 32;
        const int frameHeaderBytes = 24;
        var frameBytes = frameHeaderBytes
            + (int)BinaryPrimitives.ReadUInt32BigEndian(log.AsSpan(8));
        var ends = new List<int>();
        for (var at = headerBytes; at + frameBytes <= log.Length; at += frameBytes)
        {
            if (BinaryPrimitives.ReadUInt32BigEndian(log.AsSpan(at + 4)) > 0)
            {
                ends.Add(at + frameBytes);
            }
        }

        return ends;
    }

    private static Dictionary<string, long> Counts(Books books)
    {
        using var connection = books.Database.Connect();
        return Tables(connection).ToDictionary(
            table => table,
            table => connection.QuerySingle<long>($"SELECT COUNT(*) FROM \"{table}\""));
    }

    private static IEnumerable<string> Tables(SqliteConnection connection) =>
        connection.Query<string>(
            "SELECT name FROM sqlite_master WHERE type = 'table' "
                + "AND name NOT LIKE 'sqlite_%' ORDER BY name");

    // Every row of every table.
    private static string Text(SqliteConnection connection) => string.Join('\n',
    [
        .. Tables(connection)
            .SelectMany(table => connection.Query($"SELECT * FROM \"{table}\"")
                .Select(row => $"{table}|" + string.Join('|', ((IDictionary<string, object?>)row)
                    .Values.Select(value => value is byte[] bytes
                        ? Convert.ToHexString(bytes)
                        : value))))
            .Order(StringComparer.Ordinal),
    ]);

    private static void AssertSame(string whole, string other, string where)
    {
        if (whole != other)
        {
            var (one, two) = (whole.Split('\n'), other.Split('\n'));
            Assert.Fail($"{where}: {two.Except(one).Concat(one.Except(two)).First()}");
        }
    }

    private static byte[] Shared(string path)
    {
        using var stream = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
