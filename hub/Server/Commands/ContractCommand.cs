using System.CommandLine;
using Monitoring.Core;
using Monitoring.Core.Contracts;

namespace Monitoring.Server.Commands;

/// <summary><c>monitoring-hub contract check|explain|dry-run|key|sign|verify</c>.</summary>
internal static class ContractCommand
{
    public static Command Create() => new("contract", "Works on the social contract.")
    {
        Check(), Explain(), DryRun(), ContractSignatures.CreateKey(),
        ContractSignatures.CreateSign(), ContractSignatures.CreateVerify(),
    };

    private static Command Check()
    {
        var files = new Argument<FileInfo[]>("file")
        {
            Description = "Contracts to check by themselves and against each other; without any, "
                + "that of the settings with cluster and profiles.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var command = new Command("check", "Checks contracts, and lists every fault.")
        {
            files, HubDocuments.ConfigOption, HubDocuments.SetOption,
        };
        command.SetAction(result =>
        {
            if (result.GetValue(files) is { Length: > 0 } named)
            {
                return ContractFiles.Check(
                    [.. named.Select(file => file.FullName)], System.Console.Out,
                    System.Console.Error);
            }

            if (HubDocuments.Read(result, System.Console.Error) is not { } documents)
            {
                return ExitCode.BadInput;
            }

            System.Console.WriteLine(
                ContractFiles.Summary(documents.Contract)
                + $", {documents.Cluster.Sources.Length} sources. No fault found.");
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command Explain()
    {
        var file = new Argument<FileInfo>("file") { Description = "A contract (YAML)." };
        var language = new Option<string>("--language")
        {
            Description = "en or uk.",
            DefaultValueFactory = _ => "en",
        };
        language.AcceptOnlyFromAmong("en", "uk");
        var command = new Command("explain", "Says in plain sentences what a contract holds to.")
        {
            file, language,
        };
        command.SetAction(result =>
        {
            if (ContractFiles.Read(
                result.GetRequiredValue(file).FullName, System.Console.Error) is not { } contract)
            {
                return ExitCode.BadInput;
            }

            System.Console.Write(ContractText.Explain(
                contract,
                result.GetValue(language) == "uk" ? Language.Ukrainian : Language.English));
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command DryRun()
    {
        var file = new Argument<FileInfo>("file") { Description = "A contract (YAML)." };
        var facts = new Option<FileInfo?>("--facts")
        {
            Description = "Sample facts (YAML or CSV); without them, the facts of the hub's own "
                + "books in --data.",
        };
        var trace = new Option<bool>("--trace")
        {
            Description = "Show how each number came about.",
        };
        var command = new Command(
            "dry-run", "Says who would have paid what under a contract, and changes nothing.")
        {
            file, facts, trace, HubDocuments.DataOption,
        };
        command.SetAction(result =>
        {
            if (ContractFiles.Read(
                result.GetRequiredValue(file).FullName, System.Console.Error) is not { } contract)
            {
                return ExitCode.BadInput;
            }

            var run = new ContractDryRun(
                contract, result.GetValue(trace), System.Console.Out, System.Console.Error);
            return result.GetValue(facts) is { } sample
                ? run.OnSample(sample.FullName)
                : run.OnBooks(result.GetRequiredValue(HubDocuments.DataOption).FullName);
        });
        return command;
    }
}
