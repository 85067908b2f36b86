using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Monitoring.Core.Contracts;
using Monitoring.Server.Transparency;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub contract key|sign|verify</c>: the signatures of the parties, detached, a
/// line each in <c>CONTRACT.sig</c>. Signed is the canonical JSON of the document.
/// </summary>
public static class ContractSignatures
{
    private static readonly Option<FileInfo> ContractOption = new("--contract")
    {
        Description = "The contract (YAML).", Required = true,
    };

    public static Command CreateKey()
    {
        var name = new Option<string>("--name")
        {
            Description = "The party, as the contract names it.", Required = true,
        };
        var to = new Option<FileInfo>("--to")
        {
            Description = "A new file for the secret key.", Required = true,
        };
        var command = new Command(
            "key", "Makes the key of a party, and shows the public one.") { name, to };
        command.SetAction(result => Guarded(() =>
        {
            var (party, file) = (result.GetRequiredValue(name), result.GetRequiredValue(to));
            if (!NoteVerifier.IsName(party))
            {
                return Refuse($"'{party}' cannot be the name of a key: no spaces, no '+'.");
            }

            if (file.Exists)
            {
                return Refuse($"{file.FullName} is there already; a key is never written over.");
            }

            var signer = new NoteSigner(
                party, SignatureKind.Ed25519,
                RandomNumberGenerator.GetBytes(Ed25519Signature.SeedBytes));
            LogKey.Write(file.FullName, signer);
            System.Console.WriteLine(signer.Verifier);
            return ExitCode.Ok;
        }));
        return command;
    }

    public static Command CreateSign()
    {
        var key = new Option<FileInfo>("--key")
        {
            Description = "The secret key of the party.", Required = true,
        };
        var leaving = new Option<bool>("--leaving")
        {
            Description = "For a party of the version before that is none of this one.",
        };
        var command = new Command(
            "sign", "Signs a contract as a party, into CONTRACT.sig beside it.")
        {
            ContractOption, key, leaving,
        };
        command.SetAction(result => Guarded(() =>
        {
            var file = result.GetRequiredValue(ContractOption).FullName;
            if (TextOf(file) is not { } text)
            {
                return ExitCode.BadInput;
            }

            var secret = File.ReadAllText(result.GetRequiredValue(key).FullName).TrimEnd('\n');
            if (NoteSigner.Parse(secret) is not { Verifier.Kind: SignatureKind.Ed25519 } signer)
            {
                return Refuse("The key file holds no secret key; 'contract key' makes one.");
            }

            if (!result.GetValue(leaving) && !PartiesOf(text).Contains(signer.Verifier.Name))
            {
                return Refuse(
                    $"'{signer.Verifier.Name}' is no party of this contract; a party of the "
                        + "version before says '--leaving'.");
            }

            var lines = LinesOf(file).Where(line => !signer.Verifier.IsOf(line)).ToList();
            lines.Add(signer.Sign(text));
            File.WriteAllText(
                SignaturesOf(file), string.Concat(lines.Select(line => $"{line}\n")));
            System.Console.WriteLine(
                $"{signer.Verifier.Name} has signed {file} (sha256 {HashOf(text)}).");
            return ExitCode.Ok;
        }));
        return command;
    }

    public static Command CreateVerify()
    {
        var keys = new Option<FileInfo>("--keys")
        {
            Description = "The public keys of the parties, one a line.", Required = true,
        };
        var command = new Command(
            "verify", "Says whether every party has signed exactly this contract.")
        {
            ContractOption, keys,
        };
        command.SetAction(result => Guarded(() =>
        {
            var file = result.GetRequiredValue(ContractOption).FullName;
            if (TextOf(file) is not { } text)
            {
                return ExitCode.BadInput;
            }

            var known = new List<NoteVerifier>();
            foreach (var line in File.ReadLines(result.GetRequiredValue(keys).FullName)
                .Where(line => line.Length > 0))
            {
                if (NoteVerifier.Parse(line) is not { Kind: SignatureKind.Ed25519 } key)
                {
                    return Refuse($"'{line}' is no public key; 'contract key' shows one.");
                }

                known.Add(key);
            }

            return Report(text, [.. LinesOf(file)], known);
        }));
        return command;
    }

    private static int Report(
        string text, List<NoteSignature> lines, List<NoteVerifier> known)
    {
        var all = true;
        foreach (var party in PartiesOf(text))
        {
            var own = known.Where(key => key.Name == party).ToList();
            var said = own.Count == 0 ? "no key of it is given"
                : own.Any(key => lines.Any(line => key.Verifies(text, line))) ? "signed"
                : own.Any(key => lines.Any(key.IsOf)) ? "signed another text than this"
                : "has not signed";
            System.Console.WriteLine($"{party}: {said}");
            all &= said == "signed";
        }

        System.Console.WriteLine(all
            ? $"Every party has signed this contract (sha256 {HashOf(text)})."
            : "Not every party has signed this contract.");
        return all ? ExitCode.Ok : ExitCode.Failed;
    }

    /// <summary>The canonical JSON; null after reporting why there is none.</summary>
    private static string? TextOf(string file)
    {
        var faults = new Faults();
        var text = Encoding.UTF8.GetString(
            DocumentNode.Parse(file, File.ReadAllText(file), faults).Canonical());
        foreach (var fault in faults.All)
        {
            System.Console.Error.WriteLine(fault);
        }

        return faults.Any ? null : text;
    }

    private static List<string> PartiesOf(string text) =>
    [
        .. (JsonNode.Parse(text)?["parties"] as JsonArray ?? [])
            .Select(party => (party as JsonObject)?["member"] is JsonValue member
                ? member.ToString()
                : "")
            .Where(member => member.Length > 0),
    ];

    /// <summary>The signatures beside a contract, whoever's and of whatever text.</summary>
    public static IEnumerable<NoteSignature> LinesOf(string file) =>
        File.Exists(SignaturesOf(file))
            ? File.ReadLines(SignaturesOf(file)).Select(NoteSignature.Parse)
                .OfType<NoteSignature>()
            : [];

    private static string SignaturesOf(string file) => file + ".sig";

    private static string HashOf(string text) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private static int Guarded(Func<int> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Refuse(e.Message);
        }
    }

    private static int Refuse(string why)
    {
        System.Console.Error.WriteLine(why);
        return ExitCode.BadInput;
    }
}
