using System.Security.Cryptography;
using System.Text;
using Monitoring.Wire.Transparency;

namespace Monitoring.Agent.Witness;

/// <summary>
/// What a witness keeps: its own key, and the checkpoint that it signed last. A file is replaced
/// whole or not at all, also when the power fails.
/// </summary>
public sealed class WitnessFiles(string folder)
{
    public const string KeyName = "witness.key";
    public const string SeenName = "witness.checkpoint";
    public const string ConflictName = "witness.conflict";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The key, made at the first start; it keeps the name it was made with.</summary>
    /// <exception cref="IOException">The file cannot be read or written, or is no key.</exception>
    public NoteSigner Key(string name)
    {
        var path = Path.Combine(folder, KeyName);
        if (!File.Exists(path))
        {
            var made = new NoteSigner(
                name, SignatureKind.Cosignature,
                RandomNumberGenerator.GetBytes(Ed25519Signature.SeedBytes));
            Write(KeyName, made.Secret() + "\n");
        }

        return NoteSigner.Parse(File.ReadAllText(path).TrimEnd('\n'))
            is { Verifier.Kind: SignatureKind.Cosignature } key
            ? key
            : throw new IOException($"{path} is no key of a witness; put back the one that was.");
    }

    /// <summary>The note that was signed last; null before the first.</summary>
    /// <exception cref="IOException">
    /// It cannot be read. To begin anew would forget what the log said before.
    /// </exception>
    public SignedNote? Seen()
    {
        var path = Path.Combine(folder, SeenName);
        return !File.Exists(path)
            ? null
            : SignedNote.Parse(File.ReadAllText(path)) ?? throw new IOException(
                $"{path} is damaged; remove it only if you trust the log as it is now.");
    }

    public void Keep(SignedNote note) => Write(SeenName, note.ToString());

    /// <summary>Two signed checkpoints that cannot both be true: a proof for everybody.</summary>
    public void KeepConflict(SignedNote seen, SignedNote now) =>
        Write(ConflictName, $"{seen}\n{now}");

    private void Write(string name, string text)
    {
        var part = Path.Combine(folder, name + ".part");
        File.Delete(part);
        var options = new FileStreamOptions
        {
            Mode = FileMode.CreateNew, Access = FileAccess.Write,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        using (var file = new FileStream(part, options))
        {
            file.Write(Encoding.UTF8.GetBytes(text));
            file.Flush(flushToDisk: true);
        }

        File.Move(part, Path.Combine(folder, name), overwrite: true);
    }
}
