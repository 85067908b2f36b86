using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace Monitoring.Wire.Transparency;

/// <summary>One line under a note: who signed it, and the signature.</summary>
public sealed record NoteSignature(string Name, uint KeyId, byte[] Signature)
{
    private const string Dash = "— ";
    private const int KeyIdBytes = sizeof(uint);

    /// <summary>The Unix time in a cosignature.</summary>
    public ulong CosignedSeconds => BinaryPrimitives.ReadUInt64BigEndian(Signature);

    /// <summary>Null where the text is no such line.</summary>
    public static NoteSignature? Parse(string line)
    {
        if (!line.StartsWith(Dash, StringComparison.Ordinal)
            || line[Dash.Length..].Split(' ') is not [var name, var base64]
            || !NoteVerifier.IsName(name)
            || NoteText.Base64(base64) is not { Length: > KeyIdBytes } bytes)
        {
            return null;
        }

        return new NoteSignature(
            name, BinaryPrimitives.ReadUInt32BigEndian(bytes), bytes[KeyIdBytes..]);
    }

    public override string ToString()
    {
        var id = new byte[KeyIdBytes];
        BinaryPrimitives.WriteUInt32BigEndian(id, KeyId);
        return $"{Dash}{Name} {Convert.ToBase64String([.. id, .. Signature])}";
    }
}

/// <summary>
/// A text and who signed it (C2SP signed-note): the text, an empty line, the signatures. Nothing
/// of it may be believed before a known key has verified it.
/// </summary>
/// <param name="Text">Ends in a line feed.</param>
public sealed record SignedNote(string Text, ImmutableArray<NoteSignature> Signatures)
{
    public const int SignaturesMax = 100;
    public const int CharactersMax = 64 * 1024;

    /// <summary>Null where the text is no signed note.</summary>
    public static SignedNote? Parse(string note)
    {
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0 || !note.EndsWith('\n') || note.Length > CharactersMax
            || note.Any(unit => unit < ' ' && unit != '\n'))
        {
            return null;
        }

        var lines = note[(split + 2)..].Split('\n')[..^1];
        if (lines.Length is 0 or > SignaturesMax)
        {
            return null;
        }

        var signatures = ImmutableArray.CreateBuilder<NoteSignature>();
        foreach (var line in lines)
        {
            if (NoteSignature.Parse(line) is not { } signature)
            {
                return null;
            }

            signatures.Add(signature);
        }

        return new SignedNote(note[..(split + 1)], signatures.ToImmutable());
    }

    public override string ToString() =>
        $"{Text}\n{string.Concat(Signatures.Select(signature => $"{signature}\n"))}";

    /// <summary>The signature of that key, if it verifies; null: not signed by it.</summary>
    public NoteSignature? SignatureOf(NoteVerifier key) =>
        Signatures.FirstOrDefault(line => key.Verifies(Text, line));
}

/// <summary>How the parts of notes are written.</summary>
internal static class NoteText
{
    public const int NameMax = 255;

    /// <summary>What a witness signs: when, and the whole text of the checkpoint.</summary>
    public static byte[] Cosigned(string text, ulong seconds) =>
        Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"cosignature/v1\ntime {seconds}\n{text}"));

    /// <summary>Null where the text is not base64, or not written in its one way.</summary>
    public static byte[]? Base64(string text)
    {
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length)
            && Convert.ToBase64String(bytes, 0, length) == text
            ? bytes[..length]
            : null;
    }
}
