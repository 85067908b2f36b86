using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Monitoring.Wire.Transparency;

/// <summary>What a signature under a note says (C2SP signed-note).</summary>
public enum SignatureKind
{
    /// <summary>The text itself is signed.</summary>
    Ed25519 = 1,

    /// <summary>A witness saw that the log only grew, at the time in the signature.</summary>
    Cosignature = 4,
}

/// <summary>The public key of who signs notes: <c>name+hash+base64(kind and key)</c>.</summary>
public sealed record NoteVerifier
{
    private NoteVerifier(string name, SignatureKind kind, byte[] publicKey)
    {
        Name = name;
        Kind = kind;
        PublicKey = publicKey;
        KeyId = IdOf(name, kind, publicKey);
    }

    public string Name { get; }

    public SignatureKind Kind { get; }

    public byte[] PublicKey { get; }

    /// <summary>Not secret and not unique; with the name it says which key to try.</summary>
    public uint KeyId { get; }

    public static NoteVerifier Of(string name, SignatureKind kind, byte[] publicKey)
    {
        Invariant.That(IsName(name));
        Invariant.That(publicKey.Length == Ed25519Signature.PublicKeyBytes);
        return new NoteVerifier(name, kind, publicKey);
    }

    /// <summary>Null where the text is no key, or its hash is not the key's.</summary>
    public static NoteVerifier? Parse(string text)
    {
        // The base64 of the key may hold a plus itself.
        var parts = text.Split('+', 3);
        if (parts.Length != 3 || !IsName(parts[0])
            || NoteText.Base64(parts[2]) is not [var kind and (1 or 4), .. var key]
            || key.Length != Ed25519Signature.PublicKeyBytes)
        {
            return null;
        }

        var verifier = new NoteVerifier(parts[0], (SignatureKind)kind, key);
        return verifier.ToString() == text ? verifier : null;
    }

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}+{KeyId:x8}+{Convert.ToBase64String([(byte)Kind, .. PublicKey])}");

    /// <summary>Whether the line is this key's and signs that text.</summary>
    public bool Verifies(string text, NoteSignature line)
    {
        if (!IsOf(line))
        {
            return false;
        }

        return Kind == SignatureKind.Ed25519
            ? Ed25519Signature.IsRight(PublicKey, Encoding.UTF8.GetBytes(text), line.Signature)
            : line.Signature.Length == sizeof(ulong) + Ed25519Signature.Bytes
                && Ed25519Signature.IsRight(
                    PublicKey, NoteText.Cosigned(text, line.CosignedSeconds),
                    line.Signature[sizeof(ulong)..]);
    }

    public bool IsOf(NoteSignature line) => line.Name == Name && line.KeyId == KeyId;

    /// <summary>Whether keys can have that name.</summary>
    public static bool IsName(string name) =>
        name.Length is > 0 and <= NoteText.NameMax
        && !name.Contains('+', StringComparison.Ordinal)
        && !name.Any(unit => char.IsWhiteSpace(unit) || char.IsControl(unit));

    private static uint IdOf(string name, SignatureKind kind, byte[] publicKey) =>
        BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(
            [.. Encoding.UTF8.GetBytes(name), (byte)'\n', (byte)kind, .. publicKey]));
}

/// <summary>
/// The secret key of who signs notes, written as
/// <c>PRIVATE+KEY+name+hash+base64(kind and seed)</c>.
/// </summary>
public sealed class NoteSigner
{
    private const string Prefix = "PRIVATE+KEY+";

    private readonly byte[] _seed;

    /// <param name="seed">32 random bytes.</param>
    public NoteSigner(string name, SignatureKind kind, byte[] seed)
    {
        _seed = seed;
        Verifier = NoteVerifier.Of(name, kind, Ed25519Signature.PublicKeyOf(seed));
    }

    public NoteVerifier Verifier { get; }

    /// <summary>Null where the text is no secret key, or its hash is not the key's.</summary>
    public static NoteSigner? Parse(string text)
    {
        var parts = text.StartsWith(Prefix, StringComparison.Ordinal)
            ? text[Prefix.Length..].Split('+', 3)
            : [];
        if (parts.Length != 3 || !NoteVerifier.IsName(parts[0])
            || NoteText.Base64(parts[2]) is not [var kind and (1 or 4), .. var seed]
            || seed.Length != Ed25519Signature.SeedBytes)
        {
            return null;
        }

        var signer = new NoteSigner(parts[0], (SignatureKind)kind, seed);
        return signer.Secret() == text ? signer : null;
    }

    /// <summary>The secret itself, for its file and for nothing else.</summary>
    public string Secret() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Prefix}{Verifier.Name}+{Verifier.KeyId:x8}+"
            + $"{Convert.ToBase64String([(byte)Verifier.Kind, .. _seed])}");

    /// <summary>Signs the text of a note.</summary>
    public NoteSignature Sign(string text)
    {
        Invariant.That(Verifier.Kind == SignatureKind.Ed25519);
        return Line(Ed25519Signature.Sign(_seed, Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>Says of a checkpoint that it was the newest then, and consistent.</summary>
    public NoteSignature Cosign(string text, DateTimeOffset at)
    {
        Invariant.That(Verifier.Kind == SignatureKind.Cosignature);
        var seconds = checked((ulong)at.ToUnixTimeSeconds());
        var time = new byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(time, seconds);
        var signature = Ed25519Signature.Sign(_seed, NoteText.Cosigned(text, seconds));
        return Line([.. time, .. signature]);
    }

    private NoteSignature Line(byte[] signature) =>
        new(Verifier.Name, Verifier.KeyId, signature);
}
