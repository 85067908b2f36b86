using Dapper;
using Microsoft.Data.Sqlite;
using Monitoring.Core.Fund;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Records;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Storage;

/// <summary>
/// Files of earlier schemas, as they were: <c>kept/NAME-vN.db</c>. They are never made again;
/// whoever releases a schema keeps a file of it.
/// </summary>
public sealed class KeptTests : IDisposable
{
    private static readonly string Kept =
        Path.Combine(AppContext.BaseDirectory, "Storage", "kept");

    private readonly TempFolder _folder = new();

    public static TheoryData<string> RecordFiles => Files("records");

    public static TheoryData<string> BookFiles => Files("books");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(RecordFiles))]
    public async Task A_record_log_of_an_earlier_version_is_read_and_written_on(string name)
    {
        await using var log = RecordLog.Open(Copy(name));
        var records = log.After(0).ToList();
        Assert.Equal(21, records.Count);
        Assert.Equal(
            (61.5, 1_795_490_567_200),
            (Assert.IsType<JournalRecord.Image>(records[0].Record).Readings[0].Value!.Value
                .AsNumber(), records[0].ReceivedMs));
        var gateways = log.Gateways();
        Assert.Equal([13L, 10L], gateways.Select(row => row.Committed));
        Assert.Equal((11L, 13L), log.Gaps().Select(gap => (gap.First, gap.Last)).Single());
        Assert.Equal(1, log.Rejects(10).Count);

        var version = VersionOf(name);
        Assert.Equal(version >= 3 ? 1 : 0, log.Quarantined(10).Count);
        var clocks = new ClockRevisions(log);
        Assert.Equal(
            version >= 4 ? [(60_000, 4, 2)] : [],
            clocks.All().Select(it => (it.ShiftMs, it.Moved, it.Kept)));
        Assert.Equal(version >= 6 ? 1 : 0, clocks.WindowsOf("stack-a", 10).Count);

        var plantA = new GatewayId("plant-a", "gateway-1");
        await log.AppendAsync(new JournalAppend(
            plantA, new string('a', 32), [(14, records[0].Record)], 14, null, 1_795_490_600_000));
        Assert.Equal(22, log.After(0).Count());
        Assert.Equal(14, log.PositionOf(plantA, new string('a', 32)).Committed);
    }

    [Theory]
    [MemberData(nameof(BookFiles))]
    public void Books_of_an_earlier_version_keep_what_is_written_in_them(string name)
    {
        var version = VersionOf(name);
        var books = Books.Open(Copy(name));
        var windows = new BookFeed(books.Database).Windows(0, 10);
        Assert.Equal(
            ["61.500000", null], windows.Averages.Select(average => average.Value));
        Assert.Equal(231_417, Assert.Single(windows.Facts).Milligrams);
        Assert.Equal(1_795_490_587_000, new FactBook(books).PositionOf("stack-a"));
        Assert.Equal(
            231_417, new MassSums(books).BegunIn("nox", "member-a", 0, long.MaxValue / 2));

        var feed = new BookFeed(books.Database);
        Assert.Equal(version >= 2 ? 1 : 0, feed.Alerts(0, 10).Count);
        Assert.Equal(version >= 3 ? 2 : 0, feed.AccountMoves(0, 10).Count);

        Assert.Equal(version >= 5 ? 1 : 0, new RefusedPoints(books.Database).Count());
        Assert.Equal(version >= 6 ? 1 : 0, new FactBook(books).SeenBy("stack-a").Count);

        using var connection = books.Database.Connect();
        Assert.Equal(
            version >= 3 ? 2_300 : 0,
            connection.QuerySingle<long>("SELECT COALESCE(SUM(minor_units), 0) FROM charge"));
        Assert.Equal("ok", connection.QuerySingle<string>("PRAGMA integrity_check"));

        // What was booked before there was a journal is in it once, with its lots.
        var state = Books.Open(books.Database.Path).Journal.Read().State;
        Assert.Equal(version >= 3 ? 2_300 : 0, FundStatement.ProceedsMinor(state));
        Assert.Equal(
            version >= 3 ? ["fund:reserve member-a/nox/demo-bubble/2026-11-24T10:14:00Z 2300"] : [],
            Lots.Of(state.Ledger).Select(lot =>
                $"{lot.Place.Account} {lot.Lot} {lot.FreeMinor}"));

        Assert.Null(books.Journal.DifferenceToLedger());

        // The public log goes on from the checkpoint that was signed then.
        var log = new PublicLog(books);
        log.Begin("""{"contract":"demo","type":"contract"}"""u8.ToArray());
        var signer = new NoteSigner("kept.example/log", SignatureKind.Ed25519, new byte[32]);
        var before = log.Head is { } head
            ? Checkpoint.Of(SignedNote.Parse(head)!, signer.Verifier)!.Size
            : 0;
        Assert.Equal(version >= 9 ? 6 : 0, before);
        // What was amended before the log told of it is told now, once.
        Assert.Equal(
            version >= 17 ? 1 : 0,
            connection.QuerySingle<long>(
                "SELECT COUNT(*) FROM log_leaf WHERE CAST(body AS TEXT) LIKE '%:\"amendment\"%'"));
        log.Begin("""{"contract":"other","type":"contract"}"""u8.ToArray());
        Assert.True(log.Publish(signer));
        Assert.Equal(
            log.LeafCount, Checkpoint.Of(SignedNote.Parse(log.Head!)!, signer.Verifier)!.Size);
    }

    [Fact]
    public async Task A_file_of_every_earlier_version_is_kept()
    {
        using var books = Books.Open(_folder.File("books.db")).Database.Connect();
        await using (RecordLog.Open(_folder.File("records.db")))
        {
        }

        using var records = new SqliteConnection($"Data Source={_folder.File("records.db")}");
        Assert.Equal(Earlier(books), BookFiles.Select(file => VersionOf(file.Data)).Order());
        Assert.Equal(Earlier(records), RecordFiles.Select(file => VersionOf(file.Data)).Order());

        static IEnumerable<int> Earlier(SqliteConnection connection) => Enumerable.Range(
            1, connection.QuerySingle<int>("PRAGMA user_version") - 1);
    }

    private static int VersionOf(string name) => int.Parse(
        Path.GetFileNameWithoutExtension(name.AsSpan())[(name.IndexOf('v') + 1)..]);

    private static TheoryData<string> Files(string store) =>
    [
        .. Directory.GetFiles(Kept, $"{store}-v*.db").Select(file => Path.GetFileName(file))
            .Order(StringComparer.Ordinal),
    ];

    private string Copy(string name)
    {
        var copy = _folder.File(name);
        File.Copy(Path.Combine(Kept, name), copy);
        return copy;
    }
}
