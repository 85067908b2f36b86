using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Monitoring.Core.Fund;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Documents;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub fund ask|statement|owed</c>: what officers and members ask of the books.
/// The hub may run meanwhile; whoever asks, there is one journal.
/// </summary>
public static class FundCommands
{
    // A text or a list that is missing is a fault of the line; a number is 0.
    private static readonly JsonSerializerOptions Json = new()
    {
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver { Modifiers = { RequireTexts } },
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
                && type != typeof(FundCommand.Restate) && type != typeof(FundCommand.Cover)
                && type != typeof(FundCommand.CloseOrder)
                && type != typeof(FundCommand.FollowLate))
            .ToDictionary(type => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.Name));

    public static Command Create()
    {
        var file = new Argument<FileInfo>("file")
        {
            Description = "One JSON object a line: {\"id\": ..., \"ask\": ..., ...}.",
        };
        var ask = FundDesk.OnBooks(
            new Command("ask", "Asks the books; docs/fund.md lists what can be asked.") { file },
            (result, desk) => Ask(desk, result.GetRequiredValue(file).FullName));
        var owed = FundDesk.OnBooks(
            new Command("owed", "What members owe, how late, and what follows."),
            (_, desk) => Owed(desk));
        var shares = FundDesk.OnBooks(
            new Command("shares", "The register of shares: names of the holders' own choice."),
            (_, desk) => Shares(desk));
        return new Command("fund", "Asks and shows the fund's books.")
        {
            ask, StatementCommand.Create(), owed, shares, InsightCommands.Levers(),
            InsightCommands.Constraint(),
        };
    }

    private static void RequireTexts(JsonTypeInfo info)
    {
        foreach (var property in info.Properties)
        {
            property.IsRequired &= property.AssociatedParameter is { IsNullable: false }
                && (!property.PropertyType.IsValueType || property.PropertyType.IsGenericType);
        }
    }

    private static int Ask(FundDesk desk, string file)
    {
        var requests = new List<FundRequest>();
        var faults = new List<string>();
        var unreadable = new Faults();
        if (ContractFiles.Bytes(file, unreadable) is not { } bytes)
        {
            ContractFiles.Report(unreadable, desk.Errors);
            desk.Errors.WriteLine("Nothing was asked.");
            return ExitCode.BadInput;
        }

        var text = Encoding.UTF8.GetString(bytes).TrimStart('\uFEFF');
        foreach (var (index, line) in text.Split('\n').Index())
        {
            if (line.Trim().Length > 0)
            {
                Read(line, requests, fault => faults.Add($"{file}:{index + 1}: {fault}"));
            }
        }

        if (faults.Count > 0)
        {
            faults.ForEach(desk.Errors.WriteLine);
            desk.Errors.WriteLine("Nothing was asked.");
            return ExitCode.BadInput;
        }

        var answers = desk.Journal.Take(requests, desk.TermsFor(requests), FundDesk.NowMs());
        foreach (var (request, answer) in requests.Zip(answers))
        {
            desk.Output.WriteLine(
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

    private static int Shares(FundDesk desk)
    {
        var shares = desk.Journal.Read().State.Shares;
        foreach (var (holder, count) in shares)
        {
            desk.Output.WriteLine($"{holder}  {count}");
        }

        desk.Output.WriteLine($"{shares.Values.Sum()} shares of {shares.Count} holders");
        return ExitCode.Ok;
    }

    private static int Owed(FundDesk desk)
    {
        var state = desk.Journal.Read().State;
        var terms = desk.Terms;
        foreach (var party in desk.Contract.Parties)
        {
            var open = Ageing.Of(state, party.Member, FundDesk.NowMs());
            var late = Ageing.DaysLate(state, party.Member, FundDesk.NowMs());
            var inKind = Ageing.OwedGrams(state, party.Member);
            desk.Output.WriteLine(string.Join("  ",
            [
                party.Member, desk.Contract.Currency.Show(open.Sum(one => one.OpenMinor)),
                .. inKind > 0 ? (string[])[$"{inKind} g in kind"] : [],
                late > 0 ? $"{late} days late" : "nothing late",
                .. state.Late.Values.Where(step => step.Member == party.Member
                    && step.EndedMs is null).Select(step => step.PlanDueMs is { } dueMs
                        ? $"plan due {terms.Show(dueMs)}"
                            + (FundDesk.NowMs() >= dueMs ? ", overdue" : "")
                        : step.Step),
            ]));
        }

        return ExitCode.Ok;
    }
}
