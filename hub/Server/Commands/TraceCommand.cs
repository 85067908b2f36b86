using System.CommandLine;
using Monitoring.Core;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Commands;

/// <summary><c>monitoring-hub trace ID</c>: how a number came about.</summary>
internal static class TraceCommand
{
    public static Command Create()
    {
        var id = new Argument<string>("id")
        {
            Description = "Id of a fact, average, charge or settlement.",
        };
        var command = new Command(
            "trace", "Explains a fact, average, charge or settlement down to the raw readings.")
        {
            id, HubDocuments.ConfigOption, HubDocuments.DataOption, HubDocuments.SetOption,
        };
        command.SetAction(async (result, _) =>
        {
            if (HubDocuments.Read(result, System.Console.Error) is not { } documents)
            {
                return ExitCode.BadInput;
            }

            var data = result.GetRequiredValue(HubDocuments.DataOption).FullName;
            if (!File.Exists(Path.Combine(data, "books.db")))
            {
                await System.Console.Error.WriteLineAsync(
                    $"{data} has no books.db; name the hub's folder with --data.");
                return ExitCode.BadInput;
            }

            return await PrintAsync(documents, data, result.GetRequiredValue(id));
        });
        return command;
    }

    private static async Task<int> PrintAsync(HubDocuments documents, string data, string id)
    {
        await using var records = RecordLog.Open(Path.Combine(data, "records.db"));
        var books = Books.Open(Path.Combine(data, "books.db"));
        var facts = new FactBook(books);
        var windows = StoredWindows.Of(records, books, documents.Cluster, documents.Profiles);
        var averages = new AverageTraces(
            windows, facts, new LevelBook(books), documents.Cluster, documents.Profiles);
        var traces = new Traces(
            facts, new LedgerBook(books), averages, windows,
            GapFilling.Of(books, documents.Cluster, documents.Profiles),
            TimeProvider.System);
        if (traces.Find(id) is not { } trace)
        {
            await System.Console.Error.WriteLineAsync(
                $"Nothing has the id '{id}'; the lists of /api/v1 have them.");
            return ExitCode.Failed;
        }

        await System.Console.Out.WriteLineAsync(
            TraceText.Render(trace, documents.Settings.TimeZone));
        return ExitCode.Ok;
    }
}
