using System.CommandLine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Server.Transparency;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub export log</c>: the public log and the books as files, for whoever checks
/// them.
/// </summary>
internal static class LogExportCommand
{
    public static Command Create()
    {
        var to = new Option<DirectoryInfo>("--to")
        {
            Description = "A new folder for the copy.", Required = true,
        };
        var command = new Command(
            "log", "Writes the public log and the books as files, also while the hub runs; "
                + "'monitoring-verify FOLDER' checks them.")
        {
            HubDocuments.DataOption, to,
        };
        command.SetAction(result => Run(
            result.GetRequiredValue(HubDocuments.DataOption).FullName,
            result.GetRequiredValue(to).FullName));
        return command;
    }

    private static int Run(string data, string to)
    {
        if (!File.Exists(Path.Combine(data, "books.db")))
        {
            return Refuse($"{data} has no books.db; name the hub's folder with --data.");
        }

        if (Directory.Exists(to) && Directory.EnumerateFileSystemEntries(to).Any())
        {
            return Refuse($"{to} is not empty; name a new folder with --to.");
        }

        try
        {
            var books = Books.Open(Path.Combine(data, "books.db"));
            if (books.Journal.ProblemOfBooks() is { } changed)
            {
                return Refuse($"Nothing was exported: {changed}");
            }

            var signer = LogKey.Read(data);
            Directory.CreateDirectory(to);
            var size = LogExport.Write(new PublicLog(books), signer, to);
            System.Console.WriteLine(
                $"{to} holds the {size} entries of the log '{signer.Verifier.Name}'. "
                    + $"Check them with: monitoring-verify {to}");
            return ExitCode.Ok;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException
            or StoreException or NewerSchemaException or LogBrokenException)
        {
            System.Console.Error.WriteLine($"Nothing was exported: {e.Message}");
            return ExitCode.Failed;
        }
    }

    private static int Refuse(string why)
    {
        System.Console.Error.WriteLine(why);
        return ExitCode.BadInput;
    }
}
