using System.Collections.Concurrent;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Monitoring.Server;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Transparency;

public sealed class PublicLogTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly WrittenBooks _written;

    public PublicLogTests()
    {
        _written = new WrittenBooks(_folder.File("books.db"));
        _written.Begin();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Everything_in_the_books_is_told_once_and_in_the_same_words()
    {
        _written.Period(0, 200_000);
        _written.Window(0, WrittenBooks.PeriodStartMs, 1, revision: 2);

        var told = Leaves();
        Assert.Equal(
            ["act", "alert", "contract", "entry", "forecast", "settlement", "window"],
            told.Select(TypeOf).Distinct().Order());
        Assert.Equal(1 + 13 + 1 + 1 + 1 + 1 + 4, told.Count);
        Assert.Equal(BookLines(), told.Skip(1).Order());
    }

    /// <summary>
    /// A crash between two writes is a transaction that does not end. Whichever write it is, log
    /// and books agree afterwards.
    /// </summary>
    [Theory]
    [InlineData("window")]
    [InlineData("average")]
    [InlineData("fact")]
    [InlineData("source_position")]
    [InlineData("quota")]
    [InlineData("alert")]
    [InlineData("settlement")]
    [InlineData("charge")]
    [InlineData("entry")]
    [InlineData("posting")]
    [InlineData("act")]
    [InlineData("log_leaf")]
    public void A_write_that_is_cut_short_leaves_log_and_books_agreeing(string table)
    {
        _written.Period(0, 200_000);
        int[] rows = table == "log_leaf" ? [0, 12, 13, 14, 15] : [0, 1];
        foreach (var row in rows)
        {
            _written.Execute(
                $"""
                CREATE TABLE cut AS SELECT {row} AS rows_left;
                CREATE TRIGGER cut_{table} BEFORE INSERT ON {table} BEGIN
                    SELECT RAISE(ABORT, 'cut') FROM cut WHERE rows_left = 0;
                    UPDATE cut SET rows_left = rows_left - 1;
                END
                """);
            var period = row + 1;
            Assert.True(
                Record.Exception(() => _written.Period(period, 200_000)) is SqliteException
                    or null);
            _written.Execute($"DROP TRIGGER cut_{table}; DROP TABLE cut");
            Assert.Equal(BookLines(), Leaves().Skip(1).Order());
        }
    }

    [Fact]
    public void Each_checkpoint_continues_the_one_before_and_its_tiles_lead_to_it()
    {
        var heads = new List<Checkpoint>();
        for (var i = 0; i < 20; i++)
        {
            _written.Period(i, 200_000);
            while (_written.Log.Publish(WrittenBooks.Signer))
            {
                heads.Add(Head());
            }
        }

        Assert.True(heads[^1].Size > 256);
        Assert.False(_written.Log.Publish(WrittenBooks.Signer));
        var tree = new TileTree(heads[^1].Size, path => _written.Log.TileOf(path)!);
        Assert.Equal(heads[^1].Root, tree.Root);
        var leaves = Leaves();
        Assert.Equal(
            heads[^1].Root,
            leaves.Aggregate(
                MerkleFrontier.Empty,
                (all, leaf) => all.Append(TreeHash.OfLeaf(Encoding.UTF8.GetBytes(leaf)))).Root);
        foreach (var head in heads)
        {
            var proof = MerkleProof.OfConsistency(head.Size, tree.Size, tree.Full);
            Assert.True(MerkleProof.IsConsistent(
                head.Size, head.Root, tree.Size, tree.Root, proof));
        }
    }

    /// <summary>What proofs share is kept between them, and the log grows meanwhile.</summary>
    [Fact]
    public void Proofs_of_a_growing_log_hold_under_each_checkpoint()
    {
        var known = Leaves().Count;
        foreach (var size in (int[])[700, 1_500, 1_536, 2_800])
        {
            for (; known < size; known++)
            {
                _written.Execute($"INSERT INTO log_leaf VALUES({known}, CAST('{known}' AS BLOB))");
            }

            while (_written.Log.Publish(WrittenBooks.Signer))
            {
                // Until all of it is signed.
            }

            var (head, leaves) = (Head(), Leaves());
            for (var round = 0; round < 2; round++)
            {
                for (var index = 0; index < size; index += 13)
                {
                    Assert.True(MerkleProof.IsIncluded(
                        index, head.Size,
                        TreeHash.OfLeaf(Encoding.UTF8.GetBytes(leaves[index])),
                        _written.Log.Prove(index)!.Value.Proof, head.Root));
                }
            }
        }
    }

    [Theory]
    [InlineData("UPDATE log_tile SET hashes = zeroblob(length(hashes)) WHERE level = 0")]
    [InlineData("UPDATE log_tile SET hashes = substr(hashes, 33) WHERE level = 0")]
    [InlineData("DELETE FROM log_tile")]
    [InlineData("UPDATE log_head SET note = replace(note, 'demo', 'dem0')")]
    public void What_was_changed_since_it_was_signed_is_never_signed_again(string sql)
    {
        _written.Period(0, 200_000);
        _written.Log.Publish(WrittenBooks.Signer);
        _written.Execute(sql);
        _written.Period(1, 200_000);

        Assert.Throws<LogBrokenException>(() => _written.Log.Publish(WrittenBooks.Signer));
    }

    [Theory]
    [InlineData("UPDATE log_leaf SET body = x'00'")]
    [InlineData("DELETE FROM log_leaf")]
    [InlineData("INSERT OR REPLACE INTO log_leaf VALUES(0, x'00')")]
    public void The_log_refuses_to_change(string sql) =>
        Assert.Throws<SqliteException>(() => _written.Execute(sql));

    [Fact]
    public void Books_of_an_earlier_release_are_told_when_the_log_begins()
    {
        var old = new WrittenBooks(_folder.File("old.db"));
        old.Period(0, 200_000);
        old.Period(1, 1);
        old.Execute("DROP TRIGGER log_leaf_remains; DELETE FROM log_leaf");
        old.Begin();

        Assert.Equal("contract", TypeOf(Leaves(old)[0]));
        Assert.Equal(BookLines(old), Leaves(old).Skip(1).Order());
        var types = Leaves(old).Select(TypeOf).ToList();
        Assert.Equal(12, types.Take(types.IndexOf("settlement")).Count(type => type == "window"));
        old.Begin();
        Assert.Equal(1, Leaves(old).Count(leaf => TypeOf(leaf) == "contract"));
    }

    [Fact]
    public async Task A_disk_that_takes_nothing_delays_the_signature_and_ends_nothing()
    {
        var stopping = TestContext.Current.CancellationToken;
        var time = new FakeTimeProvider();
        var logger = new LoggedLines();
        using var publisher = new LogPublisher(
            _written.Log, WrittenBooks.Signer,
            new UnexpectedFaults(time, NullLogger<UnexpectedFaults>.Instance), time, logger);
        _written.Period(0, 200_000);
        _written.Execute(
            "CREATE TRIGGER full BEFORE INSERT ON log_head BEGIN "
            + "SELECT RAISE(ABORT, 'database or disk is full'); END");

        await publisher.StartAsync(stopping);
        await TickUntil(() => logger.Lines.Count >= 2);
        Assert.All(logger.Lines, line => Assert.Contains("disk is full", line));
        Assert.Null(_written.Log.Head);

        _written.Execute("DROP TRIGGER full");
        await TickUntil(() => _written.Log.Head is not null);
        Assert.Equal(Leaves().Count, Head().Size);
        await publisher.StopAsync(stopping);

        async Task TickUntil(Func<bool> isReached)
        {
            while (!isReached())
            {
                Assert.False(publisher.ExecuteTask!.IsCompleted, "the publisher has ended");
                time.Advance(LogLimits.PublishEvery);
                await Task.Delay(1, stopping);
            }
        }
    }

    private static string TypeOf(string leaf) =>
        leaf.Split("\"type\":\"")[1].Split('"')[0];

    private Checkpoint Head() => Checkpoint.Of(
        SignedNote.Parse(_written.Log.Head!)!, WrittenBooks.Signer.Verifier)!;

    private List<string> Leaves(WrittenBooks? written = null)
    {
        using var connection = (written ?? _written).Books.Database.Connect();
        return
        [
            .. Dapper.SqlMapper.Query<byte[]>(connection, "SELECT body FROM log_leaf ORDER BY seq")
                .Select(Encoding.UTF8.GetString),
        ];
    }

    private IEnumerable<string> BookLines(WrittenBooks? written = null) =>
        (written ?? _written).Log.BookLines().Skip(1)
            .Select(line => Encoding.UTF8.GetString(line).TrimEnd('\n')).Order();

    private sealed class LoggedLines : ILogger<LogPublisher>
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception,
            Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue(formatter(state, exception));
    }
}
