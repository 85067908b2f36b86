using System.CommandLine;
using Monitoring.Server.Commands;

// monitoring-hub: the commands are a list; each is a file in Commands.
var root = new RootCommand("The hub: stores what gateways measured, averages it, holds it against "
    + "the cluster's contract and books charges into the fund.")
{
    ServeCommand.Create(),
    TraceCommand.Create(),
    ContractCommand.Create(),
    VerifyRulesCommand.Create(),
    ExportCommand.Create(),
    QualityCommands.CreateQuality(),
    QualityCommands.CreateAmend(),
    ReprocessCommand.Create(),
    ProjectCommand.Create(),
    ImportCommand.Create(),
    FundCommands.Create(),
    ObjectionCommands.Create(),
    PlanCommands.Create(),
    ArchiveCommand.Create(),
    BackupCommands.CreateBackup(),
    BackupCommands.CreateRestore(),
};
var result = root.Parse(args);
return result.Errors.Count > 0
    ? UsageErrors.Report(result)
    : await result.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
