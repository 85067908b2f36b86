using System.Security.Cryptography;
using System.Text;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Transparency;

/// <summary>
/// The secret key of the public log, in a file that only its owner may read. It is made at the
/// first start. Whoever has it can sign another history; whoever loses it can sign none.
/// </summary>
public static class LogKey
{
    public const string FileName = "log.key";

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <param name="origin">The name of the log. It is in the key and never changes.</param>
    /// <exception cref="StoreException">The file cannot be read, or is another log's.</exception>
    /// <param name="isBegun">The log was signed before, so its key has to be there.</param>
    public static NoteSigner Open(string folder, string origin, bool isBegun)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            if (!File.Exists(path))
            {
                if (isBegun)
                {
                    throw new IOException(
                        "the key of the public log is missing; put back the file that was here.");
                }

                Write(path, new NoteSigner(
                    origin, SignatureKind.Ed25519,
                    RandomNumberGenerator.GetBytes(Ed25519Signature.SeedBytes)));
            }

            var signer = ReadFile(path);
            return signer.Verifier.Name == origin
                ? signer
                : throw new IOException(
                    $"the key is that of the log '{signer.Verifier.Name}', the settings name "
                        + $"'{origin}'; a log keeps its name, so mend 'log.origin'.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>The key of a hub that was started before, whatever its log is called.</summary>
    /// <exception cref="StoreException">The file cannot be read.</exception>
    public static NoteSigner Read(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return ReadFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{path}: {e.Message}", e);
        }
    }

    private static NoteSigner ReadFile(string path)
    {
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~OwnerOnly) != 0)
        {
            throw new IOException($"others may read the key; run 'chmod 600 {path}'.");
        }

        return NoteSigner.Parse(File.ReadAllText(path).TrimEnd('\n'))
            is { Verifier.Kind: SignatureKind.Ed25519 } signer
            ? signer
            : throw new IOException("this is no key of a log; put back the one that was here.");
    }

    /// <summary>Writes a secret key for its owner only, whole or not at all.</summary>
    public static void Write(string path, NoteSigner signer)
    {
        var part = path + ".part";
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
            file.Write(Encoding.UTF8.GetBytes(signer.Secret() + "\n"));
            file.Flush(flushToDisk: true);
        }

        File.Move(part, path);
    }
}
