using System.Net;
using System.Runtime.Versioning;
using Monitoring.Server.Storage;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Surface;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Transparency;

public sealed class LogServingTests : IDisposable
{
    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_795_490_000);

    private static readonly NoteSigner Witness = Signer("plant-a/gateway-1", 1);

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_log_is_served_as_files_with_their_types_and_lives()
    {
        await using var hub = new SeededHub();
        new PublicLog(hub.Books).Begin(WrittenBooks.ContractTold);
        await hub.Start();
        var note = await Eventually(hub, "log/checkpoint");
        var head = Checkpoint.Of(
            SignedNote.Parse(await note.Content.ReadAsStringAsync())!,
            WrittenBooks.Signer.Verifier)!;
        Assert.Equal("text/plain; charset=utf-8", note.Content.Headers.ContentType!.ToString());
        Assert.True(note.Headers.CacheControl!.NoCache);
        Assert.Equal(
            WrittenBooks.Signer.Verifier + "\n", await hub.Http.GetStringAsync("log/vkey"));

        var path = TilePath.In(head.Size, 0, 0)!;
        var tile = await hub.Http.GetAsync($"log/{path}");
        Assert.Equal("application/octet-stream", tile.Content.Headers.ContentType!.ToString());
        Assert.EndsWith(
            "immutable", tile.Headers.CacheControl!.ToString(), StringComparison.Ordinal);
        var bytes = await tile.Content.ReadAsByteArrayAsync();
        Assert.Equal(head.Root, new TileTree(head.Size, _ => bytes).Root);
        var entries = EntryBundle.Read(
            await hub.Http.GetByteArrayAsync($"log/{path with { Level = null }}"))!.Value;
        Assert.Equal(
            bytes, entries.SelectMany(entry => TreeHash.OfLeaf(entry).ToArray()));
        var proof = (await hub.Http.GetStringAsync("log/proof/0")).Split("\n\n", 2);
        Assert.Equal(["c2sp.org/tlog-proof@v1", "index 0"], proof[0].Split('\n')[..2]);
        Assert.True(MerkleProof.IsIncluded(
            0, head.Size, TreeHash.OfLeaf(entries[0]),
            [
                .. proof[0].Split('\n')[2..].Where(line => line.Length > 0)
                    .Select(line => TreeHash.Read(Convert.FromBase64String(line))),
            ],
            head.Root));
        Assert.Equal(await note.Content.ReadAsStringAsync(), proof[1]);
        Assert.StartsWith(
            $$"""{"size":{{head.Size}}}""", await hub.Http.GetStringAsync("log/books"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_books_have_one_reader_at_a_time_and_the_next_is_told_when_to_ask()
    {
        await using var hub = new SeededHub();
        new PublicLog(hub.Books).Begin(WrittenBooks.ContractTold);

        // More than the sockets in between can hold.
        hub.Execute(
            """
            WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number LIMIT 90000)
            INSERT INTO window(source, start_ms, end_ms, revision, log_id, known_ms,
                no_fact_because)
            SELECT 'stack-a', n * 1000, n * 1000 + 1000, 1, n, n, hex(zeroblob(200)) FROM number
            """);
        await hub.Start();
        using (var slow = await hub.Http.GetAsync(
            "log/books", HttpCompletionOption.ResponseHeadersRead))
        {
            Assert.Equal(HttpStatusCode.OK, slow.StatusCode);
            using var second = await hub.Http.GetAsync("log/books");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, second.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(10), second.Headers.RetryAfter!.Delta);
            Assert.Contains("ten seconds", await second.Content.ReadAsStringAsync());
        }

        // One that goes away makes room.
        await Surface.Eventually.True(
            () =>
            {
                using var ask = new HttpRequestMessage(HttpMethod.Get, "log/books");
                using var answer = hub.Http.Send(ask, HttpCompletionOption.ResponseHeadersRead);
                return answer.StatusCode == HttpStatusCode.OK;
            },
            "the next reader is served");
    }

    [Theory]
    [InlineData("log/tile/0/999")]
    [InlineData("log/tile/0/000.p/255")]
    [InlineData("log/tile/0/0")]
    [InlineData("log/tile/9/000")]
    [InlineData("log/cosigned")]
    [InlineData("log/proof/999")]
    [InlineData("log/proof/-1")]
    public async Task What_the_log_does_not_have_is_not_found(string path)
    {
        await using var hub = new SeededHub();
        new PublicLog(hub.Books).Begin(WrittenBooks.ContractTold);
        await hub.Start();
        await Eventually(hub, "log/checkpoint");

        Assert.Equal(HttpStatusCode.NotFound, (await hub.Http.GetAsync(path)).StatusCode);
    }

    [Fact]
    public void A_cosignature_of_a_known_witness_is_served_under_its_checkpoint()
    {
        var written = new WrittenBooks(_folder.File("books.db"));
        var witnesses = Known(written.Log, Witness);
        Assert.Null(witnesses.Newest());
        written.Begin();
        written.Log.Publish(WrittenBooks.Signer);
        var note = SignedNote.Parse(witnesses.Newest()!)!;
        SignedNote By(NoteSigner signer) => note with
        {
            Signatures = [.. note.Signatures, signer.Cosign(note.Text, At)],
        };
        CosignatureVerdict Take(SignedNote given) => witnesses.Take(given.ToString());

        Assert.Equal(CosignatureVerdict.NotANote, witnesses.Take("hello"));
        Assert.Equal(CosignatureVerdict.UnknownWitness, Take(By(Signer("other", 2))));
        Assert.Equal(CosignatureVerdict.UnknownWitness, Take(note));
        Assert.Equal(
            CosignatureVerdict.NotOurCheckpoint,
            Take(By(Witness) with { Signatures = [Witness.Cosign(note.Text, At)] }));
        Assert.Null(witnesses.NewestCosigned());
        Assert.Equal(CosignatureVerdict.Taken, Take(By(Witness)));
        Assert.Equal(By(Witness).ToString(), witnesses.Newest());
        Assert.Equal(By(Witness).ToString(), witnesses.NewestCosigned());

        // The log goes on; the word of the witness stays with what it saw.
        written.Period(0, 200_000);
        written.Log.Publish(WrittenBooks.Signer);
        Assert.Single(SignedNote.Parse(witnesses.Newest()!)!.Signatures);
        Assert.Equal(By(Witness).ToString(), witnesses.NewestCosigned());

        // Who is no longer named in the settings is no longer shown.
        Assert.Single(SignedNote.Parse(Known(written.Log).NewestCosigned()!)!.Signatures);
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public void The_key_is_made_once_for_its_owner_only_and_for_one_name()
    {
        var made = LogKey.Open(_folder.Path, "log.example/a", isBegun: false);

        Assert.Equal(
            made.Verifier.ToString(),
            LogKey.Open(_folder.Path, "log.example/a", isBegun: false).Verifier.ToString());
        var path = _folder.File(LogKey.FileName);
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.Contains("log.origin", Refusal("log.example/b"), StringComparison.Ordinal);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Refusal("log.example/a"), StringComparison.Ordinal);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(path, "PRIVATE+KEY+x");
        Assert.Contains("no key", Refusal("log.example/a"), StringComparison.Ordinal);
        File.Delete(path);
        Assert.Contains("is missing", Refusal("log.example/a"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_key_goes_with_a_backup_and_stays_its_owners()
    {
        var data = Directory.CreateDirectory(_folder.File("data")).FullName;
        await using (RecordLog.Open(Path.Combine(data, "records.db")))
        {
            Books.Open(Path.Combine(data, "books.db"));
            var key = LogKey.Open(data, "log.example/a", isBegun: false);
            await Backup.MakeAsync(data, _folder.File("copy"), TimeProvider.System, _ => { });
            await Backup.RestoreAsync(_folder.File("copy"), _folder.File("again"), _ => { });

            Assert.Equal(
                key.Verifier.ToString(), LogKey.Read(_folder.File("again")).Verifier.ToString());
        }
    }

    private string Refusal(string origin) => Assert.Throws<StoreException>(
        () => LogKey.Open(_folder.Path, origin, isBegun: true)).Message;

    private static Witnesses Known(PublicLog log, params ReadOnlySpan<NoteSigner> witnesses) => new(
        log, WrittenBooks.Signer,
        new WitnessKeys([.. witnesses.ToArray().Select(one => one.Verifier)]));

    private static NoteSigner Signer(string name, byte seed) =>
        new(name, SignatureKind.Cosignature, [.. Enumerable.Repeat(seed, 32)]);

    private static async Task<HttpResponseMessage> Eventually(SeededHub hub, string path)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var answer = await hub.Http.GetAsync(path, patience.Token);
            if (answer.IsSuccessStatusCode)
            {
                return answer;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, patience.Token);
        }
    }
}
