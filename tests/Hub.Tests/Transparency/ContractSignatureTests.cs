using System.CommandLine;
using Monitoring.Server.Commands;
using Monitoring.Tests.Core;
using Monitoring.Tests.Storage;
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
    public void A_stranger_or_a_file_that_is_no_key_is_refused()
    {
        Key("stranger");
        Assert.Equal(2, Sign("stranger"));
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
