using System.Text;
using CsCheck;
using Monitoring.Core;
using Monitoring.Core.Contracts;
using Monitoring.Wire.Documents;

namespace Monitoring.Tests.Core;

/// <summary>Where the emissions of a source come down, as its contract says.</summary>
public sealed class ZoneKeyTests
{
    private static readonly ContractSurroundings Cluster = Shipped.Surroundings with
    {
        Sources = ["stack-a", "stack-b"], Zones = ["river", "hill"],
    };

    [Fact]
    public void A_key_is_read_with_its_provenance_version_and_uncertainty()
    {
        var (contract, faults) = Read(Key("stack-a", "hill: 40, river: 60", "dispersion-model"));
        Assert.Equal("", string.Join('\n', faults.All));
        var key = contract!.Fund.ZoneKeys["stack-a"];
        Assert.Equal([("hill", 400_000), ("river", 600_000)], key.Shares);
        Assert.True(key.IsWhole);
        Assert.Equal(
            ("dispersion-model", 2, 12.5m),
            (key.Provenance, key.Version, key.UncertaintyPoints));
        Assert.NotEqual(Shipped.Contract.Hash, contract.Hash);

        var english = ContractText.Explain(contract, Language.English);
        Assert.Contains("70 % is spent where the payer's emissions come down", english);
        Assert.Contains(
            "- stack-a: hill 40 %, river 60 %, each ± 12.5 points (dispersion-model, version 2)",
            english);
        Assert.Contains(
            "- stack-a: hill 40 %, river 60 %, кожна ± 12.5 в. п. (модель розсіювання, версія 2)",
            ContractText.Explain(contract, Language.Ukrainian));
    }

    [Fact]
    public void All_faults_of_keys_are_told_at_once_with_their_lines()
    {
        var text = Text(
            Key("stack-a", "river: 60, hill: 30", "declared"),
            Key("stack-a", "river: 100", "declared"),
            Key("chimney", "sea: 100", "declared"),
            Key("stack-b", "river: 33.33333, hill: 66.66667", "guessed"));
        var faults = new Faults();
        Assert.Null(ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text), Cluster, faults));
        string[] lines = text.Split('\n');
        foreach (var (problem, written) in ((string, string)[])
            [
                ("the parts of 2 zones sum to 90 %", "river: 60, hill: 30"),
                ("'stack-a' has a key above", "zones: {river: 100}"),
                ("'chimney' is no source of the cluster", "chimney"),
                ("'sea' is no zone of the cluster", "sea"),
                ("'river' has more than 4 decimals", "33.33333"),
                ("'hill' has more than 4 decimals", "66.66667"),
                ("'provenance' is 'guessed'", "guessed"),
            ])
        {
            var fault = Assert.Single(faults.All, it => it.Problem.StartsWith(
                problem, StringComparison.Ordinal));
            Assert.Contains(written, lines[fault.Line - 1], StringComparison.Ordinal);
            Assert.NotEqual("", fault.Remedy);
        }
    }

    [Theory]
    [InlineData("zone-key", "", "'zone_keys' is missing")]
    [InlineData("zone-of-source", "x", "the zone of a source takes all of its part")]
    [InlineData("zone-key", "no version", "'version' is missing")]
    [InlineData("zone-key", "no uncertainty_points", "'uncertainty_points' is missing")]
    public void A_key_and_its_clause_belong_together(string by, string keys, string problem)
    {
        var key = Key("stack-a", "river: 100", "declared");
        var text = keys.Length == 0
            ? Text().Replace("  zone_keys:\n", "", StringComparison.Ordinal)
            : Text(keys.StartsWith("no ", StringComparison.Ordinal)
                ? key.Replace(keys[3..], "other", StringComparison.Ordinal) : key);
        var faults = new Faults();
        ContractReader.Read(
            "demo.yaml", Encoding.UTF8.GetBytes(text.Replace(
                "local_by: zone-key", $"local_by: {by}", StringComparison.Ordinal)),
            Cluster, faults);
        Assert.Contains(
            faults.All, fault => fault.Problem.Contains(problem, StringComparison.Ordinal));
    }

    // I16: the parts of a key are the whole, whatever somebody writes.
    [Fact]
    public void Every_key_that_is_taken_divides_the_whole() =>
        Gen.Int[1, 999_999].Array[1, 5].Sample(parts =>
        {
            var left = ZoneKey.Whole - parts.Sum();
            var zones = parts.Append(left).Select((part, i) =>
                $"z{i}: {ZoneKey.PercentOf(part)}");
            var (contract, _) = Read(
                Key("stack-a", string.Join(", ", zones), "declared"),
                ContractSurroundings.None);
            Assert.Equal(left > 0, contract is not null);
            Assert.True(contract?.Fund.ZoneKeys["stack-a"].IsWhole ?? true);
        }, iter: 200);

    private static (Contract? Contract, Faults Faults) Read(
        string key, ContractSurroundings? surroundings = null)
    {
        var faults = new Faults();
        return (
            ContractReader.Read(
                "demo.yaml", Encoding.UTF8.GetBytes(Text(key)), surroundings ?? Cluster, faults),
            faults);
    }

    private static string Text(params string[] keys) =>
        Shipped.Text("contracts/demo.yaml").Replace(
            "local_by: zone-of-source\n",
            $"local_by: zone-key\n  zone_keys:\n{string.Concat(keys)}", StringComparison.Ordinal);

    private static string Key(string source, string zones, string provenance) =>
        $"    - {{source: {source}, zones: {{{zones}}}, provenance: {provenance}, "
        + "version: 2, uncertainty_points: 12.5}\n";
}
