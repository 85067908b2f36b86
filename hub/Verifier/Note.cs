using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace Monitoring.Verifier;

/// <summary>A public key as C2SP signed-note writes it: name, hash, base64.</summary>
internal sealed record PublicKey(string Name, byte Kind, byte[] Key, byte[] Id)
{
    public const byte OfLog = 1;
    public const byte OfWitness = 4;

    /// <summary>Null where the text is none.</summary>
    public static PublicKey? Parse(string text)
    {
        var parts = text.Split('+', 3);
        if (parts.Length != 3 || Base64(parts[2]) is not { Length: 33 } bytes)
        {
            return null;
        }

        byte[] named = [.. Encoding.UTF8.GetBytes(parts[0]), (byte)'\n', .. bytes];
        var id = SHA256.HashData(named)[..4];
        return Convert.ToHexStringLower(id) == parts[1]
            ? new PublicKey(parts[0], bytes[0], bytes[1..], id)
            : null;
    }

    /// <summary>What it signed at what time, for a witness; whether it signed, for a log.</summary>
    public bool Signed(Note note) => note.Signatures.Any(line =>
        line.Name == Name && line.Bytes.AsSpan(0, Math.Min(4, line.Bytes.Length))
            .SequenceEqual(Id) && IsRight(note.Text, line.Bytes[4..]));

    private bool IsRight(string text, byte[] signature)
    {
        var message = text;
        if (Kind == OfWitness)
        {
            if (signature.Length < 8)
            {
                return false;
            }

            var seconds = BinaryPrimitives.ReadUInt64BigEndian(signature);
            message = string.Create(
                CultureInfo.InvariantCulture, $"cosignature/v1\ntime {seconds}\n{text}");
            signature = signature[8..];
        }

        var check = new Ed25519Signer();
        check.Init(false, new Ed25519PublicKeyParameters(Key));
        var bytes = Encoding.UTF8.GetBytes(message);
        check.BlockUpdate(bytes, 0, bytes.Length);
        return signature.Length == 64 && check.VerifySignature(signature);
    }

    internal static byte[]? Base64(string text)
    {
        try
        {
            var bytes = Convert.FromBase64String(text);
            return Convert.ToBase64String(bytes) == text ? bytes : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}

/// <summary>A line under a note.</summary>
internal sealed record NoteLine(string Name, byte[] Bytes)
{
    /// <summary>Null where the text is none.</summary>
    public static NoteLine? Parse(string line) =>
        line.Split(' ') is ["—", var name, var base64]
        && PublicKey.Base64(base64) is { Length: > 4 } signature
            ? new NoteLine(name, signature)
            : null;
}

/// <summary>A signed text, taken apart.</summary>
internal sealed record Note(string Text, IReadOnlyList<NoteLine> Signatures)
{
    /// <summary>Null where the text is no signed note.</summary>
    public static Note? Parse(byte[] bytes)
    {
        string all;
        try
        {
            all = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes);
        }
        catch (ArgumentException)
        {
            return null;
        }

        var end = all.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !all.EndsWith('\n') || end + 2 == all.Length)
        {
            return null;
        }

        var lines = new List<NoteLine>();
        foreach (var line in all[(end + 2)..^1].Split('\n'))
        {
            if (NoteLine.Parse(line) is not { } read)
            {
                return null;
            }

            lines.Add(read);
        }

        return new Note(all[..(end + 1)], lines);
    }
}

/// <summary>How long a log was, and its root then.</summary>
internal sealed record Head(string Origin, long Size, byte[] Root)
{
    /// <summary>Null where the text is no checkpoint.</summary>
    public static Head? Parse(string text) =>
        text.Split('\n') is [var origin, var size, var root, ""]
        && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
        && size == count.ToString(CultureInfo.InvariantCulture)
        && PublicKey.Base64(root) is { Length: 32 } hash
            ? new Head(origin, count, hash)
            : null;
}
