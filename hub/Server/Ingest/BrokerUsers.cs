using System.Security.Cryptography;
using System.Text;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Ingest;

/// <summary>
/// The users of the broker inside the hub, from a file that <c>mosquitto_passwd</c> writes (lines
/// <c>name:$7$iterations$salt$hash</c>, PBKDF2 with SHA-512), so both brokers take the same file.
/// </summary>
public sealed class BrokerUsers
{
    private const int UsersMax = 10_000;

    private readonly Dictionary<string, Secret> _users = new(StringComparer.Ordinal);

    public static BrokerUsers Parse(string source, string text, Faults faults)
    {
        var users = new BrokerUsers();
        var number = 0;
        foreach (var line in text.Split('\n'))
        {
            number++;
            if (line.Trim() is not { Length: > 0 } entry)
            {
                continue;
            }

            if (ParseLine(entry) is not var (name, secret) || users._users.Count == UsersMax)
            {
                faults.Add(
                    source, number, "not a line of mosquitto_passwd",
                    "make the file with 'mosquitto_passwd -c FILE NAME' "
                        + $"({UsersMax} users at most)");
                continue;
            }

            users._users[name] = secret;
        }

        return users;
    }

    public bool Admits(string? name, string? password)
    {
        if (name is null || password is null || !_users.TryGetValue(name, out var secret))
        {
            return false;
        }

        var hash = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(password), secret.Salt, secret.Iterations,
            HashAlgorithmName.SHA512, secret.Hash.Length);
        return CryptographicOperations.FixedTimeEquals(hash, secret.Hash);
    }

    private static (string Name, Secret Secret)? ParseLine(string line)
    {
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        var parts = line[(colon + 1)..].Split('$');
        if (colon < 1 || parts is not ["", "7", _, _, _]
            || !int.TryParse(parts[2], out var iterations) || iterations is < 1 or > 10_000_000)
        {
            return null;
        }

        var salt = new byte[64];
        var hash = new byte[64];
        return Convert.TryFromBase64String(parts[3], salt, out var saltBytes) && saltBytes > 0
            && Convert.TryFromBase64String(parts[4], hash, out var hashBytes) && hashBytes == 64
                ? (line[..colon], new Secret(iterations, salt[..saltBytes], hash))
                : null;
    }

    private sealed record Secret(int Iterations, byte[] Salt, byte[] Hash);
}
