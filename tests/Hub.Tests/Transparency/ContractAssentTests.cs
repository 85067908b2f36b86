using System.Collections.Immutable;
using System.Text;
using Monitoring.Core.Contracts;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Core;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Transparency;

/// <summary>A later version binds by what the one before demands, not by its own word.</summary>
public sealed class ContractAssentTests
{
    private static readonly byte[] Text = Encoding.UTF8.GetBytes("{\"version\":2}");

    private static readonly ImmutableArray<NoteSigner> Keys =
        [Key("a", 1), Key("b", 2), Key("c", 3), Key("b", 4), Key("d", 5)];

    /// <summary>Keys by number: of a, b and c, another one of b, and of d who is new.</summary>
    [Theory]
    [InlineData(100, "0 1 2", "0 1 2", "")]
    [InlineData(100, "0 1 2", "0 1", "needs the signatures of 3 of 3 parties of version 1; these "
        + "have not signed it as it is: c")]
    [InlineData(51, "0 1 2", "0 1", "")]
    [InlineData(51, "0 1 2", "0", "needs the signatures of 2 of 3 parties of version 1")]
    [InlineData(51, "0", "0", "needs the signatures of 2 of 3 parties of version 1")]
    [InlineData(51, "0", "0 1", "")]
    [InlineData(100, "0 3 2", "0 3 2", "needs the signatures of 3 of 3 parties of version 1")]
    [InlineData(100, "0 3 2", "0 1 2", "each party and key that is new in it; these have not "
        + "signed it as it is: b")]
    [InlineData(100, "0 3 2", "0 1 2 3", "")]
    [InlineData(51, "0 1 2 4", "0 1", "each party and key that is new in it")]
    [InlineData(51, "0 1 2 4", "0 1 4", "")]
    public void A_later_version_needs_whom_the_one_before_names(
        int percent, string parties, string signers, string problem)
    {
        var assent = ContractAssent.Of(
            Version(2, parties), Text, Signed(Text, signers), Told(percent));

        Assert.Equal(signers.Split(' ').Length, assent.Lines.Length);
        Assert.Contains(problem, assent.Problem ?? "", StringComparison.Ordinal);
        Assert.Equal(problem.Length == 0, assent.Problem is null);
    }

    [Fact]
    public void A_signature_of_another_text_or_of_a_stranger_is_none()
    {
        var assent = ContractAssent.Of(
            Version(1, "0 1"), Text, [.. Signed([1], "0 1"), .. Signed(Text, "4")], null);

        Assert.Empty(assent.Lines);
        Assert.Contains("a, b", assent.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_told_as_signed_stays_so_when_the_file_is_gone()
    {
        var told = Told(100) with
        {
            Hash = "h2", Version = 2,
            Signatures = [.. Signed(Text, "0 1 2").Select(line => line.ToString())],
        };
        var assent = ContractAssent.Of(Version(2, "0 1 2"), Text, [], told);

        Assert.Null(assent.Problem);
        Assert.Equal(3, assent.Lines.Length);
    }

    [Fact]
    public void After_a_draft_that_bound_nobody_all_sign_as_for_a_first_version() =>
        Assert.Contains(
            "needs the signatures of 3 of 3 parties;",
            ContractAssent.Of(
                Version(2, "0 1 2"), Text, Signed(Text, "0 1"),
                Told(51) with { IsBinding = false }).Problem,
            StringComparison.Ordinal);

    [Fact]
    public void A_leaf_says_what_it_was_made_of()
    {
        var told = ToldContract.Of(WrittenBooks.ContractTold)!;

        Assert.Equal(("demo", 1, 100, true), (
            told.ContractId, told.Version, told.AmendmentPercent, told.IsBinding));
        Assert.Equal(Shipped.Contract.Hash, told.Hash);
        Assert.Equal(2, told.Signatures!.Value.Length);
        Assert.Equal(
            Shipped.Contract.Parties.Select(party => $"{party.Member} {party.Key}"),
            told.Parties.Select(party => $"{party.Member} {party.Key}"));
    }

    private static NoteSigner Key(string name, byte seed) =>
        new(name, SignatureKind.Ed25519, [.. Enumerable.Repeat(seed, 32)]);

    private static Contract Version(int version, string keys) => Shipped.Contract with
    {
        Id = "c", Version = version, Hash = $"h{version}", Parties = Parties(keys),
    };

    private static ToldContract Told(int percent) =>
        new("c", 1, "h1", Parties("0 1 2"), percent, true, []);

    private static ImmutableArray<Party> Parties(string keys) =>
    [
        .. Of(keys).Select(key => new Party(key.Verifier.Name, "core") { Key = key.Verifier }),
    ];

    private static IEnumerable<NoteSignature> Signed(byte[] text, string keys) =>
        Of(keys).Select(key => key.Sign(Encoding.UTF8.GetString(text)));

    private static IEnumerable<NoteSigner> Of(string keys) =>
        keys.Split(' ').Select(key => Keys[key[0] - '0']);
}
