using System.Globalization;
using System.Text.Json;

namespace Monitoring.Verifier;

/// <summary>
/// Who signed each version of a contract. The first is signed by all that it names; a later one
/// by as many parties of the version before as that demands, with the keys that that names, and
/// by each party and key that is new.
/// </summary>
internal sealed class Signatures(Findings findings)
{
    private readonly Dictionary<string, Version> _newest = [];
    private readonly Dictionary<string, Version> _before = [];
    private bool _areTold;

    /// <summary>One part of the sentence: of each contract its newest version.</summary>
    public string Sentence => string.Concat(_newest.Values.Select(version => version.Said));

    public void Take(Leaf leaf)
    {
        var document = leaf.Json.GetProperty("document");
        var next = Version.Of(leaf.Text("contract"), document);
        if (_newest.TryGetValue(next.Contract, out var last) && last.Number < next.Number)
        {
            _before[next.Contract] = last;
        }

        // A version by which nobody was bound does not bind who may change it either.
        var before = _before.TryGetValue(next.Contract, out var old) && !old.MayBeUnsigned
            && old.Number < next.Number
            ? old
            : null;
        if (!leaf.Json.TryGetProperty("signatures", out var lines))
        {
            if (_areTold)
            {
                findings.Add(leaf.Where, "does not say who signed it, as contracts before it do");
            }

            _newest[next.Contract] = next with
            {
                Said = $"who signed {next.Name} is not in the log, ",
            };
            return;
        }

        _areTold = true;
        var signed = SignersOf(leaf, next, before, lines);
        Compare(leaf, next, before, signed);
        _newest[next.Contract] = next with
        {
            Said = Said(next, next.Parties.Count(signed.Contains)),
        };
    }

    private static string Said(Version version, int count) => string.Create(
        CultureInfo.InvariantCulture,
        $"{count} of {version.Parties.Count} parties signed {version.Name}")
        + (version.MayBeUnsigned && count < version.Parties.Count
            ? ", a draft that binds nobody, "
            : ", ");

    private HashSet<Party> SignersOf(
        Leaf leaf, Version version, Version? before, JsonElement lines)
    {
        var signed = new HashSet<Party>();
        List<Party> known = [.. version.Parties, .. before?.Parties ?? []];
        foreach (var line in lines.EnumerateArray().Select(line => line.GetString() ?? ""))
        {
            var by = NoteLine.Parse(line) is { } parsed
                ? known.Where(party => party.Key?.Signed(new Note(version.Text, [parsed])) == true)
                    .ToList()
                : [];
            if (by.Count == 0)
            {
                findings.Add(
                    leaf.Where,
                    $"bears '{line}', which no key of its parties made under this document");
            }

            signed.UnionWith(by);
        }

        return signed;
    }

    private void Compare(Leaf leaf, Version version, Version? before, HashSet<Party> signed)
    {
        if (version.MayBeUnsigned)
        {
            return;
        }

        var voters = before?.Parties ?? version.Parties;
        var needed = -(Fraction.Zero - (Fraction.Of(voters.Count)
            * new Fraction(before?.AmendmentPercent ?? 100, 100))).Floor();
        var count = voters.Count(signed.Contains);
        if (count < needed)
        {
            findings.Add(
                leaf.Where, $"is signed by {count} of {voters.Count} parties"
                    + (before is null ? "" : $" of version {before.Number}")
                    + $" and needs {needed}: {Names(voters.Where(one => !signed.Contains(one)))} "
                    + "did not sign it");
        }

        var joining = version.Parties.Except(voters).Where(one => !signed.Contains(one)).ToList();
        if (joining.Count > 0)
        {
            findings.Add(
                leaf.Where,
                $"binds {Names(joining)}, new or with a new key, whose signature it does not bear");
        }
    }

    private static string Names(IEnumerable<Party> parties) =>
        string.Join(", ", parties.Select(party => party.Member));

    /// <summary>A party and the key that the document gives it; equal where both are.</summary>
    private sealed record Party(string Member, string? KeyText)
    {
        public PublicKey? Key { get; } = KeyText is not null
            && PublicKey.Parse(KeyText) is { Kind: PublicKey.OfLog } key && key.Name == Member
            ? key
            : null;

        public bool Equals(Party? other) =>
            other is not null && Member == other.Member && KeyText == other.KeyText;

        public override int GetHashCode() => Member.GetHashCode(StringComparison.Ordinal);
    }

    private sealed record Version(string Contract, int Number, string Text)
    {
        public required IReadOnlyList<Party> Parties { get; init; }

        public required int AmendmentPercent { get; init; }

        /// <summary>A draft, which a hub runs without signatures.</summary>
        public required bool MayBeUnsigned { get; init; }

        public string Said { get; init; } = "";

        public string Name => string.Create(
            CultureInfo.InvariantCulture, $"version {Number} of the contract '{Contract}'");

        public static Version Of(string contract, JsonElement document)
        {
            var hasLaw = document.TryGetProperty("law", out var law);
            return new Version(
                contract, document.GetProperty("version").GetInt32(), document.GetRawText())
            {
                Parties =
                [
                    .. document.GetProperty("parties").EnumerateArray().Select(party => new Party(
                        party.Word("member"),
                        party.TryGetProperty("key", out var key) ? key.GetString() : null)),
                ],
                AmendmentPercent = hasLaw && law.TryGetProperty("amendment_percent", out var share)
                    ? share.GetInt32()
                    : 100,
                MayBeUnsigned = hasLaw && law.TryGetProperty("signatures", out var asked)
                    && asked.GetString() == "warned",
            };
        }
    }
}
