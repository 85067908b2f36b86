using System.Collections.Immutable;
using System.Net;
using Monitoring.Agent;
using Monitoring.Agent.Witness;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Witness;

public sealed class WitnessTests : IDisposable
{
    private static readonly NoteSigner LogKey = Signer("log.example/a", SignatureKind.Ed25519, 1);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("witness-");
    private readonly LogServer _server = new();
    private readonly NoteSigner _key;

    public WitnessTests() => _key = new WitnessFiles(_folder.FullName).Key("plant-a/gateway-1");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task A_log_that_only_grows_is_cosigned_each_time_also_after_a_restart()
    {
        var random = new Random(1);
        for (var size = 1; size < 3_000; size += random.Next(1, 700))
        {
            _server.Grow(size);
            Assert.Equal(WitnessOutcome.Cosigned, await Witness().Look(default));
            var sent = SignedNote.Parse(_server.Sent[^1])!;
            Assert.NotNull(sent.SignatureOf(_key.Verifier));
            Assert.Equal(size, Checkpoint.Of(sent, LogKey.Verifier)!.Size);
        }

        Assert.True(_server.Sent.Count > 4);
    }

    [Fact]
    public async Task Another_history_is_never_cosigned_and_the_proof_is_kept()
    {
        _server.Grow(300);
        await Witness().Look(default);
        _server.Rewrite(7);

        Assert.Equal(WitnessOutcome.Inconsistent, await Witness().Look(default));
        _server.Grow(700);
        Assert.Equal(WitnessOutcome.Inconsistent, await Witness().Look(default));
        Assert.Single(_server.Sent);
        var conflict = File.ReadAllText(Path.Combine(_folder.FullName, WitnessFiles.ConflictName));
        Assert.Equal(2, conflict.Split("— log.example/a ").Length - 1);
    }

    [Fact]
    public async Task A_log_that_went_back_is_not_cosigned()
    {
        _server.Grow(300);
        await Witness().Look(default);
        _server.Shrink(299);

        Assert.Equal(WitnessOutcome.Older, await Witness().Look(default));
    }

    [Theory]
    [InlineData("checkpoint", "")]
    [InlineData("checkpoint", "log.example/a\n1\nAAAA\n\n— log.example/a AAAAAAE=\n")]
    public async Task What_its_key_did_not_sign_is_no_log(string path, string text)
    {
        _server.Grow(3);
        _server.Instead[path] = System.Text.Encoding.UTF8.GetBytes(text);

        Assert.Equal(WitnessOutcome.NotSigned, await Witness().Look(default));
        Assert.Empty(_server.Sent);
    }

    [Fact]
    public async Task Another_key_of_the_same_name_is_no_key_of_the_log()
    {
        _server.Grow(3);
        var other = Signer("log.example/a", SignatureKind.Ed25519, 2);

        Assert.Equal(WitnessOutcome.NotSigned, await Witness(other.Verifier).Look(default));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(9_000)]
    public async Task A_tile_of_a_wrong_length_ends_nothing_but_the_look(int bytes)
    {
        _server.Grow(300);
        await Witness().Look(default);
        _server.Grow(600);
        _server.Instead["tile/0/001"] = new byte[bytes];

        Assert.Equal(WitnessOutcome.Unreachable, await Witness().Look(default));
    }

    [Fact]
    public async Task Wrong_tiles_prove_no_lie_of_the_log_and_are_not_cosigned()
    {
        _server.Grow(300);
        await Witness().Look(default);
        _server.Grow(600);
        _server.Instead["tile/0/001"] = new byte[8_192];

        Assert.Equal(WitnessOutcome.Inconsistent, await Witness().Look(default));
        Assert.False(File.Exists(Path.Combine(_folder.FullName, WitnessFiles.ConflictName)));
    }

    [Fact]
    public async Task A_memory_that_is_damaged_is_not_taken_for_none()
    {
        _server.Grow(3);
        await Witness().Look(default);
        File.WriteAllText(Path.Combine(_folder.FullName, WitnessFiles.SeenName), "x");

        Assert.Equal(WitnessOutcome.CannotKeep, await Witness().Look(default));
    }

    [Fact]
    public async Task A_hub_that_does_not_know_the_witness_is_told_again_next_time()
    {
        _server.Grow(3);
        _server.TakesCosignatures = false;
        Assert.Equal(WitnessOutcome.Unreachable, await Witness().Look(default));
        _server.TakesCosignatures = true;

        Assert.Equal(WitnessOutcome.Cosigned, await Witness().Look(default));
    }

    [Fact]
    public void The_key_stays_the_same() => Assert.Equal(
        _key.Verifier.ToString(),
        new WitnessFiles(_folder.FullName).Key("another/name").Verifier.ToString());

    private LogWitness Witness(NoteVerifier? key = null) => new(
        new WitnessedLog(
            new Uri("http://hub.example/log"), key ?? LogKey.Verifier, TimeSpan.FromMinutes(1)),
        _key, new WitnessFiles(_folder.FullName), new HttpMessageInvoker(_server),
        Log.Silent(TimeProvider.System), TimeProvider.System);

    private static NoteSigner Signer(string name, SignatureKind kind, byte seed) =>
        new(name, kind, [.. Enumerable.Repeat(seed, 32)]);

    /// <summary>A log of numbers, served as a hub does.</summary>
    private sealed class LogServer : HttpMessageHandler
    {
        private ImmutableArray<TreeHash> _leaves = [];

        public List<string> Sent { get; } = [];

        /// <summary>What is served instead of a file.</summary>
        public Dictionary<string, byte[]> Instead { get; } = [];

        public bool TakesCosignatures { get; set; } = true;

        public void Grow(int size) => _leaves =
        [
            .. _leaves,
            .. Enumerable.Range(_leaves.Length, size - _leaves.Length)
                .Select(i => TreeHash.OfLeaf(BitConverter.GetBytes(i))),
        ];

        public void Shrink(int size) => _leaves = _leaves[..size];

        public void Rewrite(int index) =>
            _leaves = _leaves.SetItem(index, TreeHash.OfLeaf([1, 2, 3]));

        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var path = request.RequestUri!.AbsolutePath["/log/".Length..];
            if (request.Method == HttpMethod.Post)
            {
                Assert.Equal("cosignature", path);
                if (TakesCosignatures)
                {
                    Sent.Add(await request.Content!.ReadAsStringAsync(cancellationToken));
                }

                return new HttpResponseMessage(
                    TakesCosignatures ? HttpStatusCode.NoContent : HttpStatusCode.Forbidden);
            }

            var bytes = Instead.GetValueOrDefault(path)
                ?? (path == "checkpoint" ? Signed() : Tile(TilePath.Parse(path)!));
            return new HttpResponseMessage { Content = new ByteArrayContent(bytes) };
        }

        private byte[] Signed()
        {
            var tree = new TileTree(_leaves.Length, Tile);
            var text = new Checkpoint(LogKey.Verifier.Name, tree.Size, tree.Root).ToString();
            var note = new SignedNote(text, [LogKey.Sign(text)]);
            return System.Text.Encoding.UTF8.GetBytes(note.ToString());
        }

        private byte[] Tile(TilePath path)
        {
            Assert.Equal(
                TilePath.WidthIn(_leaves.Length, path.Level, path.Number), path.Width);
            return
            [
                .. Enumerable.Range((int)path.Number * 256, path.Width).SelectMany(i =>
                    (path.Level == 0
                        ? _leaves[i]
                        : TileTree.RootOf(Tile(new TilePath(path.Level - 1, i, 256)))).ToArray()),
            ];
        }
    }
}
