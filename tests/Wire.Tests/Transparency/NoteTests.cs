using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Transparency;

/// <summary>
/// Keys and notes: those of the documentation of golang.org/x/mod/sumdb/note and of C2SP
/// signed-note. Signatures by Ed25519 are the same on every machine, so they are compared whole.
/// </summary>
public sealed class NoteTests
{
    private const string Secret =
        "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

    private const string Peter =
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";

    private const string Enoch =
        "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop";

    private const string Text =
        "If you think cryptography is the answer to your problem,\n"
        + "then you don't know what your problem is.\n";

    private const string ByPeter =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotp"
        + "RZb6KE6RyyBwJnAM=";

    private const string ByEnoch =
        "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox"
        + "33WWd1RvMc+QQ=";

    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeSeconds(1_679_315_147);

    [Fact]
    public void A_text_is_signed_as_the_example_is()
    {
        var signer = NoteSigner.Parse(Secret)!;

        Assert.Equal(Peter, signer.Verifier.ToString());
        Assert.Equal(Secret, signer.Secret());
        Assert.Equal(ByPeter, signer.Sign(Text).ToString());
    }

    [Fact]
    public void Each_signature_of_a_note_is_found_by_its_key()
    {
        var note = SignedNote.Parse($"{Text}\n{ByPeter}\n{ByEnoch}\n")!;

        Assert.Equal(Text, note.Text);
        Assert.NotNull(note.SignatureOf(NoteVerifier.Parse(Peter)!));
        Assert.NotNull(note.SignatureOf(NoteVerifier.Parse(Enoch)!));
        Assert.Equal($"{Text}\n{ByPeter}\n{ByEnoch}\n", note.ToString());
        Assert.Null((note with { Text = Text + "x\n" }).SignatureOf(NoteVerifier.Parse(Peter)!));
    }

    [Fact]
    public void The_example_of_the_format_verifies()
    {
        var key = NoteVerifier.Parse(
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k")!;
        var note = SignedNote.Parse(
            "This is an example message.\n\n— example.com/foo "
            + "Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu"
            + "72IneyaQM=\n")!;

        Assert.NotNull(note.SignatureOf(key));
    }

    [Theory]
    [InlineData("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==")]
    [InlineData("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")]
    public void A_key_of_another_length_or_kind_is_refused(string key) =>
        Assert.Null(NoteVerifier.Parse(key));

    [Fact]
    public void No_part_of_a_key_and_no_mangled_one_is_a_key()
    {
        for (var start = 0; start < Peter.Length; start++)
        {
            var mangled = Peter.ToCharArray();
            mangled[start]++;
            Assert.Null(NoteVerifier.Parse(new string(mangled)));
            for (var end = start + 1; end <= Peter.Length; end++)
            {
                Assert.True(
                    (start, end) == (0, Peter.Length)
                        || NoteVerifier.Parse(Peter[start..end]) is null);
            }
        }

        for (var i = 0; i < Secret.Length; i++)
        {
            var mangled = Secret.ToCharArray();
            mangled[i]++;
            Assert.Null(NoteSigner.Parse(new string(mangled)));
            Assert.Null(NoteSigner.Parse(Secret[..i]));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("text\n")]
    [InlineData("text\n\n")]
    [InlineData("text\n\n— a AAAAAAE=")]
    [InlineData("text\n\n- a AAAAAAE=\n")]
    [InlineData("text\n\n— a AAAAAA==\n")]
    [InlineData("text\n\n— a+b AAAAAAE=\n")]
    [InlineData("text\n\n— a AAAAAAE\n")]
    [InlineData("te\txt\n\n— a AAAAAAE=\n")]
    public void What_is_no_signed_note_is_refused(string note) =>
        Assert.Null(SignedNote.Parse(note));

    [Theory]
    [InlineData("o\n07\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("o\n-7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    [InlineData("o\n7\n")]
    [InlineData("o\n7\nAAAA\n")]
    [InlineData("o\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\next\n")]
    [InlineData("o\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")]
    [InlineData("\n7\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n")]
    public void What_is_no_checkpoint_is_refused(string text) =>
        Assert.Null(Checkpoint.Parse(text));

    [Fact]
    public void A_checkpoint_is_its_logs_only_by_name_and_key()
    {
        var log = Signer("log.example/a", SignatureKind.Ed25519, 1);
        var checkpoint = new Checkpoint("log.example/a", 7, TreeHash.Empty);
        var text = checkpoint.ToString();
        SignedNote By(NoteSigner signer) => new(text, [signer.Sign(text)]);

        Assert.Equal(checkpoint, Checkpoint.Parse(text));
        Assert.Equal(checkpoint, Checkpoint.Of(By(log), log.Verifier));
        Assert.Null(Checkpoint.Of(By(log), Signer("log.example/a", SignatureKind.Ed25519, 2)
            .Verifier));
        var other = Signer("log.example/b", SignatureKind.Ed25519, 1);
        Assert.Null(Checkpoint.Of(By(other), other.Verifier));
    }

    [Fact]
    public void A_witness_signs_the_time_with_the_checkpoint()
    {
        var text = new Checkpoint("log.example/a", 7, TreeHash.Empty).ToString();
        var witness = Signer("plant-a/gateway-1", SignatureKind.Cosignature, 3);
        var line = NoteSignature.Parse(witness.Cosign(text, At).ToString())!;
        var later = line with { Signature = [.. line.Signature] };
        later.Signature[7]++;

        Assert.Equal((ulong)At.ToUnixTimeSeconds(), line.CosignedSeconds);
        Assert.True(witness.Verifier.Verifies(text, line));
        Assert.False(witness.Verifier.Verifies(text, later));
        Assert.False(witness.Verifier.Verifies(text + "x\n", line));
        Assert.NotEqual(
            witness.Verifier.KeyId,
            NoteVerifier.Of(
                witness.Verifier.Name, SignatureKind.Ed25519, witness.Verifier.PublicKey).KeyId);
    }

    [Fact]
    public void The_time_of_a_published_cosignature_is_read()
    {
        var line = NoteSignature.Parse(
            "— w ZGhGuQAAAABm/qTPeyKXD+R2rzyQsxPiP8mXum7qq/iF0u4vanlqJyocWODBt97w9uL+8qT7S5gxEHWW"
            + "OworDcFiEBYJXORmnFBOBA==")!;

        Assert.Equal(1_727_964_367UL, line.CosignedSeconds);
        Assert.Equal(0x646846b9U, line.KeyId);
    }

    private static NoteSigner Signer(string name, SignatureKind kind, byte seed) =>
        new(name, kind, [.. Enumerable.Repeat(seed, 32)]);
}
