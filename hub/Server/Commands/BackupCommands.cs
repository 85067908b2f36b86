using System.CommandLine;
using System.Data.Common;
using System.Globalization;
using Monitoring.Server.Storage;

namespace Monitoring.Server.Commands;

/// <summary><c>monitoring-hub backup</c> and <c>restore</c>.</summary>
internal static class BackupCommands
{
    public static Command CreateBackup()
    {
        var to = new Option<DirectoryInfo>("--to")
        {
            Description = "A new folder for the backup.", Required = true,
        };
        var command = new Command(
            "backup", "Copies everything that the hub keeps, also while it runs.")
        {
            HubDocuments.DataOption, to,
        };
        command.SetAction((result, _) =>
        {
            var data = result.GetRequiredValue(HubDocuments.DataOption).FullName;
            var target = result.GetRequiredValue(to).FullName;
            return RunAsync(Backup.FaultOfMaking(data, target), async () =>
            {
                var list = await Backup.MakeAsync(data, target, TimeProvider.System, Tell);
                Tell($"{target} holds all up to record {list.RecordsUpTo}.");
            });
        });
        return command;
    }

    public static Command CreateRestore()
    {
        var from = new Option<DirectoryInfo>("--from")
        {
            Description = "The folder of the backup.", Required = true,
        };
        var command = new Command("restore", "Puts a backup into a new folder for a hub.")
        {
            from, HubDocuments.DataOption,
        };
        command.SetAction((result, _) =>
        {
            var source = result.GetRequiredValue(from).FullName;
            var data = result.GetRequiredValue(HubDocuments.DataOption).FullName;
            return RunAsync(Backup.FaultOfRestoring(source, data), async () =>
            {
                var list = await Backup.RestoreAsync(source, data, Tell);
                Tell($"{data} is as it was at "
                    + list.MadeAt.ToString("yyyy-MM-dd HH:mm:sszzz", CultureInfo.InvariantCulture)
                    + $", up to record {list.RecordsUpTo}. What gateways had handed over since "
                    + "is gone from here; what they still hold comes again by itself.");
            });
        });
        return command;
    }

    private static async Task<int> RunAsync(string? fault, Func<Task> work)
    {
        if (fault is not null)
        {
            await System.Console.Error.WriteLineAsync(fault);
            return ExitCode.BadInput;
        }

        try
        {
            await work();
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is BackupException or IOException
            or UnauthorizedAccessException or DbException)
        {
            await System.Console.Error.WriteLineAsync(e.Message);
            return ExitCode.Failed;
        }
    }

    private static void Tell(string line) => System.Console.WriteLine(line);
}
