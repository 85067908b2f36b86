using System.Collections.Immutable;
using System.Text;
using System.Text.Json.Nodes;
using Monitoring.Core.Contracts;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Transparency;

/// <summary>
/// Whether a version of a contract binds its parties. The first one is signed by all. A later one
/// by as many parties of the version before, with the keys that it names, as its clause
/// <c>law.amendment_percent</c> demands; and by whoever is new, or has a new key.
/// </summary>
/// <param name="Lines">
/// Signatures of this very text, of parties of this version or of the one before.
/// </param>
/// <param name="Problem">Who is missing; null: enough have signed.</param>
public sealed record ContractAssent(ImmutableArray<NoteSignature> Lines, string? Problem)
{
    /// <param name="canonical">The canonical JSON of the contract's document.</param>
    /// <param name="found">Signatures beside it, whoever's and of whatever text.</param>
    /// <param name="told">What the public log told last; null: nothing.</param>
    public static ContractAssent Of(
        Contract contract, byte[] canonical, IEnumerable<NoteSignature> found, ToldContract? told)
    {
        // What was signed once stays signed, whatever becomes of the file.
        if (told is { Signatures: { } signed } && told.Hash == contract.Hash)
        {
            ImmutableArray<NoteSignature> all =
            [
                .. signed.Select(NoteSignature.Parse).OfType<NoteSignature>(),
                .. Valid(contract, null, canonical, found)
                    .Where(line => !signed.Contains(line.ToString())),
            ];
            return new ContractAssent(
                all, told.IsBinding ? null : ProblemOf(contract, null, all));
        }

        var before = told is { IsBinding: true } && told.ContractId == contract.Id
            && told.Version < contract.Version
            ? told
            : null;
        ImmutableArray<NoteSignature> lines = [.. Valid(contract, before, canonical, found)];
        return new ContractAssent(lines, ProblemOf(contract, before, lines));
    }

    private static string? ProblemOf(
        Contract contract, ToldContract? before, ImmutableArray<NoteSignature> lines)
    {
        var voters = before?.Parties ?? contract.Parties;
        var needed = before is null
            ? voters.Length
            : ((voters.Length * before.AmendmentPercent) + 99) / 100;
        bool HasSigned(Party party) => party.Key is { } key && lines.Any(key.IsOf);
        var missing = voters.Where(party => !HasSigned(party)).ToList();
        var joining = contract.Parties.Where(party => !HasSigned(party)
            && !voters.Any(old =>
                old.Member == party.Member && $"{old.Key}" == $"{party.Key}")).ToList();
        return voters.Length - missing.Count < needed
            ? $"version {contract.Version} needs the signatures of {needed} of {voters.Length} "
                + $"parties{(before is null ? "" : $" of version {before.Version}")}; these have "
                + $"not signed it as it is: {Names(missing)}"
            : joining.Count > 0
                ? $"version {contract.Version} needs the signature of each party and key that is "
                    + $"new in it; these have not signed it as it is: {Names(joining)}"
                : null;
    }

    private static string Names(List<Party> parties) => string.Join(
        ", ", parties.Select(party => party.Key is null
            ? $"{party.Member} (no 'key' in 'parties')"
            : party.Member));

    private static IEnumerable<NoteSignature> Valid(
        Contract contract, ToldContract? before, byte[] canonical,
        IEnumerable<NoteSignature> found)
    {
        var text = Encoding.UTF8.GetString(canonical);
        var lines = found.ToList();
        return contract.Parties.Concat(before?.Parties ?? []).Select(party => party.Key)
            .OfType<NoteVerifier>().DistinctBy(key => key.ToString())
            .Select(key => lines.FirstOrDefault(line => key.Verifies(text, line)))
            .OfType<NoteSignature>();
    }
}

/// <summary>A version of a contract as the public log told it.</summary>
/// <param name="Signatures">Null: by a release that did not tell them.</param>
/// <param name="IsBinding">Its law does not let it run unsigned.</param>
public sealed record ToldContract(
    string ContractId, int Version, string Hash, ImmutableArray<Party> Parties,
    int AmendmentPercent, bool IsBinding, ImmutableArray<string>? Signatures)
{
    private const int AllPercent = 100;

    /// <summary>Null where the leaf has no such document.</summary>
    public static ToldContract? Of(byte[] leaf)
    {
        if (JsonNode.Parse(leaf) is not JsonObject told
            || told["document"] is not JsonObject document
            || document["parties"] is not JsonArray parties)
        {
            return null;
        }

        var law = document["law"];
        return new ToldContract(
            Text(told["contract"]), (int)(told["version"] ?? 0), Text(told["hash"]),
            [
                .. parties.Select(party => new Party(Text(party?["member"]), Text(party?["role"]))
                {
                    Key = NoteVerifier.Parse(Text(party?["key"])),
                }),
            ],
            (int?)law?["amendment_percent"] ?? AllPercent,
            Text(law?["signatures"]) != "warned",
            told["signatures"] is JsonArray lines ? [.. lines.Select(Text)] : null);
    }

    private static string Text(JsonNode? value) => (string?)value ?? "";
}
