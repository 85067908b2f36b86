using System.CommandLine;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub contract check</c>: settings, cluster, profiles and contract.
/// </summary>
internal static class ContractCommand
{
    public static Command Create()
    {
        var check = new Command(
            "check", "Checks settings, cluster, profiles and contract, and lists every fault.")
        {
            HubDocuments.ConfigOption, HubDocuments.SetOption,
        };
        check.SetAction(result =>
        {
            if (HubDocuments.Read(result, System.Console.Error) is not { } documents)
            {
                return ExitCode.BadInput;
            }

            var contract = documents.Contract;
            System.Console.WriteLine($"{contract.Title} (version {contract.Version})");
            System.Console.WriteLine($"sha256 {contract.Hash}");
            System.Console.WriteLine(
                $"{contract.Parties.Length} parties, cap {contract.Bubble.CapGrams} g of "
                    + $"{contract.Bubble.Pollutant} each {contract.Bubble.Period.Text}, "
                    + $"{documents.Cluster.Sources.Length} sources. No fault found.");
            return ExitCode.Ok;
        });
        return new Command("contract", "Works on the social contract.")
        {
            check, ContractSignatures.CreateKey(), ContractSignatures.CreateSign(),
            ContractSignatures.CreateVerify(),
        };
    }
}
