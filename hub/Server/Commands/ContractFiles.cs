using Monitoring.Core.Contracts;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>Reads contracts by themselves, before there is a hub for them.</summary>
public static class ContractFiles
{
    /// <summary>The exit code, after saying what is wrong with any of the files.</summary>
    public static int Check(
        IReadOnlyList<string> files, TextWriter output, TextWriter errors)
    {
        var faults = new Faults();
        var contracts = new List<(string File, Contract Contract)>();
        foreach (var file in files)
        {
            if (Read(file, faults) is { } contract)
            {
                contracts.Add((file, contract));
            }
        }

        CheckTogether(contracts, faults);
        Report(faults, errors);
        foreach (var (_, contract) in contracts)
        {
            output.WriteLine(Summary(contract) + (faults.Any ? "" : ". No fault found."));
        }

        return faults.Any ? ExitCode.BadInput : ExitCode.Ok;
    }

    /// <summary>The contract; null after reporting every fault of it.</summary>
    public static Contract? Read(string file, TextWriter errors)
    {
        var faults = new Faults();
        var contract = Read(file, faults);
        Report(faults, errors);
        return contract;
    }

    public static string Summary(Contract contract) =>
        $"{contract.Title} (version {contract.Version})\nsha256 {contract.Hash}\n"
        + (contract.Parties.Length == 1 ? "1 party, " : $"{contract.Parties.Length} parties, ")
        + (contract.Bubble.Benchmarks.IsEmpty
            ? $"cap {ContractText.Mass(contract.Bubble.CapGrams)} of "
            : "a cap of what benchmarks allow of ")
        + $"{string.Join(" + ", contract.Bubble.Pollutants)} each {contract.Bubble.Period.Text}";

    /// <summary>The text of a file; null after a fault.</summary>
    internal static byte[]? Bytes(string file, Faults faults)
    {
        try
        {
            return File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            faults.Add(file, 0, "the file cannot be read", "name a file that this user can read");
            return null;
        }
    }

    internal static void Report(Faults faults, TextWriter errors)
    {
        foreach (var fault in faults.All.OrderBy(fault => fault.Source, StringComparer.Ordinal)
            .ThenBy(fault => fault.Line).ThenBy(fault => fault.Column))
        {
            errors.WriteLine(fault.WithColumn());
        }

        if (faults.Any)
        {
            errors.WriteLine($"{faults.Count}.");
        }
    }

    private static Contract? Read(string file, Faults faults) =>
        Bytes(file, faults) is { } bytes
            ? ContractReader.Read(file, bytes, ContractSurroundings.None, faults)
            : null;

    // A mass that counts in two bubbles would be paid for twice.
    private static void CheckTogether(
        List<(string File, Contract Contract)> contracts, Faults faults)
    {
        foreach (var (i, (file, contract)) in contracts.Index())
        {
            foreach (var (_, other) in contracts.Take(i))
            {
                if (other.Id == contract.Id)
                {
                    continue;
                }

                var both = contract.Parties.Select(party => party.Member)
                    .Intersect(other.Parties.Select(party => party.Member));
                var pollutants = PollutantsOf(contract).Intersect(PollutantsOf(other)).ToList();
                foreach (var member in pollutants.Count > 0 ? both : [])
                {
                    faults.Add(
                        file, 0, $"'{member}' is in contract '{other.Id}' for "
                            + $"{string.Join(", ", pollutants)} too",
                        "let each member be in one bubble for a pollutant");
                }
            }
        }
    }

    private static IEnumerable<string> PollutantsOf(Contract contract) =>
        contract.Bubble.Pollutants;
}
