using System.CommandLine;
using System.CommandLine.Invocation;
using Monitoring.Core;
using Monitoring.Core.Contracts;
using Monitoring.Core.Fund;
using Monitoring.Server.Api;
using Monitoring.Server.Engine;
using Monitoring.Server.Storage.Sqlite;
using Monitoring.Wire.Transparency;

namespace Monitoring.Server.Commands;

/// <summary>
/// <c>monitoring-hub objection file|answer|list</c>: a member does not agree with what a period
/// came to. Until every objection is answered the period is not final.
/// </summary>
public static class ObjectionCommands
{
    public static Command Create() =>
        new("objection", "Objections to what a period came to, and their answers.")
        {
            File(), AnswerIt(), List(),
        };

    private static Command File()
    {
        var member = new Option<string>("--member")
        {
            Description = "Whose; on the hub's own machine.",
        };
        var key = new Option<FileInfo>("--key")
        {
            Description = "The member's secret key, to file it over the network.",
        };
        var url = Url("The hub's address, with --key; such as http://the-hub:8080.");
        var period = new Option<string>("--period")
        {
            Description = "Such as demo-bubble/2026-11-24T10:15:00Z; it has to be noticed.",
            Required = true,
        };
        var grounds = new Option<string>("--grounds") { Description = "Why.", Required = true };
        var id = new Option<string>("--id")
        {
            Description = "An id of your own; without it, the same text is the same objection.",
        };
        var command = FundDesk.OnBooks(
            new Command("file", "Objects to what a noticed period came to.")
            {
                member, key, url, period, grounds, id,
            },
            (result, desk) => Ask(desk, ObjectionRoutes.RequestOf(
                result.GetValue(member) ?? "", result.GetRequiredValue(period),
                result.GetRequiredValue(grounds), result.GetValue(id))));
        var onBooks = command.Action!;
        command.SetAction(result =>
            result.GetValue(key) is { } file && result.GetValue(url) is { } hub
                ? Send(
                    file.FullName, hub, ObjectionRoutes.TextOf(
                        result.GetRequiredValue(period), result.GetRequiredValue(grounds),
                        result.GetValue(id)), "objections")
                : ((SynchronousCommandLineAction)onBooks).Invoke(result));
        return command;
    }

    // No address is read by itself: without a parser each of them is refused.
    private static Option<Uri?> Url(string description) => new("--url")
    {
        Description = description,
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Uri.TryCreate(text, UriKind.Absolute, out var url)
                && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps))
            {
                return url;
            }

            result.AddError($"'{text}' is no address of a hub; write http://the-hub:8080.");
            return null;
        },
    };

    private static NoteSigner? Signer(string file)
    {
        if (System.IO.File.Exists(file)
            && NoteSigner.Parse(System.IO.File.ReadAllText(file).TrimEnd('\n'))
                is { Verifier.Kind: SignatureKind.Ed25519 } signer)
        {
            return signer;
        }

        System.Console.Error.WriteLine($"{file} holds no secret key; 'contract key' makes one.");
        return null;
    }

    private static int Send(string file, Uri hub, string text, string path)
    {
        if (Signer(file) is not { } signer)
        {
            return ExitCode.BadInput;
        }

        try
        {
            using var http = new HttpClient();
            using var request = new HttpRequestMessage(
                HttpMethod.Post, new Uri(hub, $"/api/v1/fund/{path}"))
            {
                Content = new StringContent(
                    new SignedNote(text, [signer.Sign(text)]).ToString()),
            };
            using var response = http.Send(request);
            using var reader = new StreamReader(response.Content.ReadAsStream());
            System.Console.WriteLine(reader.ReadToEnd().TrimEnd());
            return response.IsSuccessStatusCode ? ExitCode.Ok : ExitCode.Failed;
        }
        catch (HttpRequestException e)
        {
            System.Console.Error.WriteLine($"{hub} cannot be reached: {e.Message}");
            return ExitCode.Unreachable;
        }
    }

    private static Command AnswerIt()
    {
        var id = new Option<string>("--id") { Description = "The objection's.", Required = true };
        var upheld = new Option<bool>("--upheld")
        {
            Description = "It is right; without it, it is not.",
        };
        var why = new Option<string>("--answer") { Description = "Why.", Required = true };
        var key = new Option<FileInfo>("--key")
        {
            Description = "The secret key of one whom the contract names under law.answers.",
        };
        var url = Url("The hub's address, with --key, to answer over the network.");
        FundCommand.AnswerObjection CommandOf(ParseResult result) => new(
            result.GetRequiredValue(id), result.GetValue(upheld), result.GetRequiredValue(why));
        string TextOf(ParseResult result) => CommandOf(result) is var it
            ? AnswerNote.TextOf(it.Objection, it.IsUpheld, it.Answer) : "";
        var command = FundDesk.OnBooks(
            new Command("answer", "Decides an objection; its period can then be final.")
            {
                id, upheld, why, key, url,
            },
            (result, desk) =>
            {
                if (result.GetValue(key) is not { } file)
                {
                    return Ask(desk, ObjectionRoutes.RequestOf(CommandOf(result)));
                }

                return Signer(file.FullName) is not { } signer ? ExitCode.BadInput
                    : Ask(desk, ObjectionRoutes.RequestOf(AnswerNote.Parse(new SignedNote(
                        TextOf(result), [signer.Sign(TextOf(result))]).ToString())!));
            });
        var onBooks = command.Action!;
        command.SetAction(result =>
            result.GetValue(key) is { } file && result.GetValue(url) is { } hub
                ? Send(file.FullName, hub, TextOf(result), "objections/answers")
                : ((SynchronousCommandLineAction)onBooks).Invoke(result));
        return command;
    }

    private static Command List() => FundDesk.OnBooks(
        new Command("list", "All objections, open ones first."),
        (_, desk) =>
        {
            var state = desk.Journal.Read().State;
            foreach (var one in state.Objections.Values.OrderBy(one => one.Answer is not null))
            {
                desk.Output.WriteLine(
                    $"{one.Id}  {one.PeriodId} ({state.Ledger.StateOf(one.PeriodId)}"
                        + $"{FinalOf(desk.Contract, one.PeriodId)})  {one.Member}: "
                        + $"{one.Grounds}");
                desk.Output.WriteLine(
                    one.Answer is null ? "  open" : $"  {TextOf(one)}: {one.Answer}");
            }

            return ExitCode.Ok;
        });

    private static string FinalOf(Contract contract, string period) =>
        Period.Parse(contract, period) is { } it
            ? $", final from {ContractDates.Of(contract, it).Final:yyyy-MM-dd HH:mm:ss} UTC"
            : "";

    private static string TextOf(Objection one) => one.IsUpheld ? "upheld" : "rejected";

    private static int Ask(FundDesk desk, FundRequest request)
    {
        var answer = desk.Journal.Take(request, desk.Terms, FundDesk.NowMs());
        desk.Output.WriteLine(
            $"{request.Id}: {answer.Reason}"
                + (answer.Detail.Length > 0 ? $" ({answer.Detail})" : ""));
        return answer.IsAccepted ? ExitCode.Ok : ExitCode.Failed;
    }
}
