using System.CommandLine;
using System.Globalization;
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
                && type != typeof(FundCommand.Restate))
            .ToDictionary(type => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name));

    public static Command Create()
    {
        var file = new Argument<FileInfo>("file")
        {
            Description = "One JSON object a line: {\"id\": ..., \"ask\": ..., ...}.",
        };
        var ask = With(new Command("ask", "Asks the books; docs/fund.md lists what can be asked.")
        {
            file,
        });
        ask.SetAction(result => Run(result, (documents, journal) =>
            Ask(documents, journal, result.GetRequiredValue(file).FullName)));
        var year = new Option<int>("--year") { Description = "Of UTC.", Required = true };
        var language = new Option<string>("--language")
        {
            Description = "en or uk.", DefaultValueFactory = _ => "en",
        };
        language.AcceptOnlyFromAmong([.. StatementText.Languages]);
        var statement = With(new Command("statement", "The fund's year, for everybody.")
        {
            year, language,
        });
        statement.SetAction(result => Run(result, (documents, journal) => Statement(
            documents, journal, result.GetValue(year), result.GetRequiredValue(language))));
        var owed = With(new Command("owed", "What members owe, how late, and what follows."));
        owed.SetAction(result => Run(result, Owed));
        return new Command("fund", "Asks and shows the fund's books.") { ask, statement, owed };
    }

    private static Command With(Command command)
    {
        command.Add(HubDocuments.ConfigOption);
        command.Add(HubDocuments.DataOption);
        command.Add(HubDocuments.SetOption);
        return command;
    }

    private static int Run(ParseResult result, Func<HubDocuments, JournalBook, int> run)
    {
        if (HubDocuments.Read(result, System.Console.Error) is not { } documents)
        {
            return ExitCode.BadInput;
        }

        var books = Path.Combine(
            result.GetRequiredValue(HubDocuments.DataOption).FullName, "books.db");
        if (!File.Exists(books))
        {
            System.Console.Error.WriteLine($"There is no {books}; name its folder with --data.");
            return ExitCode.BadInput;
        }

        return run(documents, Books.Open(books).Journal);
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

    private static int Statement(
        HubDocuments documents, JournalBook journal, int year, string language)
    {
        var currency = documents.Contract.Currency;
        var name = year.ToString(CultureInfo.InvariantCulture);
        var state = journal.Read().State;

        // A period carries its year: fund/2026, or bubble/2026-11-24T10:15:00Z.
        bool IsIn(Monitoring.Core.Ledger.Transaction entry) =>
            entry.PeriodId.Split('/')[^1].StartsWith(name, StringComparison.Ordinal);
        System.Console.Write(StatementText.Render(
            FundStatement.Of(state, currency.Code, IsIn), language, name, currency.Show));
        return ExitCode.Ok;
    }

    private static int Owed(HubDocuments documents, JournalBook journal)
    {
        var state = journal.Read().State;
        var terms = FundClauses.TermsOf(documents.Contract, documents.Cluster);
        foreach (var party in documents.Contract.Parties)
        {
            var open = Ageing.Of(state, party.Member, NowMs());
            var late = open.Select(one => one.DaysLate).DefaultIfEmpty(0).Max();
            System.Console.WriteLine(string.Join("  ",
            [
                party.Member, documents.Contract.Currency.Show(open.Sum(one => one.OpenMinor)),
                late > 0 ? $"{late} days late" : "nothing late",
                .. Ageing.Consequences(terms, late),
            ]));
        }

        return ExitCode.Ok;
    }

    private static long NowMs() => TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
}
