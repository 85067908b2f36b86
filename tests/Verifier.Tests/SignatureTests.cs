using System.Text;
using System.Text.RegularExpressions;
using Monitoring.Core.Contracts;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Tests.Transparency;
using Monitoring.Verifier;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests;

/// <summary>Who is bound by a contract is in the log, and a lie about it is found.</summary>
public sealed class SignatureTests : IDisposable
{
    private const string OneLine = "\"— member-b [^\"]*\"";

    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("," + OneLine, "", "is signed by 1 of 2 parties and needs 2: member-b did not")]
    [InlineData("\"signatures\":\\[.*?\\]", "\"signatures\":[]", "is signed by 0 of 2 parties")]
    [InlineData("— member-b 86v2", "— member-b 86v3", "which no key of its parties made under")]
    [InlineData("(— member-b [^\"]{20}).", "${1}7", "which no key of its parties made under")]
    [InlineData("— member-b", "— member-x", "bears '— member-x ")]
    [InlineData(OneLine, "\"so they say\"", "bears 'so they say'")]
    public void A_lie_about_who_signed_is_found(string pattern, string lie, string said)
    {
        var leaf = Encoding.UTF8.GetString(WrittenBooks.ContractTold);
        var changed = Regex.Replace(leaf, pattern, lie);

        Assert.NotEqual(leaf, changed);
        Assert.Contains(said, Faults(changed), StringComparison.Ordinal);
    }

    [Fact]
    public void A_log_of_an_earlier_release_is_well_and_says_that_signatures_are_not_in_it()
    {
        var told = Encoding.UTF8.GetString(WrittenBooks.ContractTold);
        var earlier = Regex.Replace(told, ",\"signatures\":\\[.*?\\]", "");
        Assert.Contains(
            "who signed version 1 of the contract 'demo' is not in the log",
            Check(earlier).Sentence, StringComparison.Ordinal);
        Assert.True(Check(earlier).IsWell);

        // From then on the log tells them.
        Assert.Contains(
            "2 of 2 parties signed version 1", Check(earlier, told).Sentence,
            StringComparison.Ordinal);
        Assert.Contains(
            "does not say who signed it, as contracts before it do", Faults(told, earlier),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_draft_is_said_to_bind_nobody() => Assert.Contains(
        "1 of 2 parties signed version 1 of the contract 'demo', a draft that binds nobody, ",
        Check(Version(1, "signatures: required", "signatures: warned", "a")).Sentence,
        StringComparison.Ordinal);

    /// <summary>Of member-b there is a second key, which it never gave out.</summary>
    [Theory]
    [InlineData("cap: 1980", "cap: 1980", "ab", "")]
    [InlineData("cap: 1980", "cap: 1980", "a", "signed by 1 of 2 parties of version 1 and needs 2")]
    [InlineData("required}", "required, amendment_percent: 51}", "a",
        "signed by 1 of 2 parties of version 1 and needs 2: member-b did not sign it")]
    [InlineData("KEY", "OTHER", "ao", "signed by 1 of 2 parties of version 1 and needs 2")]
    [InlineData("KEY", "OTHER", "ab", "binds member-b, new or with a new key, whose signature")]
    [InlineData("KEY", "OTHER", "abo", "")]
    public void A_later_version_is_signed_by_whom_the_one_before_names(
        string old, string next, string signers, string fault)
    {
        var key = Shipped.Contract.Parties[1].Key!.ToString();
        var second = Version(
            2, old.Replace("KEY", key, StringComparison.Ordinal),
            next.Replace("OTHER", Signer('o').Verifier.ToString(), StringComparison.Ordinal),
            signers);
        var faults = Faults(Encoding.UTF8.GetString(WrittenBooks.ContractTold), second);

        Assert.Contains(fault, faults, StringComparison.Ordinal);
        Assert.Equal(fault.Length == 0, faults.Length == 0);
    }

    [Fact]
    public void A_period_that_is_settled_by_another_version_than_that_of_its_time_is_named()
    {
        SignedLog.Export(_folder.Path, 1);
        var entries = SignedLog.Entries(SignedLog.Copy(_folder.Path));
        var later = Version(2, "2026-01-01T00:00:00Z", "2026-06-01T00:00:00Z", "ab");
        entries.Insert(1, later);
        Assert.Equal("", Faults([.. entries]));

        var hash = ToldContract.Of(Encoding.UTF8.GetBytes(later))!.Hash;
        var index = entries.FindIndex(entry =>
            entry.Contains("\"type\":\"settlement\"", StringComparison.Ordinal));
        entries[index] = entries[index].Replace(
            Shipped.Contract.Hash, hash, StringComparison.Ordinal);
        Assert.Contains(
            "is by version 2 of its contract; version 1 was in force when the period began",
            Faults([.. entries]), StringComparison.Ordinal);
    }

    private static string Version(int version, string old, string next, string signers)
    {
        var first = Shipped.Text("contracts/demo.yaml");
        Assert.Contains(old, first, StringComparison.Ordinal);
        var text = first.Replace(old, next, StringComparison.Ordinal)
            .Replace("version: 1", $"version: {version}", StringComparison.Ordinal);
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults);
        Assert.Equal("", string.Join('\n', faults.All));
        var canonical = DocumentNode.Parse("demo.yaml", text, faults).Canonical();
        return Encoding.UTF8.GetString(ContractLeaf.Of(
            contract!, canonical,
            signers.Select(key => Signer(key).Sign(Encoding.UTF8.GetString(canonical)))));
    }

    private static NoteSigner Signer(char key) => key == 'o'
        ? new NoteSigner("member-b", SignatureKind.Ed25519, new byte[32])
        : NoteSigner.Parse(
            Shipped.Text($"contracts/demo-keys/member-{key}.key").TrimEnd('\n'))!;

    private static Answer Check(params string[] leaves) => SignedLog.Check(leaves);

    private static string Faults(params string[] leaves) =>
        string.Join('\n', Check(leaves).Findings.Faults);
}
