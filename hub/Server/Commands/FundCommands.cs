using System.CommandLine;
using System.Text.Json;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub fund ask|statement|owed</c>: what officers and members ask of the books.
/// The hub may run meanwhile; whoever asks, there is one journal.
/// </summary>
internal static class FundCommands
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Converters =
        {
            new System.Text.Json.Serialization.JsonStringEnumConverter(
                JsonNamingPolicy.SnakeCaseLower),
        },
    };

    // What is worked out of measurements is booked by the hub and by nobody else.
    private static readonly Dictionary<string, Type> Commands =
        typeof(FundCommand).GetNestedTypes()
            .Where(type => type != typeof(FundCommand.BookCharges)
                && type != typeof(FundCommand.Restate) && type != typeof(FundCommand.Cover))
            .ToDictionary(type => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name));

    public static Command Create()
    {
        var file = new Argument<FileInfo>("file")
        {
            Description = "One JSON object a line: {\"id\": ..., \"ask\": ..., ...}.",
        };
        var ask = OnBooks(
            new Command("ask", "Asks the books; docs/fund.md lists what can be asked.") { file },
            (result, documents, journal) =>
                Ask(documents, journal, result.GetRequiredValue(file).FullName));
        var owed = OnBooks(
            new Command("owed", "What members owe, how late, and what follows."),
            (_, documents, journal) => Owed(documents, journal));
        return new Command("fund", "Asks and shows the fund's books.")
        {
            ask, StatementCommand.Create(), owed, InsightCommands.Levers(),
            InsightCommands.Constraint(),
        };
    }

    /// <summary>A command on the books of a hub, which may run meanwhile.</summary>
    internal static Command OnBooks(
        Command command, Func<ParseResult, HubDocuments, JournalBook, int> run)
    {
        command.Add(HubDocuments.ConfigOption);
        command.Add(HubDocuments.DataOption);
        command.Add(HubDocuments.SetOption);
        command.SetAction(result =>
        {
            if (HubDocuments.Read(result, System.Console.Error) is not { } documents)
            {
                return ExitCode.BadInput;
            }

            var books = Path.Combine(
                result.GetRequiredValue(HubDocuments.DataOption).FullName, "books.db");
            if (!File.Exists(books))
            {
                System.Console.Error.WriteLine(
                    $"There is no {books}; name its folder with --data.");
                return ExitCode.BadInput;
            }

            return run(result, documents, Books.Open(books).Journal);
        });
        return command;
    }

    private static int Ask(HubDocuments documents, JournalBook journal, string file)
    {
        var requests = new List<FundRequest>();
        var faults = new List<string>();
        foreach (var (index, line) in File.ReadLines(file).Index())
        {
            if (line.Trim().Length > 0)
            {
                Read(line, requests, fault => faults.Add($"{file}:{index + 1}: {fault}"));
            }
        }

        if (faults.Count > 0)
        {
            faults.ForEach(System.Console.Error.WriteLine);
            System.Console.Error.WriteLine("Nothing was asked.");
            return ExitCode.BadInput;
        }

        var answers = journal.Take(
            requests, FundClauses.TermsOf(documents.Contract, documents.Cluster), NowMs());
        foreach (var (request, answer) in requests.Zip(answers))
        {
            System.Console.WriteLine(
                $"{request.Id}: {answer.Reason}"
                    + (answer.Detail.Length > 0 ? $" ({answer.Detail})" : ""));
        }

        return answers.All(answer => answer.IsAccepted) ? ExitCode.Ok : ExitCode.Failed;
    }

    private static void Read(string line, List<FundRequest> requests, Action<string> fault)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            var asked = root.GetProperty("ask").GetString() ?? "";
            if (!Commands.TryGetValue(asked, out var type))
            {
                fault($"'ask' is '{asked}'; use one of: {string.Join(", ", Commands.Keys)}");
                return;
            }

            requests.Add(new FundRequest(
                root.GetProperty("id").GetString() ?? "",
                (FundCommand)root.Deserialize(type, Json)!));
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException
            or InvalidOperationException)
        {
            fault($"{e.Message} Write {{\"id\": \"...\", \"ask\": \"...\", ...}}");
        }
    }

    private static int Owed(HubDocuments documents, JournalBook journal)
    {
        var state = journal.Read().State;
        var terms = FundClauses.TermsOf(documents.Contract, documents.Cluster);
        foreach (var party in documents.Contract.Parties)
        {
            var open = Ageing.Of(state, party.Member, NowMs());
            var late = Ageing.DaysLate(state, party.Member, NowMs());
            var inKind = Ageing.OwedGrams(state, party.Member);
            System.Console.WriteLine(string.Join("  ",
            [
                party.Member, documents.Contract.Currency.Show(open.Sum(one => one.OpenMinor)),
                .. inKind > 0 ? (string[])[$"{inKind} g in kind"] : [],
                late > 0 ? $"{late} days late" : "nothing late",
                .. Ageing.Consequences(terms, late),
            ]));
        }

        return ExitCode.Ok;
    }

    internal static long NowMs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
