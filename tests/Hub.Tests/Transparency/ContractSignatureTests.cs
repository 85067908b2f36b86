using System.CommandLine;
using System.Text;
using Monitoring.Core.Contracts;
using Monitoring.Server.Commands;
using Monitoring.Server.Transparency;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
using Monitoring.Wire.Documents;
using Monitoring.Wire.Transparency;

namespace Monitoring.Tests.Transparency;

public sealed class ContractSignatureTests : IDisposable
{
    private readonly TempFolder _folder = new();
    private readonly string _contract;
    private readonly string _keys;

    public ContractSignatureTests()
    {
        _contract = _folder.Write("demo.yaml", Shipped.Text("contracts/demo.yaml"));
        _keys = _folder.Write("parties.keys", "");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_contract_is_signed_when_every_party_has()
    {
        Key("member-a");
        Key("member-b");
        Assert.Equal(1, Verify());
        Assert.Equal(0, Sign("member-a"));
        Assert.Equal(1, Verify());
        Assert.Equal(0, Sign("member-b"));
        Assert.Equal(0, Sign("member-b"));
        Assert.Equal(2, File.ReadLines(_contract + ".sig").Count());
        Assert.Equal(0, Verify());
    }

    [Theory]
    [InlineData("# a comment", 0)]
    [InlineData("cap: 1980", 1)]
    public void Only_what_the_document_says_is_signed(string at, int expected)
    {
        Key("member-a");
        Key("member-b");
        Sign("member-a");
        Sign("member-b");
        var text = File.ReadAllText(_contract);
        File.WriteAllText(
            _contract, at[0] == '#' ? $"{at}\n{text}" : text.Replace(at, "cap: 1981"));

        Assert.Equal(expected, Verify());
    }

    [Fact]
    public void The_shipped_demo_is_signed_and_another_text_is_not()
    {
        File.WriteAllText(_contract + ".sig", Shipped.Text("contracts/demo.yaml.sig"));
        Assert.Null(ProblemOf(Shipped.Text("contracts/demo.yaml")));
        var changed = ProblemOf(Shipped.Text("contracts/demo.yaml")
            .Replace("rate_per_kg: 50.00", "rate_per_kg: 49.00", StringComparison.Ordinal));
        Assert.Contains("2 of 2 parties; these have not signed it as it is: member-a, member-b",
            changed, StringComparison.Ordinal);
        File.Delete(_contract + ".sig");
        Assert.NotNull(ProblemOf(Shipped.Text("contracts/demo.yaml")));
    }

    [Fact]
    public void A_party_without_a_key_cannot_have_signed()
    {
        var contract = Shipped.Contract with
        {
            Parties = [.. Shipped.Contract.Parties.Select(party => party with { Key = null })],
        };
        Assert.Contains(
            "member-a (no 'key' in 'parties')",
            ContractAssent.Of(
                contract, Canonical(Shipped.Text("contracts/demo.yaml")), [], null).Problem,
            StringComparison.Ordinal);
    }

    private string? ProblemOf(string text)
    {
        var faults = new Faults();
        var contract = ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Shipped.Surroundings, faults);
        Assert.Empty(faults.All);
        return ContractAssent.Of(
            contract!, Canonical(text), ContractSignatures.LinesOf(_contract), null).Problem;
    }

    private static byte[] Canonical(string text) =>
        DocumentNode.Parse("demo.yaml", text, new Faults()).Canonical();

    [Fact]
    public void A_stranger_or_a_file_that_is_no_key_is_refused()
    {
        Key("stranger");
        Assert.Equal(2, Sign("stranger"));
        Assert.Equal(
            0,
            Run("sign", "--contract", _contract, "--key", _folder.File("stranger"), "--leaving"));
        File.Delete(_contract + ".sig");
        Assert.Equal(2, Run("sign", "--contract", _contract, "--key", _contract));
        Assert.Equal(2, Run("sign", "--contract", _contract, "--key", _folder.File("none")));
        Assert.Equal(2, Run("key", "--name", "a b", "--to", _folder.File("x")));
        Assert.Equal(2, Run("key", "--name", "a", "--to", _contract));
        Assert.Equal(2, Run("verify", "--contract", _contract, "--keys", _contract));
        Assert.False(File.Exists(_contract + ".sig"));
    }

    private void Key(string party)
    {
        Assert.Equal(0, Run("key", "--name", party, "--to", _folder.File(party)));
        var signer = NoteSigner.Parse(File.ReadAllText(_folder.File(party)).TrimEnd('\n'))!;
        File.AppendAllText(_keys, $"{signer.Verifier}\n");
    }

    private int Sign(string party) =>
        Run("sign", "--contract", _contract, "--key", _folder.File(party));

    private int Verify() => Run("verify", "--contract", _contract, "--keys", _keys);

    private static int Run(params string[] args) =>
        new RootCommand
        {
            ContractSignatures.CreateKey(), ContractSignatures.CreateSign(),
            ContractSignatures.CreateVerify(),
        }.Parse(args).Invoke();
}
